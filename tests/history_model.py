"""What a warehouse must hold after any history: a model of dictionaries, run by run, and the warehouse's own answer."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tests.made_registry import LOCATIONS, aliases_of, sites_of
from tests.warehouses import answers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from tests.warehouses import Study

Records = dict[str, Any]
"""What a registry serves: the records by NCT number."""

SOUGHT = "made disease"
_STALE_AFTER = timedelta(days=7)
_SHRINK_LIMIT = 0.15
_VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"


class Version(NamedTuple):
    """A record, and when it was first seen."""

    record: Study
    since: datetime


class Turn(NamedTuple):
    """What was found of a trial's place in the condition set, and when."""

    at: datetime
    is_in: bool
    matched_by: str
    matched_text: str | None
    reason: str | None


@dataclass(slots=True)
class History:
    """All that was ever seen: versions, when last looked at, turns of membership, what is set aside; by NCT number.

    `counts` are those of the newest run.
    """

    versions: dict[str, list[Version]] = field(default_factory=dict)
    checked: dict[str, datetime] = field(default_factory=dict)
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    aside: dict[str, Version] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def has_news(self) -> bool:
        """Whether the newest run changed anything that is published."""
        return any(self.counts[name] for name in ("inserted", "updated", "turns", "newly_set_aside", "rebuilt"))

    def refuses(self, records: Records, *, accept_shrink: bool) -> bool:
        """Whether a sync does not believe the listing of these records."""
        listed = _listed(records)
        members = self._members()
        return not listed or (len(members - listed) > _SHRINK_LIMIT * len(members) and not accept_shrink)

    def sync(self, records: Records, at: datetime, *, full: bool) -> History:
        """What is known after a sync."""
        after, listed = self._next(), _listed(records)
        for number in sorted(listed):
            if full or self._is_due(number, records[number], at):
                after._receive(number, records[number], at)
        departed = {}
        for number in sorted(self._members() - listed):
            departed[number] = _whereabouts(records, number)
            if current := current_number(records, number):
                after._receive(current, records[current], at)
        after._turn(listed, departed, at)
        return after

    def backfill(self, records: Records, numbers: Collection[str], at: datetime) -> History | None:
        """What is known after a backfill; None where it fails, for one of the numbers is not to be found."""
        after, departed = self._next(), {}
        for number in numbers:
            current = current_number(records, number)
            if current is None:
                return None
            after._receive(current, records[current], at)
            if current != number:
                departed[number] = _whereabouts(records, number)
        after._turn(set(), departed, at)
        return after

    def rebuilt(self) -> History:
        """What is known after a rebuild: the same, and it is published."""
        after = self._next()
        after.counts["rebuilt"] = 1
        return after

    def _next(self) -> History:
        after = deepcopy(self)
        after.counts.clear()
        return after

    def _members(self) -> set[str]:
        return {number for number, turns in self.turns.items() if turns[-1].is_in}

    def _is_due(self, number: str, listed: Study, at: datetime) -> bool:
        if number not in self._members():
            return True
        return _shown(self.current(number)) != _shown(listed) or self.checked[number] <= at - _STALE_AFTER

    def current(self, number: str) -> Study:
        """The newest record of a trial."""
        return self.versions[number][-1].record

    def _receive(self, number: str, record: Study, at: datetime) -> None:
        if not is_sound(record):
            self.counts["quarantined"] += 1
            if number not in self.aside or _hashed(self.aside[number].record) != _hashed(record):
                self.aside[number] = Version(record, at)
                self.counts["newly_set_aside"] += 1
            return
        self.aside.pop(number, None)
        versions = self.versions.setdefault(number, [])
        self.checked[number] = at
        if versions and _hashed(versions[-1].record) == _hashed(record):
            self.counts["unchanged"] += 1
        else:
            self.counts["updated" if versions else "inserted"] += 1
            versions.append(Version(record, at))

    def _turn(self, listed: set[str], departed: Mapping[str, str], at: datetime) -> None:
        """Who joins, leaves, or is in the set by something else."""
        before = self._members()
        self.counts["merged"] = sum(reason.startswith("merged") for reason in departed.values())
        self.counts["left"] = sum(not departed[number].startswith("merged") for number in departed.keys() & before)
        for number in departed.keys() & before:
            last = self.turns[number][-1]
            self._add_turn(number, last._replace(at=at, is_in=False, reason=departed[number]))
        for number in (before | (listed & self.versions.keys())) - departed.keys():
            turn = Turn(at, True, *_match(self.current(number)), None)
            if number not in before or self.turns[number][-1][1:] != turn[1:]:
                self._add_turn(number, turn)

    def _add_turn(self, number: str, turn: Turn) -> None:
        self.counts["turns"] += 1
        self.turns.setdefault(number, []).append(turn)

    def trials(self) -> list[tuple[Any, ...]]:
        """The rows of `TRIALS`."""
        return sorted(self._trial(number) for number in self.versions)

    def _trial(self, number: str) -> tuple[Any, ...]:
        versions, record = self.versions[number], self.current(number)["protocolSection"]
        return (
            number,
            len(versions),
            number in self._members(),
            versions[0].since,
            versions[-1].since,
            self.checked[number],
            record["identificationModule"]["briefTitle"],
            record["statusModule"]["overallStatus"],
            len(sites_of(self.current(number))),
        )

    def tables(self) -> dict[str, list[Any]]:
        """What each of `QUERIES` must give."""
        return {
            "trials": self.trials(),
            "trial_versions": sorted(self._trial_versions()),
            "documents": [version.record for _, _, version in self._numbered()],
            "condition_set_members": sorted(self._condition_set_members()),
            "trial_aliases": sorted(self._trial_aliases()),
            "quarantine": sorted((number, _hashed(kept.record), kept.since) for number, kept in self.aside.items()),
            "status_changes": sorted(self._status_changes()),
            "changed_fields": sorted(self._changed_fields()),
            "changed_sites": sorted(self._changed_sites()),
        }

    def _numbered(self) -> Iterator[tuple[str, int, Version]]:
        for number in sorted(self.versions):
            for place, version in enumerate(self.versions[number], start=1):
                yield number, place, version

    def _pairs(self) -> Iterator[tuple[str, int, Study, Study]]:
        for number, versions in self.versions.items():
            for place, (old, new) in enumerate(pairwise(versions), start=2):
                yield number, place, old.record, new.record

    def _trial_versions(self) -> Iterator[tuple[Any, ...]]:
        for number, place, version in self._numbered():
            later = self.versions[number][place:]
            yield number, place, version.since, later[0].since if later else None, _hashed(version.record)

    def _condition_set_members(self) -> Iterator[tuple[Any, ...]]:
        for number, turns in self.turns.items():
            last = turns[-1]
            yield number, last.matched_by, last.matched_text, turns[0].at, None if last.is_in else last.at, last.reason

    def _trial_aliases(self) -> Iterator[tuple[str, str]]:
        listed: dict[str, str] = {}
        for number in sorted(self.versions, reverse=True):
            listed |= dict.fromkeys(aliases_of(self.current(number)), number)
        for obsolete in listed:
            current = obsolete
            while current in listed:
                current = listed[current]
            yield obsolete, current

    def _status_changes(self) -> Iterator[tuple[Any, ...]]:
        for number, place, old, new in self._pairs():
            before, after = (record["protocolSection"]["statusModule"]["overallStatus"] for record in (old, new))
            if before != after:
                yield number, place, before, after

    def _changed_fields(self) -> Iterator[tuple[Any, ...]]:
        for number, place, old, new in self._pairs():
            before, after = dict(_fields(old)), dict(_fields(new))
            for path in (before.keys() | after.keys()) - {_VERSION_HOLDER}:
                if before.get(path) != after.get(path):
                    yield number, place, path

    def _changed_sites(self) -> Iterator[tuple[Any, ...]]:
        """Every site that came or went: the registry is never edited otherwise."""
        for number, place, old, new in self._pairs():
            before, after = ({orjson.dumps(site).decode() for site in sites_of(record)} for record in (old, new))
            yield from ((number, place, "added", site) for site in after - before)
            yield from ((number, place, "removed", site) for site in before - after)


