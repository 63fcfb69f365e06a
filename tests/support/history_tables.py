"""The tables that a warehouse must have after a history, and those that it has."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from tests.support.history_model import VERSION_HOLDER, hashed
from tests.support.made_registry import LOCATIONS, aliases_of, sites_of
from tests.support.warehouses import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from tests.support.history_model import History, Version
    from tests.support.warehouses import Study

TRIALS = """
select
  nct_id, version, in_condition_set, first_seen_at, last_changed_at, last_checked_at, brief_title, overall_status,
  coalesce(site_count, 0)
from {} order by nct_id
"""
_QUERIES = {
    "trials": TRIALS.format("trials"),
    "raw.studies": "select nct_id, version, content_hash, last_changed_at, last_checked_at from raw.studies order by 1",
    "trial_versions": "select nct_id, version, valid_from, valid_to, content_hash from trial_versions order by all",
    "documents": "select document from archive.study_versions order by nct_id, version",
    "condition_set_members": "from condition_set_members order by all",
    "membership_periods": "from membership_periods order by all",
    "trial_aliases": "from trial_aliases order by all",
    "quarantine": "select nct_id, content_hash, first_seen_at from ops.quarantine order by all",
    "status_changes": "select nct_id, version, old_status, new_status from status_changes order by all",
    "changed fields": r"""
        select distinct nct_id, version, regexp_replace(path, '\[\].*', '[]') from trial_changes order by all
    """,
    "changed sites": f"""
        select nct_id, version, kind, coalesce(new_value, old_value)
        from trial_changes
        where starts_with(path, '{LOCATIONS}')
        order by all
    """,
}


def held_tables(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """What a warehouse has of them: its rows by name, in order."""
    held = {name: answers(connection, query) for name, query in _QUERIES.items()}
    return held | {"documents": [orjson.loads(document) for (document,) in held["documents"]]}


def expected_tables(known: History) -> dict[str, list[Any]]:
    """What it must have."""
    return {
        "trials": expected_trials(known),
        "raw.studies": sorted(_raw_studies(known)),
        "trial_versions": sorted(_trial_versions(known)),
        "documents": [version.record for _, _, version in _numbered(known)],
        "condition_set_members": sorted(_condition_set_members(known)),
        "membership_periods": sorted(_membership_periods(known)),
        "trial_aliases": sorted(_trial_aliases(known)),
        "quarantine": sorted((number, hashed(kept.record), kept.since) for number, kept in known.aside.items()),
        "status_changes": sorted(_status_changes(known)),
        "changed fields": sorted(_changed_fields(known)),
        "changed sites": sorted(_changed_sites(known)),
    }


def expected_trials(known: History) -> list[tuple[Any, ...]]:
    """The rows of `TRIALS`, of the trials as they are or as of a day."""
    return [_trial(known, number) for number in sorted(known.versions)]


def _trial(known: History, number: str) -> tuple[Any, ...]:
    versions, record = known.versions[number], known.current(number)
    sections = record["protocolSection"]
    return (
        number,
        len(versions),
        number in known.members(),
        versions[0].since,
        versions[-1].since,
        known.checked[number],
        sections["identificationModule"]["briefTitle"],
        sections["statusModule"]["overallStatus"],
        len(sites_of(record)),
    )


def _raw_studies(known: History) -> Iterator[tuple[Any, ...]]:
    for number, versions in known.versions.items():
        newest = versions[-1]
        yield number, len(versions), hashed(newest.record), newest.since, known.checked[number]


def _numbered(known: History) -> Iterator[tuple[str, int, Version]]:
    for number in sorted(known.versions):
        for place, version in enumerate(known.versions[number], start=1):
            yield number, place, version


def _pairs(known: History) -> Iterator[tuple[str, int, Study, Study]]:
    for number, versions in known.versions.items():
        for place, (old, new) in enumerate(pairwise(versions), start=2):
            yield number, place, old.record, new.record


def _trial_versions(known: History) -> Iterator[tuple[Any, ...]]:
    for number, place, version in _numbered(known):
        later = known.versions[number][place:]
        yield number, place, version.since, later[0].since if later else None, hashed(version.record)


def _condition_set_members(known: History) -> Iterator[tuple[Any, ...]]:
    for number, turns in known.turns.items():
        last = turns[-1]
        yield number, last.matched_by, last.matched_text, turns[0].at, None if last.is_in else last.at, last.reason


def _membership_periods(known: History) -> Iterator[tuple[Any, ...]]:
    for number, turns in known.turns.items():
        since = None
        for turn in turns:
            if turn.is_in:
                since = since or turn.at
            else:
                yield number, since, turn.at, turn.reason
                since = None
        if since:
            yield number, since, None, None


def _trial_aliases(known: History) -> Iterator[tuple[str, str]]:
    listed: dict[str, str] = {}
    for number, obsolete in ((n, other) for n in known.versions for other in aliases_of(known.current(n))):
        if obsolete not in known.checked or known.checked[obsolete] < known.checked[number]:  # else it is itself again
            listed[obsolete] = min(number, listed.get(obsolete, number))
    for obsolete in listed:
        current = obsolete
        while current in listed:
            current = listed[current]
        yield obsolete, current


def _status_changes(known: History) -> Iterator[tuple[Any, ...]]:
    for number, place, old, new in _pairs(known):
        before, after = (record["protocolSection"]["statusModule"]["overallStatus"] for record in (old, new))
        if before != after:
            yield number, place, before, after


def _changed_fields(known: History) -> Iterator[tuple[Any, ...]]:
    for number, place, old, new in _pairs(known):
        before, after = dict(_fields(old)), dict(_fields(new))
        for path in (before.keys() | after.keys()) - {VERSION_HOLDER}:
            if before.get(path) != after.get(path):
                yield number, place, path


def _changed_sites(known: History) -> Iterator[tuple[Any, ...]]:
    """Every site that came or went, a row each: the made registry never changes one, or their order."""
    for number, place, old, new in _pairs(known):
        before, after = ({orjson.dumps(site).decode() for site in sites_of(record)} for record in (old, new))
        yield from ((number, place, "added", site) for site in after - before)
        yield from ((number, place, "removed", site) for site in before - after)


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a record with its path; a list is one."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _fields(member, f"{path}.{key}" if path else key)
    else:
        yield f"{path}[]" if isinstance(value, list) else path, value
