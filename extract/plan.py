"""The plan of a sync: what to fetch, and why. It compares the listing with the warehouse and sends no request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from math import ceil
from typing import TYPE_CHECKING

from extract.client.pages import ListedStudy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from extract.client.listing import Listing
    from extract.condition_set import ConditionSet
    from extract.nct import NctId

STALE_AFTER = timedelta(days=7)
"""A trial is fetched again after this time: a record can change without a new update date."""

LOOKS_A_NIGHT = 200
"""The stale trials that a night fetches at most, or a seventh of the set if that is more. One request brings 200.

All trials of a first sync become stale in the same night. Without this limit, a large set would be fetched whole that
night, and again every week. With it, the last trials are looked at up to a week late, once; then the looks are spread.
"""

_LISTS = ("new", "changed", "stale", "forced", "vanished", "excluded", "members")


@dataclass(frozen=True, slots=True)
class KnownTrial:
    """What the warehouse holds of a trial.

    Attributes:
        nct_id: The trial.
        last_update_post_date: The date as written in the record, or None.
        overall_status: The registry's code in the record, or None.
        last_checked_at: When the record was last fetched; aware.
        condition_sets: The names of the sets to which the trial belongs, followed or not.
    """

    nct_id: NctId
    last_update_post_date: str | None
    overall_status: str | None
    last_checked_at: datetime
    condition_sets: Collection[str]


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """Who is in a condition set that was listed, and who is not any more.

    Attributes:
        members: The trials that belong to it now.
        excluded: Members until the set's file excluded them.
        moved: Members until now that only other sets list. Their records come as those of any other trial.
        missing: Members until now that no set lists. They have left if the registry answers with their record.
    """

    members: frozenset[NctId]
    excluded: tuple[NctId, ...]
    moved: tuple[NctId, ...]
    missing: tuple[NctId, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch. Every list is sorted, and a trial is in the first list that fits.

    Attributes:
        new: The warehouse does not hold them yet.
        changed: Listed with another update date or status than the warehouse holds, or new in the sets.
        stale: Not fetched for a while: at most a seventh of the sets, or 200, the longest waiting first. And those that
            are included by hand and not listed, so that no date shows a change.
        forced: Fetched because a full sync fetches everything.
        vanished: In a set but no longer listed by any. The sync asks for each of them, because only a direct answer
            proves that a trial left. Empty if the listing has entries without a number: any of those entries may be
            a missing trial.
        excluded: In a set until its file excluded them; not fetched.
        members: All trials that belong to the sets now.
        unchanged: How many members are not fetched.
        sets: What was found of each set that was listed, by its name.
    """

    new: tuple[NctId, ...]
    changed: tuple[NctId, ...]
    stale: tuple[NctId, ...]
    forced: tuple[NctId, ...]
    vanished: tuple[NctId, ...]
    excluded: tuple[NctId, ...]
    members: frozenset[NctId]
    unchanged: int
    sets: Mapping[str, PlannedSet]

    @property
    def to_fetch(self) -> tuple[NctId, ...]:
        """All trials that are fetched in batches, sorted."""
        return tuple(sorted(self.new + self.changed + self.stale + self.forced))

    def split_into_batches(self, size: int, without: Collection[str] = ()) -> list[tuple[NctId, ...]]:
        """Split the trials that are to be fetched into batches.

        Args:
            size: The most ids in a batch.
            without: Trials that have been fetched already.
        """
        ids = [nct_id for nct_id in self.to_fetch if nct_id not in without]
        return [tuple(ids[start : start + size]) for start in range(0, len(ids), size)]

    def get_lists(self) -> dict[str, list[NctId]]:
        """Return every list by its name, in the order of this class; the members are sorted too."""
        return {name: sorted(getattr(self, name)) for name in _LISTS}

    def count_trials(self) -> dict[str, int]:
        """Return the length of each list by its name, in the order of this class, for a table on the terminal."""
        counts = {name: len(ids) for name, ids in self.get_lists().items()}
        return counts | {"unchanged": self.unchanged}


def is_look_due(
    known: Iterable[KnownTrial],
    last_look_at: datetime | None,
    set_names: Collection[str],
    *,
    now: datetime,
    stale_after: timedelta = STALE_AFTER,
) -> bool:
    """Return whether a member is stale, so that a sync has to list the sets although the registry has no new data.

    A trial that was stale at the last look was requested then. If its answer could not be used, it is stale still, and
    the same data would bring the same answer; so it waits for new data, or as long as any other trial.

    Args:
        known: Every trial that the warehouse holds.
        last_look_at: When a sync last listed its sets; aware; None if none ever did.
        set_names: The names of the sets that count.
        now: The time that decides whether a trial is stale; aware.
        stale_after: The longest time that a member is not fetched.
    """
    stale_before = now - stale_after
    names = frozenset(set_names)
    requested_before = None
    if last_look_at and last_look_at > stale_before:
        requested_before = last_look_at - stale_after
    for trial in known:
        is_stale = not names.isdisjoint(trial.condition_sets) and trial.last_checked_at <= stale_before
        if is_stale and (requested_before is None or trial.last_checked_at > requested_before):
            return True
    return False


