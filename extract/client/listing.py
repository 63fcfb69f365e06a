"""The listing of a condition set, read page by page: the result is complete, or it is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from extract.client import api
from extract.client.pages import TokenRejected, follow_pages, get_age_key
from extract.errors import ListingRefused, RegistryRefused, ReplyUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from extract.client.pages import Entry, ListedStudy, Page, SendSearch
    from extract.client.reply import Reply
    from extract.condition_set import ConditionSet
    from extract.nct import NctId


@dataclass(frozen=True, slots=True)
class Listing:
    """All studies of a condition set as the registry lists them now.

    Attributes:
        total: The registry's own count.
        studies: What the registry says about each study, by its NCT number.
        listed_twice: How many studies were listed twice with different content; the newer entry is kept.
        mixed_source_version: Whether the registry reloaded its data between two pages.
        entries_without_id: Entries without an NCT number, as they came. Any missing study may be one of them.
        versions: The data release that the pages come from, by its day, and by its time where the pages tell it.
        is_union: Whether it is put together from two listings.
        since: The first update date that was asked for; None if the whole set was listed.
    """

    total: int
    studies: Mapping[NctId, ListedStudy]
    listed_twice: int = 0
    mixed_source_version: bool = False
    entries_without_id: tuple[object, ...] = ()
    versions: frozenset[str] = frozenset()
    is_union: bool = False
    since: date | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the listing has as many studies as the registry counts."""
        return len(self.studies) + len(self.entries_without_id) == self.total

    @property
    def notes(self) -> list[str]:
        """What is unusual about the listing, in words."""
        notes = {
            f"{self.listed_twice} listed twice and differently": self.listed_twice,
            f"{len(self.entries_without_id)} listed without an NCT number": self.entries_without_id,
            "listed while the registry reloaded its data": self.mixed_source_version,
            "listed twice, because the order moved from page to page": self.is_union,
        }
        return [note for note, applies in notes.items() if applies]


class PageKeeper(Protocol):
    """Keeps pages whose studies are whole records, so that most of a large set needs no other request."""

    def wants(self, total: int) -> bool:
        """Return whether whole records are wanted of a set of this size."""

    def search(self, send_search: SendSearch, parameters: Mapping[str, str]) -> Reply:
        """Return the reply to `GET /studies` with these parameters: the kept one if there is one."""

    def keep(self, page: Page) -> None:
        """Keep a page of a listing; its reply is one that `search` has returned."""


def list_studies(send_search: SendSearch, condition_set: ConditionSet, keeper: PageKeeper | None = None) -> Listing:
    """List a condition set; if something disturbs the listing, repeat it once from its first page.

    Args:
        send_search: Sends `GET /studies`.
        condition_set: What to search for.
        keeper: Keeps the records if they come with the listing. A repeated listing comes without them.

    Returns:
        A complete listing: one of the two, or both together. If the registry reloaded its data both times, the
        second listing is returned and says so.

    Raises:
        ListingRefused: The listing is empty or does not end; or twice it differs from its own count, or its page
            token is rejected.
        RegistryError: The registry did not deliver a page.
    """
    query = _build_query(condition_set)
    first: Listing | None = None
    with suppress(TokenRejected):
        first = _read_first_listing(send_search, query, keeper)
        if first.is_complete and not first.mixed_source_version:
            return first

    try:
        second = _read_pages(follow_pages(partial(_send_strictly, send_search), query))
    except TokenRejected as error:
        raise ListingRefused("the registry rejected its own page token twice") from error
    if second.is_complete:
        # Nothing of the first attempt is kept: its pages may belong to data that the registry has replaced.
        return second
    both = _unite(first, second) if first else None
    if both is None or not both.is_complete:
        raise ListingRefused(
            f"the registry counts {second.total} studies but listed {len(second.studies)}, in two attempts"
        )
    return both


def count_studies(send_search: SendSearch, condition_set: ConditionSet) -> int:
    """Ask how many studies the search of a condition set finds.

    Args:
        send_search: Sends `GET /studies`.
        condition_set: What to search for.

    Raises:
        RegistryError: The registry did not answer with a number.
    """
    query = {**_build_query(condition_set), api.PAGE_SIZE: "1"}
    reply = _send_strictly(send_search, query)
    total = reply.require_strict_document().get(api.TOTAL_COUNT)
    if not isinstance(total, int):
        raise reply.make_shape_error(f"`{api.TOTAL_COUNT}` is not a number")
    return total


