"""What may stand in a request's query, and what each value means.

The names and limits are those of the registry's API document (version 2.0.5). The wording of a refusal is the
service's own where its users have recorded it; the others follow its pattern.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Query = dict[str, str]

DEFAULT_PAGE_SIZE = 10
MAXIMUM_PAGE_SIZE = 1000

NOT_EVALUATED = frozenset(
    {
        *("query.term", "query.locn", "query.titles", "query.intr", "query.outc", "query.spons"),
        *("query.lead", "query.id", "query.patient", "aggFilters", "geoDecay", "sort"),
        *("filter.overallStatus", "filter.geo", "filter.synonyms", "postFilter.overallStatus"),
        *("postFilter.geo", "postFilter.ids", "postFilter.advanced", "postFilter.synonyms"),
    }
)
"""Parameters that the service knows and the sample refuses, so that no answer is wider than was asked."""

STUDY_PARAMETERS = frozenset({"fields", "format", "markupFormat"})
LISTING_PARAMETERS = STUDY_PARAMETERS | {
    *("countTotal", "filter.advanced", "filter.ids", "pageSize", "pageToken", "query.cond"),
    *NOT_EVALUATED,
}

_NCT_NUMBER = re.compile(r"NCT0*([1-9][0-9]{0,7})", re.IGNORECASE | re.ASCII)
_TOKEN_MARK = b"position ".hex()
_TOKEN = re.compile(rf"{_TOKEN_MARK}(3[1-9](?:3[0-9]){{0,8}})")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_LIST_SEPARATOR = re.compile(r"[,|]")


class BadRequestError(ValueError):
    """A request the service answers with status 400; the message is the body of that answer."""


def not_evaluated(what: str) -> BadRequestError:
    """The refusal of a request that is right for the service but beyond the sample."""
    return BadRequestError(f"The sample registry does not evaluate {what}")


def check_names(query: Mapping[str, str], known: Collection[str]) -> None:
    """Refuses parameters that the endpoint does not have, and formats that the sample does not write.

    Raises:
        BadRequestError: on the first such parameter.
    """
    for name in query:
        if name not in known:
            raise BadRequestError(f"`{name}` is unknown parameter")
        if name in NOT_EVALUATED:
            raise not_evaluated(f"parameter `{name}`")
    for name, written in (("format", "json"), ("markupFormat", "markdown")):
        if query.get(name, written) != written:
            raise not_evaluated(f"`{name}={query[name]}`")


def nct_number(text: str) -> str | None:
    """The NCT number as the registry writes it (`NCT04437511` for `nct4437511`); None for other text."""
    found = _NCT_NUMBER.fullmatch(text)
    return f"NCT{found[1]:0>8}" if found else None


def nct_numbers(text: str) -> list[str]:
    """The NCT numbers of a comma- or pipe-separated `filter.ids`, in their written form.

    Raises:
        BadRequestError: when an item is not an NCT number; one bad item refuses the whole request.
    """
    numbers = []
    for place, item in enumerate(split_list(text), start=1):
        number = nct_number(item)
        if number is None:
            raise BadRequestError(f"Item {place} in parameter `filter.ids` has incorrect format")
        numbers.append(number)
    return numbers


def split_list(text: str) -> list[str]:
    """The items of a comma- or pipe-separated list."""
    return _LIST_SEPARATOR.split(text)


def page_size(query: Mapping[str, str]) -> int:
    """Studies a page: 10 when not given or 0, silently cut to 1,000.

    Raises:
        BadRequestError: when the value is not a whole number of 0 or more.
    """
    text = query.get("pageSize", "0")
    if not _WHOLE_NUMBER.fullmatch(text):
        raise _incorrect_format("pageSize")
    return min(int(text) or DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE)


def counts_total(query: Mapping[str, str]) -> bool:
    """Whether the answer is to carry `totalCount`: asked for, and only on the first page.

    Raises:
        BadRequestError: when the value is neither `true` nor `false`.
    """
    text = query.get("countTotal", "false")
    if text not in {"true", "false"}:
        raise _incorrect_format("countTotal")
    return text == "true" and "pageToken" not in query


def page_token(position: int) -> str:
    """The opaque token of the page that starts at a position of a listing; it knows nothing of the query."""
    return _TOKEN_MARK + str(position).encode().hex()


def page_start(query: Mapping[str, str]) -> int:
    """The position of the listing at which the asked page starts.

    Raises:
        BadRequestError: when the token is not one that `page_token` gives.
    """
    if "pageToken" not in query:
        return 0
    token = _TOKEN.fullmatch(query["pageToken"])
    if token is None:
        raise _incorrect_format("pageToken")
    return int(bytes.fromhex(token[1]))


def _incorrect_format(name: str) -> BadRequestError:
    return BadRequestError(f"Parameter `{name}` has incorrect format")
