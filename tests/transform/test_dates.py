"""A date is read with the precision that the registry states, or refused with a reason; nothing is guessed."""

from __future__ import annotations

import datetime as dt
import itertools
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.normalise.dates import normalise_date

DTYPES = {"date": "datetime64[us]", "precision": "str", "reason": "str"}
FORM = "not a form that the registry uses"
RANGE = "outside 1900 to 2100"
DAY = "no such day"

READ = [
    ("2019-10-01", "2019-10-01", "day"),
    ("2024-02-29", "2024-02-29", "day"),
    ("2000-02-29", "2000-02-29", "day"),
    ("2015-10", "2015-10-01", "month"),
    ("2015", "2015-01-01", "year"),
    ("1900-01", "1900-01-01", "month"),
    ("2100-12", "2100-12-01", "month"),
    ("2100-12-31", "2100-12-31", "day"),
    ("October 1, 2019", "2019-10-01", "day"),
    ("October 01, 2019", "2019-10-01", "day"),
    ("December 31, 1999", "1999-12-31", "day"),
    ("OCTOBER 2019", "2019-10-01", "month"),
    ("october 2019", "2019-10-01", "month"),
    ("May 2020", "2020-05-01", "month"),
]
REFUSED = [
    ("2024-02-30", DAY),
    ("2023-02-29", DAY),
    ("1900-02-29", DAY),
    ("2024-13-01", DAY),
    ("2024-13", DAY),
    ("2024-00", DAY),
    ("2024-01-00", DAY),
    ("February 30, 2024", DAY),
    ("October 0, 2019", DAY),
    ("0001-01-01", RANGE),
    ("1899-12-31", RANGE),
    ("2101", RANGE),
    ("9999-12-31", RANGE),
    ("May 1899", RANGE),
    ("24-02-01", FORM),
    ("01/02/2024", FORM),
    ("2024/02/01", FORM),
    ("2024-2-1", FORM),
    ("20240201", FORM),
    ("2024-W05-4", FORM),
    ("2024-02-01T00:00", FORM),
    ("2024-02-01\n", FORM),
    ("2024\n-02-01", FORM),
    (" 2024-02-01", FORM),
    ("２０２４-02-01", FORM),
    ("٢٠٢٤", FORM),
    ("-2024", FORM),
    ("Oct 1, 2019", FORM),
    ("1 October 2019", FORM),
    ("October 1 2019", FORM),
    ("October 1,2019", FORM),
    ("October  2019", FORM),
    ("October 001, 2019", FORM),
    ("Auguſt 2019", FORM),
    ("Octobre 2019", FORM),
    ("today", FORM),
    ("N/A", FORM),
    ("", FORM),
]


def read_strictly(text: str) -> tuple[dt.date, str] | None:
    """Read a date with the standard library; None unless the date, written again, is the same text."""
    forms = [
        ("%Y-%m-%d", "day"),
        ("%Y-%m", "month"),
        ("%Y", "year"),
        ("%B %d, %Y", "day"),
        ("%B %Y", "month"),
    ]
    for form, precision in forms:
        with suppress(ValueError):
            day = dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of the calendar has no zone
            written = {day.strftime(form), day.strftime(form.replace("%d", str(day.day)))}
            if 1900 <= day.year <= 2100 and text.lower() in {form.lower() for form in written}:
                return day, precision
    return None


near_misses = st.one_of(
    st.text(),
    st.from_regex(r"[0-9]{1,5}([-/.][0-9]{1,2}){0,2}", fullmatch=True),
    st.from_regex(r"(19|20|21)\d{2}-(0\d|1\d)(-[0-3]\d)?\s?", fullmatch=True),
    st.from_regex(r"(?i)(February|May|Sept|September|Oct) ?(\d{1,2},?)? ?(19|20)\d\d", fullmatch=True),
    st.dates().map(dt.date.isoformat),
    st.dates().map(lambda day: f"{day:%B} {day.day}, {day:%Y}"),
)


