"""The pages of a listing: each is checked and read, and followed to the next one, never in a circle or without end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from extract.client import api
from extract.client.reply import Reply
from extract.errors import BadNctNumber, ListingRefused, RegistryRefused
from extract.nct import NctId

SPARE_PAGES = 10
"""Pages that a listing may have beyond those that its total needs, and pages in a row that may bring nothing new."""

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


class TokenRejected(Exception):  # noqa: N818 - a signal to list again, which the listing never lets out
    """The registry no longer accepts a page token."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One study on a page; `version` is the date of the data release, or an empty text."""

    nct_id: NctId
    listed: ListedStudy
    version: str


def get_age_key(entry: Entry) -> tuple[str, str]:
    """Return a sort key that is larger for the newer one of two entries of a study."""
    return entry.listed.last_update_post_date or "", entry.version


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `token` leads to the next one, None ends the listing."""

    reply: Reply
    total: int | None
    entries: list[Entry]
    entries_without_id: list[object]
    token: str | None

    def __len__(self) -> int:
        return len(self.entries) + len(self.entries_without_id)


def follow_pages(send_search: SendSearch, query: Mapping[str, str]) -> Iterator[Page]:
    """Yield every page; the last one may be empty.

    Args:
        send_search: Sends `GET /studies`.
        query: The parameters of every page.

    Raises:
        ListingRefused: A token comes again, there are too many pages, or page after page brings nothing new.
    """
    page, query = _ask_first_page(send_search, query)
    yield page
    allowed = (page.total or 0) // max(len(page), 1) + SPARE_PAGES
    used: set[str] = set()
    seen = {entry.nct_id for entry in page.entries}
    idle_pages = 0
    while page.token is not None:
        if page.token in used or len(used) >= allowed or idle_pages >= SPARE_PAGES:
            raise ListingRefused(
                f"the listing does not end: after {len(used) + 1} pages the registry still sends a token"
            )
        used.add(page.token)
        page = _ask_later_page(send_search, {**query, api.PAGE_TOKEN: page.token})
        yield page
        seen_before = len(seen)
        seen.update(entry.nct_id for entry in page.entries)
        idle_pages = idle_pages + 1 if len(seen) == seen_before else 0


def _ask_first_page(send_search: SendSearch, query: Mapping[str, str]) -> tuple[Page, Mapping[str, str]]:
    """Ask for the first page, without the order if the registry refuses the order.

    Returns:
        The page, and the query that the later pages repeat.
    """
    try:
        return _read_first_page(send_search(query)), query
    except RegistryRefused as error:
        # The API document allows the order, but no probe has shown which fields are taken.
        if error.status != 400 or api.SORT not in error.happened:
            raise
    in_any_order = {name: value for name, value in query.items() if name != api.SORT}
    return _read_first_page(send_search(in_any_order)), in_any_order


def _read_first_page(reply: Reply) -> Page:
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


def _ask_later_page(send_search: SendSearch, query: Mapping[str, str]) -> Page:
    """Ask for a page after the first.

    Raises:
        TokenRejected: The registry answers 400. It accepted the same query before, so the token is the cause.
    """
    try:
        return _read_page(send_search(query))
    except RegistryRefused as error:
        if error.status == 400:
            raise TokenRejected from error
        raise


def _read_page(reply: Reply) -> Page:
    """Check the shape of one page and read it; an absent list of studies is not an empty one."""
    document = reply.require_document()
    studies = document.get(api.STUDIES)
    total = document.get(api.TOTAL_COUNT)
    token = document.get(api.NEXT_PAGE_TOKEN)
    if not isinstance(studies, list):
        raise reply.make_shape_error(f"`{api.STUDIES}` is not a list")
    if isinstance(total, bool) or not isinstance(total, int | None):
        raise reply.make_shape_error(f"`{api.TOTAL_COUNT}` is not a whole number")
    # The total decides how many pages are read, so a total that cannot be is refused before the second page.
    if total is not None and not 0 <= total <= api.MOST_STUDIES:
        raise reply.make_shape_error(f"`{api.TOTAL_COUNT}` is {total}, which cannot be")
    # A URL cannot hold a token with other characters, such as half of a surrogate pair.
    if not isinstance(token, str | None) or not (token or "").isascii():
        raise reply.make_shape_error(f"`{api.NEXT_PAGE_TOKEN}` is not a text of ASCII")
    if len(token or "") > api.LONGEST_TOKEN:
        raise reply.make_shape_error(f"`{api.NEXT_PAGE_TOKEN}` has {len(token or ''):,} characters")

    entries: list[Entry] = []
    entries_without_id: list[object] = []
    for study in studies:
        entry = _read_entry(study)
        if entry:
            entries.append(entry)
        else:
            entries_without_id.append(study)
    return Page(reply, total, entries, entries_without_id, token or None)


def _read_entry(study: object) -> Entry | None:
    """Read an entry, or return None if it does not have an NCT number."""
    try:
        nct_id = NctId(_get_text(study, api.NCT_ID) or "")
    except BadNctNumber:
        return None
    # A value of another type counts as absent. Then it differs from the record that the warehouse holds, so the
    # full record is fetched and judged by itself.
    listed = ListedStudy(_get_text(study, api.LAST_UPDATE_POST_DATE), _get_text(study, api.OVERALL_STATUS))
    return Entry(nct_id, listed, _get_text(study, api.VERSION_HOLDER) or "")


def _get_text(study: object, path: tuple[str, ...]) -> str | None:
    value = api.get_path(study, path)
    return value if isinstance(value, str) else None
