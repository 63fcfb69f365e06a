"""Listings that are not believed, because trials are missing that the warehouse holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.errors import ListingRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extract.client.listing import Listing
    from extract.condition_set import ConditionSet
    from extract.nct import NctId
    from extract.plan import KnownTrial

SHRINK_LIMIT = 0.15
"""The part of the set that may be missing from a listing."""

MISSING_LIMIT = 1000
"""The most trials that may be missing from a listing, whatever the size of the set: each costs a request of its own."""

_NAMED_IN_A_MESSAGE = 20


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
    held = {trial.nct_id for trial in known if condition_set.name in trial.condition_sets} - by_hand
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


def is_broken_update_listing(listing: Listing, known: Iterable[KnownTrial], condition_set: ConditionSet) -> bool:
    """Return whether a listing of updates lacks trials that it must have, so that its filter cannot be believed.

    A trial that was updated since then, as the warehouse knows, is listed unless it has left the set.
    """
    updated = {
        trial.nct_id
        for trial in known
        if condition_set.name in trial.condition_sets and (trial.last_update_post_date or "") >= str(listing.since)
    } - {*condition_set.include, *condition_set.exclude}
    return len(updated - listing.studies.keys()) > SHRINK_LIMIT * len(updated)


def _format_ids(ids: list[NctId]) -> str:
    """Return the first ids as a text, and how many more there are."""
    text = ", ".join(ids[:_NAMED_IN_A_MESSAGE])
    more = len(ids) - _NAMED_IN_A_MESSAGE
    return f"{text} and {more} more" if more > 0 else text