TRIALS = """
select
  nct_id, version, in_condition_set, first_seen_at, last_changed_at, last_checked_at, brief_title, overall_status,
  coalesce(site_count, 0)
from {} order by nct_id
"""
QUERIES = {
    "trials": TRIALS.format("trials"),
    "trial_versions": "select nct_id, version, valid_from, valid_to, content_hash from trial_versions order by all",
    "documents": "select document from archive.study_versions order by nct_id, version",
    "condition_set_members": "from condition_set_members order by all",
    "trial_aliases": "from trial_aliases order by all",
    "quarantine": "select nct_id, content_hash, first_seen_at from ops.quarantine order by all",
    "status_changes": "select nct_id, version, old_status, new_status from status_changes order by all",
    "changed_fields": r"""
        select distinct nct_id, version, regexp_replace(path, '\[\].*', '[]') from trial_changes order by all
    """,
    "changed_sites": f"""
        select nct_id, version, kind, coalesce(new_value, old_value)
        from trial_changes
        where starts_with(path, '{LOCATIONS}')
        order by all
    """,
}


def held_tables(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """What each of `QUERIES` gives."""
    held = {name: answers(connection, query) for name, query in QUERIES.items()}
    return held | {"documents": [orjson.loads(document) for (document,) in held["documents"]]}


def current_number(records: Records, number: str) -> str | None:
    """The number under which these records have a trial: its own, its successor's, or none."""
    listing = (other for other, record in records.items() if number in aliases_of(record))
    return number if number in records else next(listing, None)


def is_listed(record: Study) -> bool:
    """Whether the condition set's search finds a record."""
    return _match(record)[0] != "search only"


def is_sound(record: Study) -> bool:
    """Whether a record is of a study's shape."""
    return isinstance(sites_of(record), list)


def _listed(records: Records) -> set[str]:
    return {number for number, record in records.items() if is_listed(record)}


def _match(record: Study) -> tuple[str, str | None]:
    """What puts a record into the set."""
    sections = record["protocolSection"]
    conditions, title = sections.get("conditionsModule", {}), sections["identificationModule"]["briefTitle"]
    texts = [("condition", text) for text in sorted(conditions.get("conditions", []))]
    texts += [("keyword", text) for text in sorted(conditions.get("keywords", []))]
    found = (match for match in [*texts, ("title", title)] if SOUGHT in match[1].lower())
    return next(found, ("search only", None))


def _whereabouts(records: Records, number: str) -> str:
    """Why a trial is not listed."""
    current = current_number(records, number)
    if current is None:
        return "gone from the registry"
    if current != number:
        return f"merged into {current}"
    is_withheld = _shown(records[number])["overallStatus"] == "WITHHELD"
    return "withheld by its sponsor" if is_withheld else "left the search"


def _shown(record: Study) -> Any:
    """What a listing shows of a record."""
    status = record["protocolSection"]["statusModule"]
    return {key: status[key] for key in ("overallStatus", "lastUpdatePostDateStruct")}


def _hashed(record: Study) -> str:
    content = deepcopy(record)
    del content["derivedSection"]["miscInfoModule"]["versionHolder"]
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path; a list is one."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _fields(member, f"{path}.{key}" if path else key)
    else:
        yield f"{path}[]" if isinstance(value, list) else path, value
