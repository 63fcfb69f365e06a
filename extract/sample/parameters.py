"""The parameters of a request's query, and what each value means.

The names and limits are those of the registry's API document (version 2.0.5). Where users have recorded a refusal of
the service, its wording is used; the other refusals follow the same pattern.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Query = dict[str, str]

DEFAULT_PAGE_SIZE = 10
MAXIMUM_PAGE_SIZE = 1000

# Refused, because an answer that ignores a filter would be wider than the request.
NOT_EVALUATED = frozenset(
    {
        *("query.term", "query.locn", "query.titles", "query.intr", "query.outc", "query.spons"),
        *("query.lead", "query.id", "query.patient", "aggFilters", "geoDecay"),
        *("filter.overallStatus", "filter.geo", "filter.synonyms", "postFilter.overallStatus"),
        *("postFilter.geo", "postFilter.ids", "postFilter.advanced", "postFilter.synonyms"),
    }
)
"""Parameters that the service knows and the sample refuses."""

STUDY_PARAMETERS = frozenset({"fields", "format", "markupFormat"})
LISTING_PARAMETERS = STUDY_PARAMETERS | {
    *("countTotal", "filter.advanced", "filter.ids", "pageSize", "pageToken", "query.cond", "sort"),
    *NOT_EVALUATED,
}

_NCT_NUMBER = re.compile(r"NCT0*([1-9][0-9]{0,7})", re.IGNORECASE | re.ASCII)
_TOKEN_MARK = b"position ".hex()
_TOKEN = re.compile(rf"{_TOKEN_MARK}(3[1-9](?:3[0-9]){{0,8}})")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_LIST_SEPARATOR = re.compile(r"[,|]")


class BadRequestError(ValueError):
    """A request that the service answers with status 400; the message is the body of that answer."""


def make_not_evaluated_error(what: str) -> BadRequestError:
    """Make the error for a request that the service would answer and the sample cannot."""
    return BadRequestError(f"The sample registry does not evaluate {what}")


def check_names(query: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse parameters that the endpoint does not have, and formats that the sample does not write.

    Raises:
        BadRequestError: The query has such a parameter.
    """
    for name in query:
        if name not in known:
            raise BadRequestError(f"`{name}` is unknown parameter")
        if name in NOT_EVALUATED:
            raise make_not_evaluated_error(f"parameter `{name}`")
    for name, written in (("format", "json"), ("markupFormat", "markdown")):
        if query.get(name, written) != written:
            raise make_not_evaluated_error(f"`{name}={query[name]}`")


def parse_nct_number(text: str) -> str | None:
    """Return an NCT number as the registry writes it (`NCT04437511` for `nct4437511`), or None for other text."""
    match = _NCT_NUMBER.fullmatch(text)
    return f"NCT{match[1]:0>8}" if match else None


def parse_nct_numbers(text: str) -> list[str]:
    """Return the NCT numbers of a comma- or pipe-separated `filter.ids`, as the registry writes them.

    Raises:
        BadRequestError: An item is not an NCT number; one bad item refuses the whole request.
    """
    numbers = []
    for item_number, item in enumerate(split_list(text), start=1):
        number = parse_nct_number(item)
        if number is None:
            raise BadRequestError(f"Item {item_number} in parameter `filter.ids` has incorrect format")
        numbers.append(number)
    return numbers


def split_list(text: str) -> list[str]:
    """Split a comma- or pipe-separated list."""
    return _LIST_SEPARATOR.split(text)


def read_page_size(query: Mapping[str, str]) -> int:
    """Return the studies a page: 10 if absent or 0, and never more than 1,000.

    Raises:
        BadRequestError: The value is not a whole number of 0 or more.
    """
    text = query.get("pageSize", "0")
    if not _WHOLE_NUMBER.fullmatch(text):
        raise _make_format_error("pageSize")
    return min(int(text) or DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE)


def is_total_wanted(query: Mapping[str, str]) -> bool:
    """Return whether the answer has `totalCount`: if the query asks for it, and only on the first page.

    Raises:
        BadRequestError: The value is neither `true` nor `false`.
    """
    text = query.get("countTotal", "false")
    if text not in {"true", "false"}:
        raise _make_format_error("countTotal")
    return text == "true" and "pageToken" not in query


def make_page_token(position: int) -> str:
    """Make the opaque token of the page that begins at a position of a listing; it does not depend on the query."""
    return _TOKEN_MARK + str(position).encode().hex()


def read_page_start(query: Mapping[str, str]) -> int:
    """Return the position of the listing at which the requested page begins.

    Raises:
        BadRequestError: The token does not come from `make_page_token`.
    """
    if "pageToken" not in query:
        return 0
    token = _TOKEN.fullmatch(query["pageToken"])
    if token is None:
        raise _make_format_error("pageToken")
    return int(bytes.fromhex(token[1]))


def _make_format_error(name: str) -> BadRequestError:
    return BadRequestError(f"Parameter `{name}` has incorrect format")
