"""Make the tables that a warehouse must have after a history, and read the tables that it has."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from tests.support.history_model import VERSION_HOLDER, hash_record
from tests.support.made_registry import LOCATIONS, list_aliases, list_sites
from tests.support.warehouses import fetch_rows

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
    "membership_periods": "select * exclude (condition_set) from membership_periods order by all",
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


def read_modelled_tables(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """Return the sorted rows that a warehouse has of each table of the model, by its name."""
    tables = {name: mark_as_utc(fetch_rows(connection, query)) for name, query in _QUERIES.items()}
    return tables | {"documents": [orjson.loads(document) for (document,) in tables["documents"]]}


def mark_as_utc(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows with each time as the time in UTC that it is: DuckDB gives them without a zone."""
    return [tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row) for row in rows]


def make_expected_tables(known: History) -> dict[str, list[Any]]:
    """Return the sorted rows that a warehouse must have of each table of the model, by its name."""
    return {
        "trials": make_expected_trials(known),
        "raw.studies": sorted(_make_raw_studies(known)),
        "trial_versions": sorted(_make_trial_versions(known)),
        "documents": [version.record for _, _, version in _number_versions(known)],
        "condition_set_members": sorted(_make_condition_set_members(known)),
        "membership_periods": sorted(_make_membership_periods(known)),
        "trial_aliases": sorted(_make_trial_aliases(known)),
        "quarantine": sorted(_make_quarantine(known)),
        "status_changes": sorted(_make_status_changes(known)),
        "changed fields": sorted(_make_changed_fields(known)),
        "changed sites": sorted(_make_changed_sites(known)),
    }


def make_expected_trials(known: History) -> list[tuple[Any, ...]]:
    """Return the rows that the query `TRIALS` must give, for the trials of now or as of a day."""
    return [_make_trial(known, number) for number in sorted(known.versions)]


def _make_trial(known: History, number: str) -> tuple[Any, ...]:
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
        len(list_sites(record)),
    )


def _make_raw_studies(known: History) -> Iterator[tuple[Any, ...]]:
    for number, versions in known.versions.items():
        newest = versions[-1]
        yield number, len(versions), hash_record(newest.record), newest.since, known.checked[number]


def _number_versions(known: History) -> Iterator[tuple[str, int, Version]]:
    """Yield each trial's versions, oldest first: NCT number, version number from 1, version."""
    for number in sorted(known.versions):
        for version_number, version in enumerate(known.versions[number], start=1):
            yield number, version_number, version


def _pair_records(known: History) -> Iterator[tuple[str, int, Study, Study]]:
    """Yield each change of a record: NCT number, number of the newer version, older record, newer record."""
    for number, versions in known.versions.items():
        for version_number, (old, new) in enumerate(pairwise(versions), start=2):
            yield number, version_number, old.record, new.record


def _make_trial_versions(known: History) -> Iterator[tuple[Any, ...]]:
    for number, version_number, version in _number_versions(known):
        later = known.versions[number][version_number:]
        valid_to = later[0].since if later else None
        yield number, version_number, version.since, valid_to, hash_record(version.record)


def _make_quarantine(known: History) -> Iterator[tuple[Any, ...]]:
    for number, version in known.quarantined.items():
        yield number, hash_record(version.record), version.since


def _make_condition_set_members(known: History) -> Iterator[tuple[Any, ...]]:
    for number, changes in known.membership.items():
        last = changes[-1]
        member_until = None if last.is_in else last.at
        yield number, last.matched_by, last.matched_text, changes[0].at, member_until, last.reason


def _make_membership_periods(known: History) -> Iterator[tuple[Any, ...]]:
    for number, changes in known.membership.items():
        since = None
        for change in changes:
            if change.is_in:
                since = since or change.at
            else:
                yield number, since, change.at, change.reason
                since = None
        if since:
            yield number, since, None, None


def _make_trial_aliases(known: History) -> Iterator[tuple[str, str]]:
    successors: dict[str, str] = {}
    for number in known.versions:
        for obsolete in list_aliases(known.current(number)):
            # An obsolete number that was checked later than its successor is a trial of its own again.
            if obsolete not in known.checked or known.checked[obsolete] < known.checked[number]:
                successors[obsolete] = min(number, successors.get(obsolete, number))
    for obsolete in successors:
        current = obsolete
        while current in successors:
            current = successors[current]
        yield obsolete, current


def _make_status_changes(known: History) -> Iterator[tuple[Any, ...]]:
    for number, version_number, old, new in _pair_records(known):
        before, after = (record["protocolSection"]["statusModule"]["overallStatus"] for record in (old, new))
        if before != after:
            yield number, version_number, before, after


def _make_changed_fields(known: History) -> Iterator[tuple[Any, ...]]:
    for number, version_number, old, new in _pair_records(known):
        before, after = dict(_list_fields(old)), dict(_list_fields(new))
        for path in (before.keys() | after.keys()) - {VERSION_HOLDER}:
            if before.get(path) != after.get(path):
                yield number, version_number, path


def _make_changed_sites(known: History) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each site that came or went: the made registry never changes a site or the order of sites."""
    for number, version_number, old, new in _pair_records(known):
        before, after = ({orjson.dumps(site).decode() for site in list_sites(record)} for record in (old, new))
        yield from ((number, version_number, "added", site) for site in after - before)
        yield from ((number, version_number, "removed", site) for site in before - after)


def _list_fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of every leaf of a record; a list counts as one leaf."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _list_fields(member, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield f"{path}[]", value
    else:
        yield path, value
