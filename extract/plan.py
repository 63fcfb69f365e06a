"""What a sync fetches, and why: the listing compared with what the warehouse holds, without a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from extract.client.listing import ListedStudy, Listing
from extract.errors import ListingRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extract.condition_set import ConditionSet
    from extract.nct import NctId

STALE_AFTER = timedelta(days=7)
"""Looked at this long ago, a trial is fetched again: records do change without a new update date."""

SHRINK_LIMIT = 0.15
_NAMED_IN_A_MESSAGE = 20
_LISTS = ("new", "changed", "stale", "forced", "vanished", "excluded", "members")


@dataclass(frozen=True, slots=True)
class KnownTrial:
    """What the warehouse holds of a trial.

    Attributes:
        nct_id: The trial.
        last_update_post_date: The date as written in the record held, or None.
        overall_status: The registry's code in the record held, or None.
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
    """What to fetch. Every list is sorted, and a trial stands in the first that fits.

    Attributes:
        new: Not held yet.
        changed: Listed with another update date or status than held, or back in the set after an absence.
        stale: Not looked at for a while, or in the set by hand and not listed, so that no date tells.
        forced: Fetched because everything is.
        vanished: In the set but no longer listed: to be asked for one by one; only an answer proves a leave.
            None where the listing has entries without a number, for such an entry may be any of them.
        excluded: In the set until the condition set's file excluded them; not fetched.
        members: All that belong to the set now.
        unchanged: How many members are left alone.
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
        """All that is fetched in batches, sorted."""
        return tuple(sorted(self.new + self.changed + self.stale + self.forced))

    def batches(self, size: int) -> list[tuple[NctId, ...]]:
        """Give what is to be fetched in groups.

        Args:
            size: The most ids in a group.
        """
        ids = self.to_fetch
        return [ids[start : start + size] for start in range(0, len(ids), size)]

    def lists(self) -> dict[str, list[NctId]]:
        """Give every list, the members sorted too, in the order of this class."""
        return {name: sorted(getattr(self, name)) for name in _LISTS}

    def summary(self) -> dict[str, int]:
        """Give the length of each list, in the order of this class, to be printed."""
        return {name: len(ids) for name, ids in self.lists().items()} | {"unchanged": self.unchanged}


def make_plan(
    listing: Listing,
    known: Iterable[KnownTrial],
    condition_set: ConditionSet,
    *,
    now: datetime,
    full: bool = False,
    stale_after: timedelta = STALE_AFTER,
) -> Plan:
    """Compare a listing with what is held.

    Args:
        listing: What the registry lists now.
        known: Every trial held, in the set or not.
        condition_set: Tells what belongs and what does not, whatever is listed.
        now: The time to judge staleness by; aware.
        full: Whether to fetch every member.
        stale_after: The longest that a member goes without being looked at.
    """
    held = {trial.nct_id: trial for trial in known}
    members = (listing.studies.keys() | set(condition_set.include)) - set(condition_set.exclude)
    reasons: dict[str, list[NctId]] = {"new": [], "changed": [], "stale": [], "forced": [], "unchanged": []}
    for nct_id in sorted(members):
        reason = _reason(held.get(nct_id), listing.studies.get(nct_id), now - stale_after)
        reasons["forced" if full and reason == "unchanged" else reason].append(nct_id)
    gone = sorted(trial.nct_id for trial in held.values() if trial.in_condition_set and trial.nct_id not in members)
    return Plan(
        new=tuple(reasons["new"]),
        changed=tuple(reasons["changed"]),
        stale=tuple(reasons["stale"]),
        forced=tuple(reasons["forced"]),
        vanished=tuple(
            nct_id for nct_id in gone if nct_id not in condition_set.exclude and not listing.entries_without_id
        ),
        excluded=tuple(nct_id for nct_id in gone if nct_id in condition_set.exclude),
        members=frozenset(members),
        unchanged=len(reasons["unchanged"]),
    )


def _reason(known: KnownTrial | None, listed: ListedStudy | None, stale_before: datetime) -> str:
    """Say why a member is fetched, as the name of a list of the plan, or `unchanged`."""
    if known is None:
        return "new"
    if not known.in_condition_set:
        return "changed"
    if listed is None:
        return "stale"
    if listed != ListedStudy(known.last_update_post_date, known.overall_status):
        return "changed"
    return "stale" if known.last_checked_at <= stale_before else "unchanged"


def refuse_shrunken(
    listing: Listing,
    known: Iterable[KnownTrial],
    condition_set: ConditionSet,
    *,
    limit: float = SHRINK_LIMIT,
    accept: bool = False,
) -> None:
    """Refuse a listing that is too short to believe.

    Args:
        listing: What the registry lists now.
        known: Every trial held.
        condition_set: Its `minimum_trials` is the least that is believed; nothing overrides that. What it
            includes or excludes by hand is not missed.
        limit: The largest part of the set held that may be missing, from 0 to 1.
        accept: Whether a person has said that more may be missing.

    Raises:
        ListingRefused: The listing is below the minimum, or more than the limit is missing from it.
    """
    if len(listing.studies) < condition_set.minimum_trials:
        raise ListingRefused(
            f"the registry lists {len(listing.studies)} trials of the condition set {condition_set.name}, "
            f"and fewer than {condition_set.minimum_trials} are not believed",
            next_step="check its search, lower its minimum_trials, or run the command again later",
        )
    by_hand = {*condition_set.include, *condition_set.exclude}
    held = {trial.nct_id for trial in known if trial.in_condition_set} - by_hand
    missing = sorted(held - listing.studies.keys())
    if len(missing) > limit * len(held) and not accept:
        raise ListingRefused(
            f"{len(missing)} of the {len(held)} trials in the set are missing from the listing, more than "
            f"{limit:.0%}: {_named(missing)}",
            next_step="look some of them up on ClinicalTrials.gov, and add --accept-shrink if they have left",
        )


def _named(ids: list[NctId]) -> str:
    more = len(ids) - _NAMED_IN_A_MESSAGE
    return ", ".join(ids[:_NAMED_IN_A_MESSAGE]) + (f" and {more} more" if more > 0 else "")
