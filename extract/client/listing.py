"""The listing of a condition set, read page by page: the result is complete, or it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.client import api
from extract.client.reply import Reply
from extract.errors import BadNctNumber, ListingRefused, RegistryRefused
from extract.nct import NctId

if TYPE_CHECKING:
    from extract.condition_set import ConditionSet

SPARE_PAGES = 10
"""Pages that a listing may have beyond those that its total needs."""

SendSearch = Callable[[Mapping[str, str]], Reply]
"""Sends `GET /studies` with these parameters."""


@dataclass(frozen=True, slots=True)
class ListedStudy:
    """What a listing says about a study.

    Attributes:
        last_update_post_date: The date as written, or None.
        overall_status: The registry's code as written, or None.
    """

    last_update_post_date: str | None
    overall_status: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All studies of a condition set as the registry lists them now.

    Attributes:
        total: The registry's own count.
        studies: What the registry says about each study, by its NCT number.
        listed_twice: How many studies were listed twice with different content; the newer entry is kept.
        mixed_source_version: Whether the registry reloaded its data between two pages.
        entries_without_id: Entries without an NCT number, as they came. Any missing study may be one of them.
    """

    total: int
    studies: Mapping[NctId, ListedStudy]
    listed_twice: int = 0
    mixed_source_version: bool = False
    entries_without_id: tuple[object, ...] = ()

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
        }
        return [note for note, applies in notes.items() if applies]


class _TokenRejected(Exception):  # noqa: N818 - a signal to list again, which never leaves this module
    """The registry no longer accepts a page token."""


def list_studies(send_search: SendSearch, condition_set: ConditionSet) -> Listing:
    """List a condition set; if something disturbs the listing, repeat it once from its first page.

    Args:
        send_search: Sends `GET /studies`.
        condition_set: What to search for.

    Returns:
        A complete listing. If the registry reloaded its data both times, the listing is returned and says so.

    Raises:
        ListingRefused: The listing is empty or does not end; or twice it differs from its own count, or its page
            token is rejected.
        RegistryError: The registry did not deliver a page.
    """
    query = _build_query(condition_set)
    with suppress(_TokenRejected):
        listing = _read_all_pages(send_search, query)
        if listing.is_complete and not listing.mixed_source_version:
            return listing

    # Nothing of the first attempt is kept: its pages may belong to data that the registry has replaced.
    try:
        listing = _read_all_pages(send_search, query)
    except _TokenRejected as error:
        raise ListingRefused("the registry rejected its own page token twice") from error
    if not listing.is_complete:
        raise ListingRefused(
            f"the registry counts {listing.total} studies but listed {len(listing.studies)}, in two attempts"
        )
    return listing


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
    query[api.COUNT_TOTAL] = "true"
    query[api.PAGE_SIZE] = str(api.MAX_PAGE_SIZE)
    return query