@pytest.mark.fault(26)
def test_the_forms_that_the_registry_uses_are_read() -> None:
    """Full and partial dates of records and pages give the first day of the known period, and its precision."""
    expected = pd.DataFrame(READ, columns=["raw", "date", "precision"]).assign(reason=None)
    raw = expected.pop("raw")
    pd.testing.assert_frame_equal(normalise_date(raw), expected.astype(DTYPES))


@pytest.mark.fault(25, 27)
def test_everything_else_is_refused_with_a_reason() -> None:
    """Impossible days, years out of range and all other texts are NULL, each with its reason."""
    raw, reasons = zip(*REFUSED, strict=True)
    result = normalise_date(pd.Series(raw))
    assert list(result["reason"]) == list(reasons)
    assert result[["date", "precision"]].isna().all(axis=None)


def test_missing_date_is_not_a_problem() -> None:
    """NULL stays NULL without a reason, also between other values."""
    result = normalise_date(pd.Series([None, "2019", None]))
    assert result.iloc[[0, 2]].isna().all(axis=None)
    assert result.loc[1, "precision"] == "year"


@pytest.mark.fault(25)
def test_the_calendar_is_exact() -> None:
    """Of all months 00 to 13 and days 00 to 32 from 1899 to 2101, exactly the real days in range are read."""
    triples = list(itertools.product(range(1899, 2102), range(14), range(33)))
    result = normalise_date(pd.Series([f"{year}-{month:02d}-{day:02d}" for year, month, day in triples]))
    first = dt.date(1900, 1, 1)
    days = [first + dt.timedelta(number) for number in range((dt.date(2101, 1, 1) - first).days)]
    assert list(result["date"].dropna().dt.date) == days


@pytest.mark.fault(27)
@given(st.lists(near_misses, min_size=1, max_size=20))
@settings(deadline=None)
def test_no_text_gives_a_date_that_it_does_not_state(texts: list[str]) -> None:
    """For any text, the result is the date that the standard library reads, or NULL with a reason."""
    result = normalise_date(pd.Series(texts, dtype="str"))
    for text, date, precision, reason in zip(texts, result["date"], result["precision"], result["reason"], strict=True):
        stated = read_strictly(text)
        assert (stated is None) == pd.isna(date) == (not pd.isna(reason)), text
        assert stated is None or (date.date(), precision) == stated, text


@given(
    st.lists(
        st.tuples(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), st.sampled_from(["day", "month", "year"])),
        min_size=1,
    )
)
@settings(deadline=None)
def test_page_wording_gives_the_same_date(dates: list[tuple[dt.date, str]]) -> None:
    """A date in the page's wording gives the same date and precision as in the record's form."""
    known = {"day": 10, "month": 7, "year": 4}
    record = pd.Series([day.isoformat()[: known[precision]] for day, precision in dates])
    first = normalise_date(record)
    assert list(first["precision"]) == [precision for _, precision in dates]
    assert list(first["date"].dt.date) == [_first_day(day, precision) for day, precision in dates]
    page = pd.Series([_word_as_page(day, precision) for day, precision in dates])
    pd.testing.assert_frame_equal(normalise_date(page), first)


def _first_day(day: dt.date, precision: str) -> dt.date:
    """Return the first day of the day, month or year in which the day lies."""
    if precision == "year":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == "month" else day


def _word_as_page(day: dt.date, precision: str) -> str:
    """Return a date in the wording of the registry's page: `October 1, 2019`, `October 2019`, `2019`."""
    return {"day": f"{day:%B} {day.day}, {day.year}", "month": f"{day:%B} {day.year}", "year": f"{day.year}"}[precision]


@pytest.mark.parametrize("dtype", ["object", "float64", "str", "string"])
@pytest.mark.parametrize("size", [0, 2])
def test_an_empty_column_keeps_the_types(dtype: str, size: int) -> None:
    """A column without any value, of any type, gives NULLs of the usual types."""
    raw = pd.Series([None] * size, index=["a", "a"][:size], dtype=dtype)
    expected = pd.DataFrame({"date": None, "precision": None, "reason": None}, index=raw.index).astype(DTYPES)
    pd.testing.assert_frame_equal(normalise_date(raw), expected)
