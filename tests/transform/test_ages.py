"""An age is read as a number of years, or refused with a reason."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.normalise.ages import normalise_age

DTYPES = {"years": "float64", "reason": "str"}
FORM = "not a form that the registry uses"
UNITS_PER_YEAR = {
    "Year": Fraction(1),
    "Month": Fraction(12),
    "Week": Fraction(36525, 700),
    "Day": Fraction(36525, 100),
    "Hour": Fraction(36525 * 24, 100),
    "Minute": Fraction(36525 * 24 * 60, 100),
}


@pytest.mark.parametrize(
    ("raw", "years"),
    [
        ("18 Years", 18.0),
        ("1 Year", 1.0),
        ("0 Years", 0.0),
        ("6 Months", 0.5),
        ("1 Month", 1 / 12),
        ("18 months", 1.5),
        ("4 Weeks", 28 / 365.25),
        ("1461 Days", 4.0),
        ("72 Hours", 3 / 365.25),
        ("5 Minutes", 5 / 525_960),
        ("120 YEARS", 120.0),
    ],
)
def test_ages_are_read(raw: str, years: float) -> None:
    """Number and unit give years: a month is a twelfth of a year, and a year has 365.25 days."""
    result = normalise_age(pd.Series([raw]))
    assert result.loc[0, "years"] == pytest.approx(years, rel=1e-12)
    assert pd.isna(result.loc[0, "reason"])


def test_no_limit_is_not_an_age() -> None:
    """NULL and the page's `N/A` mean that there is no limit: they give no number and no reason."""
    result = normalise_age(pd.Series(["N/A", None, "2 Years"]))
    expected = pd.DataFrame({"years": [None, None, 2.0], "reason": None}).astype(DTYPES)
    pd.testing.assert_frame_equal(result, expected)


@pytest.mark.parametrize(
    "raw",
    [
        "18",
        "Years",
        "",
        "-1 Years",
        "1.5 Years",
        "1e3 Years",
        "18  Years",
        "18Years",
        "18 Years ",
        "18 Years\n",
        "18 Yearss",
        "18 to 65 Years",
        "18 Jahre",
        "18 Yearſ",
        "１８ Years",
        "eighteen Years",
        "inf Years",
        "nan",
        "9" * 400 + " Years",
    ],
)
def test_any_other_text_is_refused(raw: str) -> None:
    """A text of any other form gives no number, and has a reason."""
    result = normalise_age(pd.Series([raw]))
    pd.testing.assert_frame_equal(result, pd.DataFrame({"years": [None], "reason": [FORM]}).astype(DTYPES))


@given(st.integers(0, 999_999_999), st.sampled_from(sorted(UNITS_PER_YEAR)), st.sampled_from(["", "s"]))
@settings(deadline=None)
def test_years_are_the_number_of_units(number: int, unit: str, plural: str) -> None:
    """The years, multiplied by the units in a year, are the number in the text."""
    result = normalise_age(pd.Series([f"{number} {unit}{plural}"]))
    assert result.loc[0, "years"] == pytest.approx(float(number / UNITS_PER_YEAR[unit]), rel=1e-12)


@given(st.lists(st.none() | st.text() | st.from_regex(r"\d{1,12} [Yy]ears?\s?", fullmatch=True), min_size=1))
@settings(deadline=None)
def test_any_text_is_read_or_reported(texts: list[str | None]) -> None:
    """Each text gives a finite number, or a reason, or means that there is no limit; rows keep their index."""
    raw = pd.Series(texts, dtype="str", index=[number * 2 for number in range(len(texts))])
    result = normalise_age(raw)
    read, refused = result["years"].notna(), result["reason"].notna()
    assert result.index.equals(raw.index)
    assert result.dtypes.astype(str).to_dict() == DTYPES
    assert (read | refused).equals(raw.notna() & (raw != "N/A"))
    assert not (read & refused).any()
    assert result["years"].dropna().between(0, 999_999_999).all()


@pytest.mark.parametrize("dtype", ["object", "float64", "str", "string"])
@pytest.mark.parametrize("size", [0, 2])
def test_an_empty_column_keeps_the_types(dtype: str, size: int) -> None:
    """A column without any value, of any type, gives NULLs of the usual types."""
    raw = pd.Series([None] * size, index=["a", "a"][:size], dtype=dtype)
    expected = pd.DataFrame({"years": None, "reason": None}, index=raw.index).astype(DTYPES)
    pd.testing.assert_frame_equal(normalise_age(raw), expected)
