"""Whether the data is fresh: the same answer for `aclf status` and for the pages of `aclf serve`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from extract.printable import LONGEST_QUOTE, clean_sentence
from flows.wording import format_timestamp
from warehouse.connect import fetch_value, open_newest, open_read_only
from warehouse.known_sets import format_set, read_followed_sets, read_set_states
from warehouse.published_files import get_published_run
from warehouse.runs import read_newest_failure, read_newest_good_sync
from warehouse.store_facts import DATA_FACT, read_store_facts
from warehouse.targets.holdings import read_holdings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse.paths import Paths

FRESH, STALE, FAILED = "fresh", "stale", "failed"

_SECONDS_AN_HOUR = 3600
_SPARE_HOURS = 0.1


def read_status(paths: Paths, max_age_hours: float) -> dict[str, Any]:
    """Read how fresh a warehouse is.

    Args:
        paths: the warehouse's paths.
        max_age_hours: the data is stale when the last good sync is older than this many hours.

    Returns:
        `state`: `failed` if the last sync failed, else `stale` or `fresh`; data from the future is stale;
        `last_sync`: the newest sync that was published or found nothing new, as in `aclf runs --json`, or None;
        `age_hours`: hours since its end; below 0 if its end lies in the future;
        `max_age_hours`;
        `data_timestamp` and `registry`: what it read;
        `condition_set` and `condition_set_title`: the sets that the warehouse follows, None where it is not known;
        `condition_sets`: of each of them `name`, `title`, `trials`, `last_listed_at`, and why its last listing was
        `refused` (None if it was not);
        `trials`: published trials in the sets, None if nothing is published;
        `failure`: the newest failed run without a later good sync or a later good run of its command, or None;
        `waits`: whether the store holds data that is not published yet;
        `targets`: what each target holds that was ever published to, each with the keys of `Holding`;
        `warehouse`.

    Raises:
        NoWarehouse: nothing has run here yet.
    """
    with open_newest(paths) as newest:
        synced, failed = read_newest_good_sync(newest), read_newest_failure(newest)
        data_run = read_store_facts(newest).get(DATA_FACT)
        followed, states = read_followed_sets(newest), read_set_states(newest)
    # The age counts from the end of the sync: what matters is when the registry was last asked.
    age = None
    if synced:
        age = (datetime.now(UTC) - synced["finished_at"]).total_seconds() / _SECONDS_AN_HOUR
        # A clock that is kept right by the network goes back a little now and then.
        age = 0.0 if -_SPARE_HOURS < age < 0 else age
    return {
        "state": _choose_state(age, max_age_hours, failed),
        "last_sync": synced,
        "age_hours": None if age is None else round(age, 2),
        "max_age_hours": max_age_hours,
        "data_timestamp": synced["data_timestamp"] if synced else None,
        "registry": synced["registry"] if synced else None,
        "condition_set": ", ".join(each.name for each in followed) or None,
        "condition_set_title": ", ".join(each.title for each in followed if each.title) or None,
        "condition_sets": states,
        "trials": _count_trials(paths),
        "failure": failed,
        "waits": data_run is not None and int(data_run) != get_published_run(paths),
        "targets": [asdict(holding) for holding in read_holdings(paths)],
        "warehouse": str(paths.warehouse),
    }


def format_status(status: dict[str, Any]) -> list[str]:
    """Return a status (see `read_status`) in a few lines."""
    synced = status["last_sync"]
    limit = f", more than {status['max_age_hours']:g} hours" if status["state"] == "stale" and synced else ""
    if not synced:
        age = "no sync has succeeded yet"
    elif status["age_hours"] < 0:
        # The end is still to come, so nobody knows how old the data is.
        age = f"the last good sync is dated {synced['finished_at']:%Y-%m-%d %H:%M} UTC, which is still to come"
        limit = "; the clock is wrong or was, and the next sync with a right one corrects the date"
    else:
        age = f"the last good sync ended {_format_age(status['age_hours'])} ago"
    # The first line answers whether the data is fresh; the others are facts, each only if it is known.
    lines = [f"{status['state'].capitalize()}: {age}{limit}."]
    if synced:
        moment = format_timestamp(status["data_timestamp"])
        lines.append(f"  data of             {moment} UTC, from {status['registry']}")
    lines += [f"  condition set       {_format_followed_set(each)}" for each in status["condition_sets"]]
    if status["trials"] is not None:
        lines.append(f"  trials in the set{'s' if status['condition_sets'][1:] else ' '}  {status['trials']}")
    lines.append(f"  warehouse           {status['warehouse']}")
    lines += [f"  also published to   {_format_target(target)}" for target in status["targets"]]
    if status["waits"]:
        lines.append("Data of an earlier run waits to be published; the next run publishes it.")
    failure = status["failure"]
    if failure:
        when = f"{failure['started_at']:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Run {failure['run_id']}, {failure['command']}, failed on {when}: {failure['message']}")
    return lines


def _choose_state(age: float | None, max_age_hours: float, failed: dict[str, Any] | None) -> str:
    # A failed backfill does not make the night's data older, so it is not an alarm.
    if failed and failed["command"] == "sync":
        return FAILED
    return FRESH if age is not None and 0 <= age <= max_age_hours else STALE


def _count_trials(paths: Paths) -> int | None:
    if not paths.warehouse.exists():
        return None
    with open_read_only(paths.warehouse) as published:
        return int(fetch_value(published, "select count(*) from trials where in_condition_set"))


def _format_followed_set(followed: Mapping[str, Any]) -> str:
    """Return a set with its title; if its last listing was refused, with the reason and the last good one."""
    text = clean_sentence(format_set(followed["name"], followed["title"]), LONGEST_QUOTE)
    if followed["refused"]:
        listed_at = followed["last_listed_at"]
        since = f" since {listed_at:%Y-%m-%d}" if listed_at else ""
        text += f": not listed{since}, because {clean_sentence(followed['refused'])}"
    return text


def _format_target(target: Mapping[str, Any]) -> str:
    """Return a target and the run that it holds; if the last publish failed, when and why."""
    run_id, published_at = target["run_id"], target["published_at"]
    holds = f"run {run_id} since {published_at:%Y-%m-%d %H:%M} UTC" if run_id else "no run yet"
    text = f"{target['target']}: {holds}"
    if target["failure"]:
        text += f"; failed on {target['failed_at']:%Y-%m-%d %H:%M} UTC: {target['failure']}"
    return clean_sentence(text)


def _format_age(hours: float) -> str:
    """Return an age as people say it: `2 days`, `5 hours`, `1 minute`."""
    for size, name in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute")):
        count = int(hours / size)
        # "1 day" would hide half a day, so hours are given up to two days.
        if count >= (2 if name == "day" else 1):
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"
