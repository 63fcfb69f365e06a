"""Is my data fresh? What a person, or a monitor, wants to know of a warehouse in a few lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warehouse.facts import DATA_FACT, facts
from warehouse.publish import published_run
from warehouse.query import open_newest, open_read_only
from warehouse.runs import newest_failure, newest_good_sync

if TYPE_CHECKING:
    from warehouse.places import Places

FRESH, STALE, FAILED = "fresh", "stale", "failed"

_SECONDS_AN_HOUR = 3600


def status(places: Places, max_age_hours: float) -> dict[str, Any]:
    """How fresh a warehouse is.

    Args:
        places: The warehouse's.
        max_age_hours: The age, in hours, of the last good sync from which on the data is stale.

    Returns:
        `state` (`failed` where the last sync failed, else `stale` or `fresh`), `last_sync` (the newest sync that was
        published or found nothing new, as `aclf runs --json` tells it, or None), `age_hours` (since its end),
        `max_age_hours`, `data_timestamp` and `registry` (what it read), `trials` (in the set, as published; None where
        nothing is), `failure` (the newest failed run where it is newer than all good ones of its kind, or None),
        `waits` (whether the store holds data that is not published yet), `warehouse`.

    Raises:
        NoWarehouse: Nothing has ever run here.
    """
    with open_newest(places) as newest:
        synced, failed = newest_good_sync(newest), newest_failure(newest)
        data_run = facts(newest).get(DATA_FACT)
    age = (datetime.now(UTC) - synced["finished_at"]).total_seconds() / _SECONDS_AN_HOUR if synced else None
    return {
        "state": _state(age, max_age_hours, failed),
        "last_sync": synced,
        "age_hours": None if age is None else round(age, 2),
        "max_age_hours": max_age_hours,
        "data_timestamp": synced["data_timestamp"] if synced else None,
        "registry": synced["registry"] if synced else None,
        "trials": _trials(places),
        "failure": failed,
        "waits": data_run is not None and int(data_run) != published_run(places),
        "warehouse": str(places.warehouse),
    }


def _state(age: float | None, max_age_hours: float, failed: dict[str, Any] | None) -> str:
    if failed and failed["command"] == "sync":
        return FAILED
    return STALE if age is None or age > max_age_hours else FRESH


def _trials(places: Places) -> int | None:
    if not places.warehouse.exists():
        return None
    with open_read_only(places.warehouse) as published:
        return int(published.execute("select count(*) from trials where in_condition_set").fetchall()[0][0])


def told(found: dict[str, Any]) -> list[str]:
    """A status in a few lines."""
    synced = found["last_sync"]
    age = f"the last good sync ended {_words(found['age_hours'])} ago" if synced else "no sync has succeeded yet"
    limit = f", more than {found['max_age_hours']:g} hours" if found["state"] == STALE and synced else ""
    lines = [f"{found['state'].capitalize()}: {age}{limit}."]
    if synced:
        lines.append(f"  data of             {found['data_timestamp']} UTC, from {found['registry']}")
    if found["trials"] is not None:
        lines.append(f"  trials in the set   {found['trials']}")
    lines.append(f"  warehouse           {found['warehouse']}")
    if found["waits"]:
        lines.append("What an earlier run loaded waits to be published; the next run does that.")
    failure = found["failure"]
    if failure:
        when = f"{failure['started_at']:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Run {failure['run_id']}, {failure['command']}, failed on {when}: {failure['message']}")
    return lines


def _words(hours: float) -> str:
    """An age as people say it."""
    for size, name in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute")):
        count = int(hours / size)
        if count >= (2 if name == "day" else 1):
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"