def make_plan(
    listings: Mapping[str, Listing],
    known: Iterable[KnownTrial],
    condition_sets: Iterable[ConditionSet],
    *,
    now: datetime,
    full: bool = False,
    stale_after: timedelta = STALE_AFTER,
) -> Plan:
    """Compare listings with the trials that the warehouse holds.

    Args:
        listings: What the registry lists now, by the set's name. A set without a listing keeps its members.
        known: Every trial that the warehouse holds, in a set or not.
        condition_sets: Each says which trials belong or do not belong, listed or not.
        now: The time that decides whether a trial is stale; aware.
        full: Whether to fetch every member.
        stale_after: The longest time that a member is not fetched.
    """
    held = {trial.nct_id: trial for trial in known}
    sets = {each.name: each for each in condition_sets}
    former: dict[str, list[NctId]] = {name: [] for name in sets}
    for trial in held.values():
        for name in sets.keys() & set(trial.condition_sets):
            former[name].append(trial.nct_id)
    listed: dict[NctId, ListedStudy] = {}
    members: dict[str, frozenset[NctId]] = {}
    for name, listing in listings.items():
        listed |= listing.studies
        # Where only updates were listed, the other trials are still members.
        others = former[name] if listing.since else ()
        members[name] = frozenset({*listing.studies, *sets[name].include, *others} - set(sets[name].exclude))
    by_hand = set(chain.from_iterable(sets[name].include for name in members))
    found = frozenset(chain.from_iterable(members.values()))
    kept = {nct_id for name in sets.keys() - members.keys() for nct_id in former[name]}

    # Members: the reason to fetch each, or none.
    stale = _find_stale_trials(held, found | kept, now - stale_after)
    reasons: dict[str, list[NctId]] = {"new": [], "changed": [], "stale": [], "forced": [], "unchanged": []}
    for nct_id in sorted(found | kept):
        holding = held.get(nct_id)
        was_member = holding is not None and not sets.keys().isdisjoint(holding.condition_sets)
        # No date shows a change of a trial that is included by hand and not listed.
        is_due = nct_id in stale or (nct_id in by_hand and nct_id not in listed)
        reason = _find_reason(holding, listed.get(nct_id), was_member=was_member, is_due=is_due)
        if full and reason == "unchanged":
            reason = "forced"
        reasons[reason].append(nct_id)

    known_now = found & (listed.keys() | by_hand)
    planned = {name: _plan_set(sets[name], listings[name], members[name], former[name], known_now) for name in members}
    return Plan(
        new=tuple(reasons["new"]),
        changed=tuple(reasons["changed"]),
        stale=tuple(reasons["stale"]),
        forced=tuple(reasons["forced"]),
        vanished=_unite(each.missing for each in planned.values()),
        excluded=_unite(each.excluded for each in planned.values()),
        members=found | kept,
        unchanged=len(reasons["unchanged"]),
        sets=planned,
    )


def _plan_set(
    condition_set: ConditionSet,
    listing: Listing,
    members: frozenset[NctId],
    former: Iterable[NctId],
    found: Collection[NctId],
) -> PlannedSet:
    """Compare the trials that belong to a set with those that did.

    Args:
        condition_set: The set.
        listing: What the registry lists of it now.
        members: The trials that belong to it now.
        former: The trials that belonged to it.
        found: The trials that are listed in any set, or included by hand: the registry is asked for these.
    """
    excluded: list[NctId] = []
    moved: list[NctId] = []
    missing: list[NctId] = []
    for nct_id in sorted(set(former) - members):
        if nct_id in condition_set.exclude:
            excluded.append(nct_id)
        # An entry without a number may be any of the trials that seem to be missing.
        elif not listing.entries_without_id:
            (moved if nct_id in found else missing).append(nct_id)
    return PlannedSet(members, tuple(excluded), tuple(moved), tuple(missing))


def _unite(lists: Iterable[Iterable[NctId]]) -> tuple[NctId, ...]:
    return tuple(sorted(set(chain.from_iterable(lists))))


def _find_stale_trials(
    held: Mapping[NctId, KnownTrial], members: Collection[NctId], stale_before: datetime
) -> set[NctId]:
    """Return the stale members that this night fetches: those that have waited longest."""
    waiting = [
        (trial.last_checked_at, nct_id)
        for nct_id, trial in held.items()
        if nct_id in members and trial.last_checked_at <= stale_before
    ]
    most = max(LOOKS_A_NIGHT, ceil(len(members) / 7))
    return {nct_id for _, nct_id in sorted(waiting)[:most]}


def _find_reason(known: KnownTrial | None, listed: ListedStudy | None, *, was_member: bool, is_due: bool) -> str:
    """Return why a member is fetched, as the name of a list of the plan, or `unchanged`."""
    if known is None:
        return "new"
    if not was_member:
        return "changed"
    if listed and listed != ListedStudy(known.last_update_post_date, known.overall_status):
        return "changed"
    return "stale" if is_due else "unchanged"
