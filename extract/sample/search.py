"""The studies that a listing finds: `query.cond` and `filter.advanced`.

`query.cond` replaces the service's search, which also knows synonyms and ranks the studies. Here a study is found if
the words themselves are in its conditions, titles, keywords, MeSH terms or their ancestors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from extract.sample.fields import keep_selected, load_piece_paths, parse_selection
from extract.sample.parameters import BadRequestError, make_not_evaluated_error, parse_nct_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEARCHED = "Condition|Keyword|BriefTitle|OfficialTitle|ConditionMeshTerm|ConditionAncestorTerm"
_UPDATED = "LastUpdatePostDate"

_SEARCH_AREAS = frozenset(
    {
        *("BasicSearch", "ConditionSearch", "IdSearch", "InterventionSearch", "LocationSearch"),
        *("OutcomeSearch", "PatientSearch", "SponsorSearch", "TitleSearch"),
    }
)
_WORD = re.compile(r"\w+")
_PART = re.compile(r'"[^"]*"|\S+')
_SYNTAX = re.compile(r'[()\[\]"]')
_AREA = re.compile(r"AREA\[([^\]]*)\]")
_ALL = "ALL"
_UPDATE_RANGE = re.compile(
    r"AREA\[LastUpdatePostDate\]RANGE\[\s*(MIN|\d{4}-\d{2}-\d{2})\s*,\s*(MAX|\d{4}-\d{2}-\d{2})\s*\]",
    re.ASCII,
)


class Facts(NamedTuple):
    """The searchable part of a study: the words of its condition search, and its `LastUpdatePostDate` or ''."""

    words: str
    updated: str


def read_facts(study: dict[str, Any]) -> Facts:
    """Return the searchable facts of a study's record."""
    texts = _find_texts(keep_selected(study, parse_selection(_SEARCHED)))
    updated = next(_find_texts(keep_selected(study, parse_selection(_UPDATED))), "")
    # The bar keeps a phrase from matching across two texts. The spaces make a phrase match whole words only.
    return Facts(f" {' | '.join(_normalise_words(text) for text in texts)} ", updated)


def _find_texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _find_texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _find_texts(item)


def _normalise_words(text: str) -> str:
    """Return the words of a text in lower case, without punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


class ConditionSearch:
    """A `query.cond`: `OR` between branches, "quotes" around a phrase, otherwise every word somewhere.

    Case and punctuation do not count, so `acute-on-chronic` finds `Acute on Chronic`. `AND` may be written.

    Raises:
        BadRequestError: A branch has no words, or the query has an operator that the sample does not evaluate.
    """

    def __init__(self, query: str) -> None:
        self._branches: list[list[str]] = [[]]
        for part in _PART.findall(query):
            if part == "OR":
                self._branches.append([])
            elif part != "AND":
                self._branches[-1] += _read_phrase(part)
        # An empty branch could mean every study or none.
        if not all(self._branches):
            raise BadRequestError("Error parsing query in `query.cond`: a branch of OR holds no word")

    def is_match(self, words: str) -> bool:
        """Return whether the query finds a study with these words (`Facts.words`)."""
        return any(_contains_all(words, branch) for branch in self._branches)


def _contains_all(words: str, phrases: list[str]) -> bool:
    return all(phrase in words for phrase in phrases)


def _read_phrase(part: str) -> list[str]:
    """Return the phrase of a part of a query, between two spaces; an empty list if the part has no words.

    Raises:
        BadRequestError: The part is an operator that the sample does not evaluate.
    """
    is_quoted = len(part) > 1 and part.startswith('"') and part.endswith('"')
    if part == "NOT" or (not is_quoted and _SYNTAX.search(part)):
        raise make_not_evaluated_error(f"`{part}` in `query.cond`")
    words = _normalise_words(part)
    return [f" {words} "] if words else []


def parse_id_lookup(query: str) -> list[str] | None:
    """Return the NCT numbers of a query that holds nothing else, or None.

    The service looks up the studies of such a query by number, and ignores the filters.
    """
    numbers: list[str] = []
    for item in re.split(r"[,\s]+", query.strip()):
        number = parse_nct_number(item)
        if number is None:
            return None
        numbers.append(number)
    return numbers


class UpdateRange:
    """A `filter.advanced` such as `AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]`.

    `ALL` is the filter for every study. Two filters may be joined, as in `(ALL) AND AREA[…]RANGE[…]`.

    Raises:
        BadRequestError: The registry does not have the area, or the sample does not evaluate the filter.
    """

    def __init__(self, advanced: str) -> None:
        for area in _AREA.findall(advanced):
            if area not in load_piece_paths() and area not in _SEARCH_AREAS:
                raise BadRequestError(f"Error parsing query in advanced filter: Unknown area name: `{area}`")
        self._ranges: list[tuple[str, str]] = []
        for part in advanced.split(" AND "):
            inner = part.strip().removeprefix("(").removesuffix(")").strip()
            limits = _UPDATE_RANGE.fullmatch(inner)
            if limits is None and inner != _ALL:
                raise make_not_evaluated_error(f"`{advanced}` in `filter.advanced`")
            if limits:
                # Dates are compared as texts; these two stand before and after every date.
                self._ranges.append((limits[1].replace("MIN", "0000"), limits[2].replace("MAX", "9999-99-99")))

    def contains(self, updated: str) -> bool:
        """Return whether a `yyyy-MM-dd` date is in the range, both ends included; '' is in no range."""
        return all(first <= updated <= last for first, last in self._ranges)
