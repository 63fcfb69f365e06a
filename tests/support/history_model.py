"""What is known after any history of runs: a model of a few dictionaries (`history_tables` makes tables of it)."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tests.support.made_registry import aliases_of, sites_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from tests.support.warehouses import Study

Records = dict[str, Any]
"""What a registry serves: the records by NCT number."""

_SOUGHT = "made disease"
_STALE_AFTER = timedelta(days=7)
_SHRINK_LIMIT = 0.15
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"


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
        members = self.members()
        return not listed or (len(members - listed) > _SHRINK_LIMIT * len(members) and not accept_shrink)

    def sync(self, records: Records, at: datetime, *, full: bool) -> History:
        """What is known after a sync."""
        after, listed = self._next(), _listed(records)
        for number in sorted(listed):
            if full or self._is_due(number, records[number], at):
                after._receive(number, records[number], at)
        departed = {}
        for number in sorted(self.members() - listed):
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

    def members(self) -> set[str]:
        """The trials in the condition set."""
        return {number for number, turns in self.turns.items() if turns[-1].is_in}

    def _is_due(self, number: str, listed: Study, at: datetime) -> bool:
        if number not in self.members():
            return True
        return _shown(self.current(number)) != _shown(listed) or self.checked[number] <= at - _STALE_AFTER

    def current(self, number: str) -> Study:
        """The newest record of a trial."""
        return self.versions[number][-1].record

    def _receive(self, number: str, record: Study, at: datetime) -> None:
        if not is_sound(record):
            self.counts["quarantined"] += 1
            if number not in self.aside or hashed(self.aside[number].record) != hashed(record):
                self.aside[number] = Version(record, at)
                self.counts["newly_set_aside"] += 1
            return
        self.aside.pop(number, None)
        versions = self.versions.setdefault(number, [])
        self.checked[number] = at
        if versions and hashed(versions[-1].record) == hashed(record):
            self.counts["unchanged"] += 1
        else:
            self.counts["updated" if versions else "inserted"] += 1
            versions.append(Version(record, at))

    def _turn(self, listed: set[str], departed: Mapping[str, str], at: datetime) -> None:
        """Who joins, leaves, or is in the set by something else."""
        before = self.members()
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
    found = (match for match in [*texts, ("title", title)] if _SOUGHT in match[1].lower())
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


def hashed(record: Study) -> str:
    """The SHA-256 of a record with sorted keys, without its `versionHolder`."""
    content = deepcopy(record)
    content["derivedSection"]["miscInfoModule"].pop("versionHolder", None)
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
