"""The plan of a sync: what to fetch, and why. It compares the listing with the warehouse and sends no request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from extract.client.pages import ListedStudy
from extract.errors import ListingRefused

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

SHRINK_LIMIT = 0.15
"""The part of the set that may be missing from a listing."""

MISSING_LIMIT = 1000
"""The most trials that may be missing from a listing, whatever the size of the set: each costs a request of its own."""

_NAMED_IN_A_MESSAGE = 20
_LISTS = ("new", "changed", "stale", "forced", "vanished", "excluded", "members")


@dataclass(frozen=True, slots=True)
class KnownTrial:
    """What the warehouse holds of a trial.

    Attributes:
        nct_id: The trial.
        last_update_post_date: The date as written in the record, or None.
        overall_status: The registry's code in the record, or None.
        last_checked_at: When the record was last fetched; aware.
        in_condition_set: Whether the trial belongs to the set.
    """

    nct_id: NctId
    last_update_post_date: str | None
    overall_status: str | None
    last_checked_at: datetime
    in_condition_set: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch. Every list is sorted, and a trial is in the first list that fits.

    Attributes:
        new: The warehouse does not hold them yet.
        changed: Listed with another update date or status than the warehouse holds, or back in the set.
        stale: Not fetched for a while: at most a seventh of the set, or 200, the longest waiting first. And those that
            are included by hand and not listed, so that no date shows a change.
        forced: Fetched because a full sync fetches everything.
        vanished: In the set but no longer listed. The sync asks for each of them, because only a direct answer
            proves that a trial left. Empty if the listing has entries without a number: any of those entries may be
            a missing trial.
        excluded: In the set until the condition set's file excluded them; not fetched.
        members: All trials that belong to the set now.
        unchanged: How many members are not fetched.
    """

    new: tuple[NctId, ...]
    changed: tuple[NctId, ...]
    stale: tuple[NctId, ...]
    forced: tuple[NctId, ...]
    vanished: tuple[NctId, ...]
    excluded: tuple[NctId, ...]
    members: frozenset[NctId]
    unchanged: int

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
    *,
    now: datetime,
    stale_after: timedelta = STALE_AFTER,
) -> bool:
    """Return whether a member is stale, so that a sync has to list the set although the registry has no new data.

    A trial that was stale at the last look was requested then. If its answer could not be used, it is stale still, and
    the same data would bring the same answer; so it waits for new data, or as long as any other trial.

    Args:
        known: Every trial that the warehouse holds.
        last_look_at: When a sync last listed the set; aware; None if none ever did.
        now: The time that decides whether a trial is stale; aware.
        stale_after: The longest time that a member is not fetched.
    """
    stale_before = now - stale_after
    requested_before = None
    if last_look_at and last_look_at > stale_before:
        requested_before = last_look_at - stale_after
    for trial in known:
        is_stale = trial.in_condition_set and trial.last_checked_at <= stale_before
        if is_stale and (requested_before is None or trial.last_checked_at > requested_before):
            return True
    return False


def make_plan(
    listing: Listing,
    known: Iterable[KnownTrial],
    condition_set: ConditionSet,
    *,
    now: datetime,
    full: bool = False,
    stale_after: timedelta = STALE_AFTER,
) -> Plan:
    """Compare a listing with the trials that the warehouse holds.

    Args:
        listing: What the registry lists now.
        known: Every trial that the warehouse holds, in the set or not.
        condition_set: Says which trials belong or do not belong, listed or not.
        now: The time that decides whether a trial is stale; aware.
        full: Whether to fetch every member.
        stale_after: The longest time that a member is not fetched.
    """
    held = {trial.nct_id: trial for trial in known}
    members = (listing.studies.keys() | set(condition_set.include)) - set(condition_set.exclude)

    # Members: the reason to fetch each, or none.
    stale = _find_stale_trials(held, members, now - stale_after)
    reasons: dict[str, list[NctId]] = {"new": [], "changed": [], "stale": [], "forced": [], "unchanged": []}
    for nct_id in sorted(members):
        reason = _find_reason(held.get(nct_id), listing.studies.get(nct_id), is_stale=nct_id in stale)
        if full and reason == "unchanged":
            reason = "forced"
        reasons[reason].append(nct_id)

    # Trials that were members until now. They count as vanished only if every entry of the listing has a number:
    # an entry without one may be any of them.
    excluded: list[NctId] = []
    vanished: list[NctId] = []
    for trial in held.values():
        if not trial.in_condition_set or trial.nct_id in members:
            continue
        if trial.nct_id in condition_set.exclude:
            excluded.append(trial.nct_id)
        elif not listing.entries_without_id:
            vanished.append(trial.nct_id)

    return Plan(
        new=tuple(reasons["new"]),
        changed=tuple(reasons["changed"]),
        stale=tuple(reasons["stale"]),
        forced=tuple(reasons["forced"]),
        vanished=tuple(sorted(vanished)),
        excluded=tuple(sorted(excluded)),
        members=frozenset(members),
        unchanged=len(reasons["unchanged"]),
    )


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


def _find_reason(known: KnownTrial | None, listed: ListedStudy | None, *, is_stale: bool) -> str:
    """Return why a member is fetched, as the name of a list of the plan, or `unchanged`."""
    if known is None:
        return "new"
    if not known.in_condition_set:
        return "changed"
    if listed is None:
        return "stale"
    if listed != ListedStudy(known.last_update_post_date, known.overall_status):
        return "changed"
    return "stale" if is_stale else "unchanged"


def refuse_shrunken_listing(
    listing: Listing,
    known: Iterable[KnownTrial],
    condition_set: ConditionSet,
    *,
    accept: bool = False,
) -> None:
    """Refuse a listing that is too short to believe.

    Args:
        listing: What the registry lists now.
        known: Every trial that the warehouse holds.
        condition_set: A listing below its `minimum_trials` is refused, and no flag overrides that. Trials that it
            includes or excludes by hand do not count as missing.
        accept: Whether a person has accepted that more is missing.

    Raises:
        ListingRefused: The listing is below the minimum, or more is missing from it than the limits allow.
    """
    if len(listing.studies) < condition_set.minimum_trials:
        raise ListingRefused(
            f"the registry lists {len(listing.studies)} trials of the condition set {condition_set.name}, "
            f"and fewer than {condition_set.minimum_trials} are not believed",
            next_step="check its search, lower its minimum_trials, or run the command again later",
        )
    by_hand = {*condition_set.include, *condition_set.exclude}
    held = {trial.nct_id for trial in known if trial.in_condition_set} - by_hand
    # Count the missing trials, not the lengths: new trials must not make up for missing ones.
    missing = sorted(held - listing.studies.keys())
    if accept:
        return
    is_large_part = len(missing) > SHRINK_LIMIT * len(held)
    if is_large_part or len(missing) > MISSING_LIMIT:
        limit = f"{SHRINK_LIMIT:.0%}" if is_large_part else str(MISSING_LIMIT)
        raise ListingRefused(
            f"{len(missing)} of the {len(held)} trials in the set are missing from the listing, more than "
            f"{limit}: {_format_ids(missing)}",
            next_step="look up some of them on ClinicalTrials.gov, and add --accept-shrink if they have left",
        )


def _format_ids(ids: list[NctId]) -> str:
    """Return the first ids as a text, and how many more there are."""
    text = ", ".join(ids[:_NAMED_IN_A_MESSAGE])
    more = len(ids) - _NAMED_IN_A_MESSAGE
    return f"{text} and {more} more" if more > 0 else text