def _read_all_pages(send_search: SendSearch, query: Mapping[str, str]) -> Listing:
    """Read all pages once."""
    total, listed_twice = 0, 0
    newest: dict[NctId, _Entry] = {}
    entries_without_id: list[object] = []
    versions: set[str] = set()
    for page in _follow_pages(send_search, query):
        total = page.total or total  # only the first page has the total
        entries_without_id += page.entries_without_id
        for entry in page.entries:
            # A study may move to the next page while we read. If its two entries differ, the newer one counts.
            earlier = newest.get(entry.nct_id, entry)
            listed_twice += earlier.listed != entry.listed
            newest[entry.nct_id] = max(earlier, entry, key=_get_age_key)
            versions.add(entry.version)
        # Some entries without a number are a flaw of these records. If no entry has one, the API has changed.
        if entries_without_id and not newest:
            raise page.reply.make_shape_error("no study in it has an NCT number")
    return Listing(
        total,
        {nct_id: entry.listed for nct_id, entry in newest.items()},
        listed_twice,
        mixed_source_version=len(versions - {""}) > 1,
        entries_without_id=tuple(entries_without_id),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One study on a page; `version` is the date of the data release, or an empty text."""

    nct_id: NctId
    listed: ListedStudy
    version: str


def _get_age_key(entry: _Entry) -> tuple[str, str]:
    """Return a sort key that is larger for the newer one of two entries of a study."""
    return entry.listed.last_update_post_date or "", entry.version


@dataclass(frozen=True, slots=True)
class _Page:
    """One page; `token` leads to the next one, None ends the listing."""

    reply: Reply
    total: int | None
    entries: list[_Entry]
    entries_without_id: list[object]
    token: str | None

    def __len__(self) -> int:
        return len(self.entries) + len(self.entries_without_id)


def _follow_pages(send_search: SendSearch, query: Mapping[str, str]) -> Iterator[_Page]:
    """Yield every page; the last one may be empty.

    Raises:
        ListingRefused: A token comes again, or there are too many pages.
    """
    page = _read_first_page(send_search(query))
    yield page
    allowed = (page.total or 0) // max(len(page), 1) + SPARE_PAGES
    used: set[str] = set()
    while page.token is not None:
        if page.token in used or len(used) >= allowed:
            raise ListingRefused(
                f"the listing does not end: after {len(used) + 1} pages the registry still sends a token"
            )
        used.add(page.token)
        page = _read_later_page(send_search({**query, api.PAGE_TOKEN: page.token}))
        yield page


def _read_first_page(reply: Reply) -> _Page:
    """Read the first page, which must have a total above zero."""
    page = _read_page(reply)
    if page.total is None:
        raise reply.make_shape_error(f"`{api.TOTAL_COUNT}` is missing")
    if page.total == 0:
        raise ListingRefused(
            "the registry lists no study at all, and a known set cannot vanish overnight",
            next_step="check the condition set's search, or run the command again later",
        )
    return page


def _read_later_page(reply: Reply) -> _Page:
    """Read a page after the first.

    Raises:
        _TokenRejected: The registry answers 400. It accepted the same query before, so the token is the cause.
    """
    try:
        return _read_page(reply)
    except RegistryRefused as error:
        if error.status == 400:
            raise _TokenRejected from error
        raise


def _read_page(reply: Reply) -> _Page:
    """Check the shape of one page and read it; an absent list of studies is not an empty one."""
    document = reply.require_strict_document()
    studies = document.get(api.STUDIES)
    total = document.get(api.TOTAL_COUNT)
    token = document.get(api.NEXT_PAGE_TOKEN)
    if not isinstance(studies, list):
        raise reply.make_shape_error(f"`{api.STUDIES}` is not a list")
    if isinstance(total, bool) or not isinstance(total, int | None):
        raise reply.make_shape_error(f"`{api.TOTAL_COUNT}` is not a whole number")
    # A URL cannot hold a token with other characters, such as half of a surrogate pair.
    if not isinstance(token, str | None) or not (token or "").isascii():
        raise reply.make_shape_error(f"`{api.NEXT_PAGE_TOKEN}` is not a text of ASCII")

    entries: list[_Entry] = []
    entries_without_id: list[object] = []
    for study in studies:
        entry = _read_entry(study)
        if entry:
            entries.append(entry)
        else:
            entries_without_id.append(study)
    return _Page(reply, total, entries, entries_without_id, token or None)


def _read_entry(study: object) -> _Entry | None:
    """Read an entry, or return None if it does not have an NCT number."""
    try:
        nct_id = NctId(_get_text(study, api.NCT_ID) or "")
    except BadNctNumber:
        return None
    # A value of another type counts as absent. Then it differs from the record that the warehouse holds, so the
    # full record is fetched and judged by itself.
    listed = ListedStudy(_get_text(study, api.LAST_UPDATE_POST_DATE), _get_text(study, api.OVERALL_STATUS))
    return _Entry(nct_id, listed, _get_text(study, api.VERSION_HOLDER) or "")


def _get_text(study: object, path: tuple[str, ...]) -> str | None:
    value = api.get_path(study, path)
    return value if isinstance(value, str) else None
