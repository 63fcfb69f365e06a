"""Fit answers to what an assistant can read: the most rows, the most characters, and what to say of the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from extract.printable import remove_controls
from warehouse.reading.values import convert_for_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_CHARACTERS = 30_000
"""Characters of an answer, about eight thousand tokens: several such answers fit into an assistant's context."""

LONGEST_TEXT = 2000
"""Characters that are shown of one value."""


def to_json(value: Any) -> Any:
    """Return a value of DuckDB as one that JSON has, without characters that are not seen: words can hide in them."""
    return _remove_hidden(convert_for_json(value))


def _remove_hidden(value: Any) -> Any:
    match value:
        case str():
            return remove_controls(value)
        case list():
            return [_remove_hidden(member) for member in value]
        case dict():
            return {remove_controls(key): _remove_hidden(member) for key, member in value.items()}
    return value


def count_characters(value: Any) -> int:
    """Return how many characters a value of JSON takes."""
    return len(json.dumps(value, ensure_ascii=False))


def shorten(value: Any, longest: int = LONGEST_TEXT) -> Any:
    """Return a value of JSON, or its first characters and `…` if it is longer than that."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= longest else f"{text[: longest - 1]}…"


def fit(values: Iterable[Any], most: int = MOST_CHARACTERS) -> list[Any]:
    """Return the first values that together take at most so many characters as JSON."""
    fitting = []
    for value in values:
        most -= count_characters(value) + 1
        if most < 0:
            break
        fitting.append(value)
    return fitting


def fit_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], most_rows: int) -> tuple[list[list[Any]], list[str]]:
    """Return the rows that fit into an answer, and what is said of the rest.

    Args:
        names: the names of the columns.
        rows: the rows of a query, at most one more than may be shown.
        most_rows: how many may be shown.
    """
    # Of many columns each gets less, so that a row fits. One is always shown.
    longest = max(min(LONGEST_TEXT, MOST_CHARACTERS // (2 * len(names))), 1)
    whole = [[to_json(value) for value in row] for row in rows[:most_rows]]
    cells = [[shorten(value, longest) for value in row] for row in whole]
    shown = fit(cells) or cells[:1]
    cut = sum(
        value != original
        for row, full in zip(shown, whole, strict=False)
        for value, original in zip(row, full, strict=True)
    )

    left_out = []
    if len(rows) > most_rows:
        left_out.append(
            f"the query has more rows than the first {most_rows}: count or group them in SQL, add `order by` with "
            "`limit` and `offset`, or ask with a larger `most_rows`"
        )
    if len(shown) < len(whole):
        left_out.append(
            f"{len(whole) - len(shown)} of {len(whole)} rows, the last ones, because an answer has at most "
            f"{MOST_CHARACTERS:,} characters: name only the columns that you need, or page with `limit` and `offset`"
        )
    if cut:
        left_out.append(
            f"the ends of {cut} values, which are cut to {longest:,} characters and end with `…`: read on with "
            f"`substr(column, {longest})`"
        )
    return shown, left_out
