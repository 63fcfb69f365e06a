"""Which studies a listing finds: `query.cond` and `filter.advanced`.

`query.cond` stands in for the service's search, which also knows synonyms and weighs what it finds. Here a
study is found when the words themselves stand in its conditions, titles, keywords, MeSH terms or their
ancestors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from extract.sample.fields import paths_of_pieces, prune, selection
from extract.sample.parameters import BadRequestError, nct_number, not_evaluated

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
_UPDATE_RANGE = re.compile(
    r"AREA\[LastUpdatePostDate\]RANGE\[\s*(MIN|\d{4}-\d{2}-\d{2})\s*,\s*(MAX|\d{4}-\d{2}-\d{2})\s*\]",
    re.ASCII,
)


class Facts(NamedTuple):
    """What of a study is searched: the words of its condition search, and its `LastUpdatePostDate` or ''."""

    words: str
    updated: str


def facts(study: dict[str, Any]) -> Facts:
    """Reads a study's searchable facts from its record."""
    texts = _leaves(prune(study, selection(_SEARCHED)))
    updated = next(_leaves(prune(study, selection(_UPDATED))), "")
    return Facts(f" {' | '.join(_words(text) for text in texts)} ", updated)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (leaf for part in value.values() for leaf in _leaves(part))
    elif isinstance(value, list):
        yield from (leaf for part in value for leaf in _leaves(part))


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


class ConditionSearch:
    """A `query.cond`: `OR` between branches, "quotes" round a phrase, otherwise every word somewhere.

    Case and punctuation do not count, so `acute-on-chronic` finds `Acute on Chronic`. `AND` may be written.

    Raises:
        BadRequestError: on a branch without words, and on operators the sample does not evaluate.
    """

    def __init__(self, query: str) -> None:
        self._branches: list[list[str]] = [[]]
        for part in _PART.findall(query):
            if part == "OR":
                self._branches.append([])
            elif part != "AND":
                self._branches[-1] += _phrase(part)
        if not all(self._branches):
            raise BadRequestError("Error parsing query in `query.cond`: a branch of OR holds no word")

    def finds(self, words: str) -> bool:
        """Whether a study whose search holds these words is found."""
        return any(all(phrase in words for phrase in branch) for branch in self._branches)


def _phrase(part: str) -> list[str]:
    quoted = len(part) > 1 and part.startswith('"') and part.endswith('"')
    if part == "NOT" or (not quoted and _SYNTAX.search(part)):
        raise not_evaluated(f"`{part}` in `query.cond`")
    words = _words(part)
    return [f" {words} "] if words else []


def only_nct_numbers(query: str) -> list[str] | None:
    """The ids of a query that holds nothing else: the service then looks them up and ignores the filters."""
    numbers = [nct_number(item) for item in re.split(r"[,\s]+", query.strip())]
    return None if None in numbers else [number for number in numbers if number]


class UpdateRange:
    """A `filter.advanced` of the form `AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]`.

    Raises:
        BadRequestError: on an area the registry does not have, and on all that the sample does not evaluate.
    """

    def __init__(self, advanced: str) -> None:
        for area in _AREA.findall(advanced):
            if area not in paths_of_pieces() and area not in _SEARCH_AREAS:
                raise BadRequestError(f"Error parsing query in advanced filter: Unknown area name: `{area}`")
        limits = _UPDATE_RANGE.fullmatch(advanced.strip())
        if limits is None:
            raise not_evaluated(f"`{advanced}` in `filter.advanced`")
        self._first, self._last = limits[1].replace("MIN", "0000"), limits[2].replace("MAX", "9999-99-99")

    def holds(self, updated: str) -> bool:
        """Whether a `yyyy-MM-dd` date lies in the range, both ends included; '' lies in none."""
        return self._first <= updated <= self._last
