"""The `sort` parameter: the order in which a listing has its studies."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from extract.sample.fields import load_piece_paths
from extract.sample.parameters import BadRequestError, make_not_evaluated_error, split_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MOST_KEYS = 2
_ITEM = re.compile(r"(@relevance|[A-Za-z][A-Za-z0-9\-. ]*)(?::(asc|desc))?")
_NUMBERS = frozenset({"EnrollmentCount"})


class SortKey(NamedTuple):
    """One key of an order: the path of its field, the type of its values, and whether the largest comes first."""

    steps: tuple[str, ...]
    kind: type
    is_descending: bool


@lru_cache(maxsize=64)
def parse_order(sort: str) -> tuple[SortKey, ...]:
    """Return the keys of a comma- or pipe-separated `sort`; only dates and numbers are keys, and at most two.

    Dates fall by default, numbers rise.

    Raises:
        BadRequestError: The text is not such a list, or the sample does not evaluate it.
    """
    items = split_list(sort) if sort else []
    if len(items) > MOST_KEYS:
        raise BadRequestError(f"Too many items in parameter `sort`: {len(items)}")
    return tuple(_parse_key(number, item) for number, item in enumerate(items, start=1))


def _parse_key(number: int, item: str) -> SortKey:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise BadRequestError(f"Item {number} in parameter `sort` has incorrect format")
    name, direction = match.groups()
    if name == "@relevance":
        raise make_not_evaluated_error("`@relevance` in `sort`")
    is_number = name in _NUMBERS
    if name not in load_piece_paths() or not (is_number or name.endswith("Date")):
        raise BadRequestError(f"Invalid field name in parameter `sort`: `{name}`")
    default = "asc" if is_number else "desc"
    kind = int if is_number else str
    return SortKey(tuple(load_piece_paths()[name].split(".")), kind, (direction or default) == "desc")


def sort_studies(studies: Iterable[tuple[str, Any]], order: tuple[SortKey, ...]) -> Collection[str]:
    """Return the ids of parsed studies in an order; a study without a key's value comes last in either direction."""
    rows = [(nct_id, *(_get_value(study, key) for key in order)) for nct_id, study in studies]
    # Sorting is stable, so the last key goes first.
    for column in range(len(order), 0, -1):
        having = [row for row in rows if row[column] is not None]
        having.sort(key=itemgetter(column), reverse=order[column - 1].is_descending)
        rows = having + [row for row in rows if row[column] is None]
    return dict.fromkeys(nct_id for nct_id, *_ in rows)


def _get_value(study: Any, key: SortKey) -> Any:
    """Return the value at the key's path, which does not enter lists; None if it is missing or of another type."""
    for step in key.steps:
        study = study.get(step) if isinstance(study, dict) else None
    return study if type(study) is key.kind else None
