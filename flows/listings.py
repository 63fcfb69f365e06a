"""List a condition set: wholly, or of a very large set what was updated since its last listing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from extract.errors import ListingRefused, RegistryRefused
from extract.plan import is_broken_update_listing, refuse_shrunken_listing

if TYPE_CHECKING:
    from extract.client.listing import Listing, PageKeeper
    from extract.condition_set import ConditionSet
    from flows.run import RegistryRun

WHOLE_UP_TO = 50_000
"""Members up to which a set is listed wholly each night. That takes 50 requests; the whole registry takes 600."""

WHOLE_EVERY = timedelta(days=6, hours=12)
"""Time after which a larger set is listed wholly again: in the seventh night."""

SPARE_DAYS = 3
"""Days before the data of the last listing from which updates are asked for: a date may be posted late."""


def list_whole_set(run: RegistryRun, condition_set: ConditionSet, pages: PageKeeper | None) -> Listing:
    """List a whole set, and refuse a listing that is too short to believe.

    Args:
        run: the run.
        condition_set: the set.
        pages: keeps the records if they come with the listing.

    Raises:
        ListingRefused: the listing is not believed.
        RegistryError: the registry did not deliver it.
    """
    listing = run.registry.fetch_listing(condition_set, pages)
    refuse_shrunken_listing(listing, run.known.trials, condition_set, accept=run.job.settings.accept_shrink)
    return listing


def list_updates_if_large(run: RegistryRun, condition_set: ConditionSet) -> Listing | None:
    """List what was updated in a very large set; None if the whole set has to be listed.

    Trials that left such a set, and statuses that changed without a new update date, are found by the next listing of
    the whole set.

    Raises:
        RegistryError: the registry did not deliver the listing.
    """
    look = run.known.set_looks.get(condition_set.name)
    if run.job.settings.full or look is None or look.digest != condition_set.digest:
        return None
    members = sum(condition_set.name in trial.condition_sets for trial in run.known.trials)
    if members <= WHOLE_UP_TO or run.started_at - look.listed_wholly_at >= WHOLE_EVERY:
        return None
    try:
        # The registry's name of its data begins with a day, but may be any text.
        since = date.fromisoformat(look.data_timestamp[:10]) - timedelta(days=SPARE_DAYS)
        listing = run.registry.fetch_updates(condition_set, since)
    except (ValueError, ListingRefused, RegistryRefused):
        # In a set of this size there are updates every day: if none is listed, the filter is the cause.
        return None
    return None if is_broken_update_listing(listing, run.known.trials, condition_set) else listing
