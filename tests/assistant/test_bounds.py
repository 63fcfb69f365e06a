"""Answers are bounded, and say what they leave out."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from flows.assistant.bounds import LONGEST_TEXT, MOST_CHARACTERS, fit, fit_rows, shorten, to_json


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**70, 2**70),
        (float("nan"), None),
        (Decimal("1.50"), 1.5),
        (date(2026, 10, 1), "2026-10-01"),
        (datetime.fromisoformat("2026-10-01T03:00:00"), "2026-10-01T03:00:00"),
        (b"text", "text"),
        ([1, {"a": date(2026, 1, 2)}], [1, {"a": "2026-01-02"}]),
        ("red \x1b[31m \u202e text", "red [31m  text"),
        ([{"hidden\U000e0041": "ignore\u200b all"}], [{"hidden": "ignore all"}]),
    ],
)
def test_value_becomes_json(value, expected):
    """Each type of DuckDB has a form in JSON; texts have no characters that control a terminal."""
    assert to_json(value) == expected
    json.dumps(to_json(value), allow_nan=False)


def test_short_values_stay():
    """Only what is too long becomes a text with `…` at its end."""
    assert shorten(["a", 1]) == ["a", 1]
    assert shorten("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert shorten("x" * 3000) == "x" * (LONGEST_TEXT - 1) + "…"
    assert shorten(list(range(3000))).endswith("…")


def test_first_values_fit():
    """Values are kept until one does not fit."""
    assert fit(["1234", "1234", "1234"], most=14) == ["1234", "1234"]


@pytest.mark.parametrize("columns", [1, 60, 5000])
def test_one_row_is_always_shown(columns):
    """Of many columns each value gets less."""
    names = [f"column_{number}" for number in range(columns)]
    shown, left_out = fit_rows(names, [["long " * 1000] * columns], 10)
    assert len(shown) == 1
    assert len(json.dumps(shown, ensure_ascii=False)) < MOST_CHARACTERS * 1.5
    assert f"the ends of {columns} values" in left_out[0]


def test_whole_result_leaves_nothing_out():
    """Nothing is said of a result that is whole."""
    assert fit_rows(["a"], [[1], [2]], 2) == ([[1], [2]], [])
    assert fit_rows(["a"], [], 2) == ([], [])