def list_updates(send_search: SendSearch, condition_set: ConditionSet, since: date) -> Listing:
    """List the studies of a condition set that were updated on a day or later.

    Raises:
        ListingRefused: No study was, or the listing is too doubtful to act on.
        RegistryError: The registry did not deliver a page.
    """
    updated = api.UPDATED_SINCE.format(day=since.isoformat())
    advanced = f"({condition_set.advanced}) AND {updated}" if condition_set.advanced else updated
    return replace(list_studies(send_search, replace(condition_set, advanced=advanced)), since=since)


def _unite(first: Listing, second: Listing) -> Listing | None:
    """Return two listings of the same data as one, or None if they may be of different data.

    Each study that one of them has is in that data, so as many studies as the registry counts are all of them.
    """
    is_same_data = first.versions == second.versions != frozenset() and first.total == second.total
    is_doubtful = any(listing.mixed_source_version or listing.entries_without_id for listing in (first, second))
    if is_doubtful or not is_same_data:
        return None
    return Listing(
        second.total,
        {**first.studies, **second.studies},
        first.listed_twice + second.listed_twice,
        versions=second.versions,
        is_union=True,
    )


def _build_query(condition_set: ConditionSet) -> dict[str, str]:
    """Return the parameters of every page.

    Every page repeats them: with other parameters a token brings wrong rows, and the registry does not refuse it.
    """
    query: dict[str, str] = {}
    if condition_set.search:
        query[api.SEARCH] = condition_set.search
    if condition_set.advanced:
        query[api.ADVANCED] = condition_set.advanced
    query[api.FIELDS] = api.LISTED_FIELDS
    query[api.SORT] = api.LISTED_ORDER
    query[api.COUNT_TOTAL] = "true"
    query[api.PAGE_SIZE] = str(api.MAX_PAGE_SIZE)
    return query


def _read_first_listing(send_search: SendSearch, query: Mapping[str, str], keeper: PageKeeper | None) -> Listing:
    """Read all pages once, with whole records if the keeper wants them."""
    pages = follow_pages(partial(_send_strictly, send_search), query)
    first_page = next(pages)
    if keeper and keeper.wants(first_page.total or 0):
        # If whole records cannot be read by pages, most can be read by batches: what spoils a page is in few of them.
        with suppress(ReplyUnusable, RegistryRefused):
            return _read_pages(_follow_kept_pages(send_search, query, keeper))
    return _read_pages(chain([first_page], pages))


def _send_strictly(send_search: SendSearch, parameters: Mapping[str, str]) -> Reply:
    """Send a search, and refuse a reply with a repeated key. Of whole records this is found when they are read."""
    reply = send_search(parameters)
    reply.require_strict_document()
    return reply


def _follow_kept_pages(send_search: SendSearch, query: Mapping[str, str], keeper: PageKeeper) -> Iterator[Page]:
    """Yield every page, with whole records, after the keeper has it."""
    whole = {name: value for name, value in query.items() if name != api.FIELDS}
    for page in follow_pages(partial(keeper.search, send_search), whole):
        keeper.keep(page)
        yield page


def _read_pages(pages: Iterable[Page]) -> Listing:
    """Read all pages of a listing."""
    total, listed_twice = 0, 0
    newest: dict[NctId, Entry] = {}
    entries_without_id: list[object] = []
    days: set[str] = set()
    releases: set[str] = set()
    for page in pages:
        total = total or page.total or 0  # only the first page has the total
        entries_without_id += page.entries_without_id
        for entry in page.entries:
            # A study may move to the next page while we read. If its two entries differ, the newer one counts.
            earlier = newest.get(entry.nct_id, entry)
            listed_twice += earlier.listed != entry.listed
            newest[entry.nct_id] = max(earlier, entry, key=get_age_key)
            days.add(entry.version)
        # The registry may reload its data within a day. Only the reply itself tells, and it need not.
        releases.add(page.reply.data_release or "")
        # Some entries without a number are a flaw of these records. If no entry has one, the API has changed.
        if entries_without_id and not newest:
            raise page.reply.make_shape_error("no study in it has an NCT number")
    days.discard("")
    releases.discard("")
    return Listing(
        total,
        {nct_id: entry.listed for nct_id, entry in newest.items()},
        listed_twice,
        mixed_source_version=len(days) > 1 or len(releases) > 1,
        entries_without_id=tuple(entries_without_id),
        versions=frozenset(days | releases),
    )
