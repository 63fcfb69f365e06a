"""List the condition sets. Of a very large set, most nights list only what was updated since its last listing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from extract.doubtful_listings import is_broken_update_listing, refuse_shrunken_listing
from extract.errors import ListingRefused, RegistryRefused, ReplyUnusable
from flows.fetching.landed import FetchResult
from flows.fetching.pages import PageFetch
from flows.wording import list_refusal_notes
from warehouse.known_sets import ListedSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extract.client.listing import Listing, PageKeeper
    from extract.condition_set import ConditionSet
    from extract.errors import RunFailed
    from flows.loading import Loading
    from flows.run import RegistryRun

    Listings = Mapping[str, Listing]  # by the name of the set

WHOLE_UP_TO = 50_000
"""Members up to which a set is listed wholly each night. That takes 50 requests; the whole registry takes 600."""

WHOLE_EVERY = timedelta(days=6, hours=12)
"""Time after which a larger set is listed wholly again: in the seventh night."""

SPARE_DAYS = 3
"""Days before the data of the last listing from which updates are asked for: a date may be posted late."""


def list_condition_sets(run: RegistryRun, loading: Loading | None) -> tuple[Listings, FetchResult]:
    """List each condition set, and refuse a listing that is too short to believe.

    A set whose listing is refused keeps its members, and the others go on.

    Args:
        run: the run.
        loading: its load, which takes the records of one set if they come with its listing; None to list only.

    Returns:
        The listings, by the set's name, and what was fetched with them.

    Raises:
        RunFailed: no set could be listed.
    """
    listings: dict[str, Listing] = {}
    result = FetchResult()
    refusals: list[RunFailed] = []
    for done, condition_set in enumerate(run.job.condition_sets):
        run.on_progress("listing the condition set", done, len(run.job.condition_sets))
        # Records come by pages for one set only, because those of another set may be the same.
        pages = PageFetch(run, loading, condition_set) if loading and not result.found else None
        try:
            listing = _list_updates_if_large(run, condition_set) or _list_whole_set(run, condition_set, pages)
        except (ListingRefused, RegistryRefused, ReplyUnusable) as error:
            refusals.append(error)
            run.refused[condition_set.name] = error.happened
            continue
        listings[condition_set.name] = listing
        run.listed[condition_set.name] = ListedSet(len(listing.studies), listing.since)
        run.notes += listing.notes
        result += pages.make_result(listing) if pages else FetchResult()
    if not listings:
        raise refusals[0]
    run.notes += list_refusal_notes(run.refused)
    run.counts["listed"] = len(set().union(*(listing.studies for listing in listings.values())))
    return listings, result


def _list_whole_set(run: RegistryRun, condition_set: ConditionSet, pages: PageKeeper | None) -> Listing:
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


def _list_updates_if_large(run: RegistryRun, condition_set: ConditionSet) -> Listing | None:
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
