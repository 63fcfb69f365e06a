"""Listing a condition set, page by page, so that the result is whole or refused."""

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

Ask = Callable[[Mapping[str, str]], Reply]
"""Sends `GET /studies` with these parameters."""


@dataclass(frozen=True, slots=True)
class ListedStudy:
    """What a listing says of a study.

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
        total: How many the registry counts.
        studies: What it says of each, by its NCT number.
        listed_twice: How many came twice and with different content; the newer is kept.
        mixed_source_version: Whether the registry reloaded its data between two pages.
        entries_without_id: Entries without an NCT number, as they came: any study that is missing may be one of them.
    """

    total: int
    studies: Mapping[NctId, ListedStudy]
    listed_twice: int = 0
    mixed_source_version: bool = False
    entries_without_id: tuple[object, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether there are as many studies as the registry counts."""
        return len(self.studies) + len(self.entries_without_id) == self.total

    @property
    def notes(self) -> list[str]:
        """What is odd about it, in words."""
        notes = {
            f"{self.listed_twice} listed twice and differently": self.listed_twice,
            f"{len(self.entries_without_id)} listed without an NCT number": self.entries_without_id,
            "listed while the registry reloaded its data": self.mixed_source_version,
        }
        return [note for note, is_so in notes.items() if is_so]


class _TokenRejected(Exception):  # noqa: N818 - a signal to begin again, never seen outside this module
    """The registry does not know a page token any more."""


def list_studies(ask: Ask, condition_set: ConditionSet) -> Listing:
    """List a condition set; a listing that was disturbed is begun again, once, from its first page.

    Args:
        ask: Sends `GET /studies`.
        condition_set: What to search for.

    Returns:
        A whole listing. One that met a reload of the registry both times is given as it is, and says so.

    Raises:
        ListingRefused: It is empty, does not end, or twice differs from its own count or loses its place.
        RegistryError: A page could not be had.
    """
    query = _query(condition_set)
    with suppress(_TokenRejected):
        listing = _read(ask, query)
        if listing.is_whole and not listing.mixed_source_version:
            return listing
    try:
        listing = _read(ask, query)
    except _TokenRejected as error:
        raise ListingRefused("the registry twice rejected the page token that it had given out") from error
    if not listing.is_whole:
        raise ListingRefused(
            f"the registry counts {listing.total} studies but listed {len(listing.studies)}, twice over"
        )
    return listing


def _query(condition_set: ConditionSet) -> dict[str, str]:
    """Give the parameters that every page repeats: a token used with others brings wrong rows, unrefused."""
    query = {api.SEARCH: condition_set.search, api.ADVANCED: condition_set.advanced}
    return {name: text for name, text in query.items() if text} | {
        api.FIELDS: api.LISTED_FIELDS,
        api.COUNT_TOTAL: "true",
        api.PAGE_SIZE: str(api.MAX_PAGE_SIZE),
    }


def _read(ask: Ask, query: Mapping[str, str]) -> Listing:
    """Read all pages once."""
    total, listed_twice = 0, 0
    newest: dict[NctId, _Entry] = {}
    entries_without_id: list[object] = []
    versions: set[str] = set()
    for page in _pages(ask, query):
        total = page.total or total
        entries_without_id += page.entries_without_id
        for entry in page.entries:
            held = newest.get(entry.nct_id, entry)
            listed_twice += held.listed != entry.listed
            newest[entry.nct_id] = max(held, entry, key=_age)
            versions.add(entry.version)
        if entries_without_id and not newest:
            raise page.reply.changed_shape("no study in it has an NCT number")
    return Listing(
        total,
        {nct_id: entry.listed for nct_id, entry in newest.items()},
        listed_twice,
        mixed_source_version=len(versions - {""}) > 1,
        entries_without_id=tuple(entries_without_id),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    nct_id: NctId
    listed: ListedStudy
    version: str


def _age(entry: _Entry) -> tuple[str, str]:
    """Give what of two entries of one study is larger for the newer one."""
    return entry.listed.last_update_post_date or "", entry.version


@dataclass(frozen=True, slots=True)
class _Page:
    reply: Reply
    total: int | None
    entries: list[_Entry]
    entries_without_id: list[object]
    token: str | None

    def __len__(self) -> int:
        return len(self.entries) + len(self.entries_without_id)


def _pages(ask: Ask, query: Mapping[str, str]) -> Iterator[_Page]:
    """Follow the tokens from page to page; the last page may be empty."""
    page = _first_page(ask(query))
    yield page
    allowed = (page.total or 0) // max(len(page), 1) + SPARE_PAGES
    used: set[str] = set()
    while page.token is not None:
        if page.token in used or len(used) >= allowed:
            raise ListingRefused(
                f"the listing does not end: after {len(used) + 1} pages the registry still gives a token"
            )
        used.add(page.token)
        page = _later_page(ask({**query, api.PAGE_TOKEN: page.token}))
        yield page


def _first_page(reply: Reply) -> _Page:
    page = _page(reply)
    if page.total is None:
        raise reply.changed_shape(f"`{api.TOTAL_COUNT}` is missing")
    if page.total == 0:
        raise ListingRefused(
            "the registry lists no study at all, and a known set cannot vanish overnight",
            next_step="check the condition set's search, or run the command again later",
        )
    return page


def _later_page(reply: Reply) -> _Page:
    try:
        return _page(reply)
    except RegistryRefused as error:
        if error.status == 400:
            raise _TokenRejected from error
        raise


def _page(reply: Reply) -> _Page:
    """Check the shape of one page; an absent list is not an empty one."""
    document = reply.strictly_accepted()
    studies = document.get(api.STUDIES)
    total = document.get(api.TOTAL_COUNT)
    token = document.get(api.NEXT_PAGE_TOKEN)
    if not isinstance(studies, list):
        raise reply.changed_shape(f"`{api.STUDIES}` is not a list")
    if isinstance(total, bool) or not isinstance(total, int | None):
        raise reply.changed_shape(f"`{api.TOTAL_COUNT}` is not a whole number")
    if not isinstance(token, str | None) or not (token or "").isascii():
        raise reply.changed_shape(f"`{api.NEXT_PAGE_TOKEN}` is not a text of ASCII")
    read = [(study, _entry(study)) for study in studies]
    entries = [entry for _, entry in read if entry]
    entries_without_id = [study for study, entry in read if not entry]
    return _Page(reply, total, entries, entries_without_id, token or None)


def _entry(study: object) -> _Entry | None:
    """Read an entry; what is no text in it counts as absent, so that the record is fetched and judged by itself."""
    try:
        nct_id = NctId(_text(study, api.NCT_ID) or "")
    except BadNctNumber:
        return None
    listed = ListedStudy(_text(study, api.LAST_UPDATE_POST_DATE), _text(study, api.OVERALL_STATUS))
    return _Entry(nct_id, listed, _text(study, api.VERSION_HOLDER) or "")


def _text(study: object, path: tuple[str, ...]) -> str | None:
    value = api.get_path(study, path)
    return value if isinstance(value, str) else None
