"""Model what is known after any history of runs, in a few dictionaries; `history_tables` makes tables of them."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tests.support.made_registry import list_aliases, list_sites

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from tests.support.warehouses import Study

Records = dict[str, Any]
"""The records that a registry serves, by NCT number."""

_SEARCH = "made disease"
_STALE_AFTER = timedelta(days=7)
_SHRINK_LIMIT = 0.15
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"


class Version(NamedTuple):
    """A record, and the time when it was first seen."""

    record: Study
    since: datetime


class MembershipChange(NamedTuple):
    """A change of a trial's membership in the condition set, and its time."""

    at: datetime
    is_in: bool
    matched_by: str
    matched_text: str | None
    reason: str | None


@dataclass(slots=True)
class History:
    """Everything that the runs have seen so far.

    Attributes:
        versions: the versions of each record, oldest first, by NCT number.
        checked: the time when each record was last checked, by NCT number.
        membership: the changes of each trial's membership, oldest first, by NCT number.
        quarantined: the newest record that could not be read, by NCT number.
        counts: the counts of the newest run.
    """

    versions: dict[str, list[Version]] = field(default_factory=dict)
    checked: dict[str, datetime] = field(default_factory=dict)
    membership: dict[str, list[MembershipChange]] = field(default_factory=dict)
    quarantined: dict[str, Version] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def has_news(self) -> bool:
        """Whether the newest run changed anything that is published."""
        names = ("inserted", "updated", "membership_changes", "newly_set_aside", "rebuilt")
        return any(self.counts[name] for name in names)

    def refuses(self, records: Records, *, accept_shrink: bool) -> bool:
        """Return whether a sync refuses the listing of these records, because it is empty or has shrunk too much."""
        listed = _find_listed(records)
        members = self.members()
        has_shrunk = len(members - listed) > _SHRINK_LIMIT * len(members)
        return not listed or (has_shrunk and not accept_shrink)

    def sync(self, records: Records, at: datetime, *, full: bool) -> History:
        """Return what is known after a sync."""
        after, listed = self._copy_without_counts(), _find_listed(records)
        for number in sorted(listed):
            if full or self._is_due(number, records[number], at):
                after._receive(number, records[number], at)

        # A sync asks one by one for the members that the listing lacks.
        departed = {}
        for number in sorted(self.members() - listed):
            departed[number] = _find_reason(records, number)
            if current := find_current_number(records, number):
                after._receive(current, records[current], at)
        after._update_membership(listed, departed, at)
        return after

    def backfill(self, records: Records, numbers: Collection[str], at: datetime) -> History | None:
        """Return what is known after a backfill; None where it fails because the registry lacks one of the numbers."""
        after, departed = self._copy_without_counts(), {}
        for number in numbers:
            current = find_current_number(records, number)
            if current is None:
                return None
            after._receive(current, records[current], at)
            if current != number:
                departed[number] = _find_reason(records, number)
        after._update_membership(set(), departed, at)
        return after

    def rebuilt(self) -> History:
        """Return what is known after a rebuild: the same as before, but the run publishes."""
        after = self._copy_without_counts()
        after.counts["rebuilt"] = 1
        return after

    def _copy_without_counts(self) -> History:
        after = deepcopy(self)
        after.counts.clear()
        return after

    def members(self) -> set[str]:
        """Return the NCT numbers of the trials in the condition set."""
        return {number for number, changes in self.membership.items() if changes[-1].is_in}

    def _is_due(self, number: str, listed: Study, at: datetime) -> bool:
        """Return whether a sync fetches a listed trial: it is new, the listing shows a change, or it is stale."""
        if number not in self.members():
            return True
        is_changed = _get_listed_fields(self.current(number)) != _get_listed_fields(listed)
        return is_changed or self.checked[number] <= at - _STALE_AFTER

    def current(self, number: str) -> Study:
        """Return the newest record of a trial."""
        return self.versions[number][-1].record

    def _receive(self, number: str, record: Study, at: datetime) -> None:
        """Note a record that a run has fetched: as quarantined, unchanged, or a new version."""
        if not is_sound(record):
            self.counts["quarantined"] += 1
            known = self.quarantined.get(number)
            if known is None or hash_record(known.record) != hash_record(record):
                self.quarantined[number] = Version(record, at)
                self.counts["newly_set_aside"] += 1
            return
        self.quarantined.pop(number, None)
        versions = self.versions.setdefault(number, [])
        self.checked[number] = at
        if versions and hash_record(versions[-1].record) == hash_record(record):
            self.counts["unchanged"] += 1
        else:
            self.counts["updated" if versions else "inserted"] += 1
            versions.append(Version(record, at))

    def _update_membership(self, listed: set[str], departed: Mapping[str, str], at: datetime) -> None:
        """Note the trials that join the set, leave it, or are in it by another match."""
        members = self.members()
        departed_members = departed.keys() & members
        self.counts["merged"] = sum(reason.startswith("merged") for reason in departed.values())
        self.counts["left"] = sum(not departed[number].startswith("merged") for number in departed_members)
        for number in departed_members:
            last = self.membership[number][-1]
            self._add_membership(number, last._replace(at=at, is_in=False, reason=departed[number]))
        for number in (members | (listed & self.versions.keys())) - departed.keys():
            change = MembershipChange(at, True, *_match(self.current(number)), None)
            # The first field is the time; without it the two say the same.
            if number not in members or self.membership[number][-1][1:] != change[1:]:
                self._add_membership(number, change)

    def _add_membership(self, number: str, change: MembershipChange) -> None:
        self.counts["membership_changes"] += 1
        self.membership.setdefault(number, []).append(change)


def find_current_number(records: Records, number: str) -> str | None:
    """Return the number under which these records have a trial: its own, its successor's, or None."""
    if number in records:
        return number
    successors = (other for other, record in records.items() if number in list_aliases(record))
    return next(successors, None)


def is_listed(record: Study) -> bool:
    """Return whether the condition set's search finds a record."""
    return _match(record)[0] != "search only"


def is_sound(record: Study) -> bool:
    """Return whether a record has a study's shape; the made registry breaks only the list of sites."""
    return isinstance(list_sites(record), list)


def _find_listed(records: Records) -> set[str]:
    return {number for number, record in records.items() if is_listed(record)}


def _match(record: Study) -> tuple[str, str | None]:
    """Return the kind and the text of the first match that puts a record into the set."""
    sections = record["protocolSection"]
    conditions, title = sections.get("conditionsModule", {}), sections["identificationModule"]["briefTitle"]
    texts = [("condition", text) for text in sorted(conditions.get("conditions", []))]
    texts += [("keyword", text) for text in sorted(conditions.get("keywords", []))]
    matches = (match for match in [*texts, ("title", title)] if _SEARCH in match[1].lower())
    return next(matches, ("search only", None))


def _find_reason(records: Records, number: str) -> str:
    """Return why a trial is not listed."""
    current = find_current_number(records, number)
    if current is None:
        return "gone from the registry"
    if current != number:
        return f"merged into {current}"
    is_withheld = _get_listed_fields(records[number])["overallStatus"] == "WITHHELD"
    return "withheld by its sponsor" if is_withheld else "left the search"


def _get_listed_fields(record: Study) -> Any:
    """Return the fields of a record that a listing shows."""
    status = record["protocolSection"]["statusModule"]
    return {key: status[key] for key in ("overallStatus", "lastUpdatePostDateStruct")}


def hash_record(record: Study) -> str:
    """Return the SHA-256 of a record with sorted keys and without its `versionHolder`."""
    content = deepcopy(record)
    content["derivedSection"]["miscInfoModule"].pop("versionHolder", None)
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
