"""Dates: the first day of the known period, and its precision. Nothing is guessed."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from transform.normalise.distinct import on_distinct_values

# The dates in the registry's records run from 1900-01 to 2100-12. A year outside is a typing error.
FIRST_YEAR = 1900
LAST_YEAR = 2100

NO_SUCH_FORM = "not a form that the registry uses"
OUT_OF_RANGE = f"outside {FIRST_YEAR} to {LAST_YEAR}"
NO_SUCH_DAY = "no such day"

_MONTHS = {
    "january": "01",
    "february": "02",
    "march": "03",
    "april": "04",
    "may": "05",
    "june": "06",
    "july": "07",
    "august": "08",
    "september": "09",
    "october": "10",
    "november": "11",
    "december": "12",
}
_RECORD_FORM = re.compile(r"\A(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?\Z")
_PAGE_FORM = re.compile(
    rf"\A(?P<month>{'|'.join(_MONTHS)})(?: (?P<day>[0-9]{{1,2}}),)? (?P<year>[0-9]{{4}})\Z",
    re.ASCII | re.IGNORECASE,  # without ASCII, `ſ` would match an s
)


@on_distinct_values
def normalise_date(raw: pd.Series[str]) -> pd.DataFrame:
    """Read dates as the registry's records and pages write them, and refuse every other text.

    The forms of records are `yyyy-MM-dd`, `yyyy-MM` and `yyyy` (the registry's API document calls these partial dates).
    The forms of the page are `October 1, 2019` and `October 2019`, with the full English name of the month, in any
    case, and a day of one or two digits. Abbreviated months, slashes, two-digit years, times, digits of other scripts,
    and any space or line end around the date are refused.

    Args:
        raw: dates as the record has them.

    Returns:
        On raw's index: `date` (datetime64[us]: the first day of the known period), `precision` (`str`: `day`, `month`
        or `year`), and `reason` (`str`). The reason is NULL for a date that was read and for NULL. Otherwise it is
        `not a form that the registry uses`, `outside 1900 to 2100` or `no such day` (also for a thirteenth month), and
        date and precision are NULL.
    """
    parts = _split_parts(raw)
    year, month, day = parts["year"], parts["month"], parts["day"]
    in_range = year.astype("float64").between(FIRST_YEAR, LAST_YEAR)
    # A part that the date does not state counts as the first: the first month of the year, the first day of the month.
    first_day = year + "-" + month.fillna("01") + "-" + day.fillna("01").str.zfill(2)
    # pandas checks the calendar: a day that does not exist becomes NULL.
    date = pd.to_datetime(first_day.where(in_range), format="%Y-%m-%d", errors="coerce").dt.as_unit("us")
    # Precision and reason are worked out for every row, and kept only where they apply.
    precision = np.select([day.notna(), month.notna()], ["day", "month"], "year")
    reason = np.select([year.isna(), ~in_range], [NO_SUCH_FORM, OUT_OF_RANGE], NO_SUCH_DAY)
    return pd.DataFrame(
        {
            "date": date,
            "precision": pd.Series(precision, dtype="str").where(date.notna()),
            "reason": pd.Series(reason, dtype="str").where(raw.notna() & date.isna()),
        }
    )


def _split_parts(raw: pd.Series[str]) -> pd.DataFrame:
    """Return year, month and day as digits: NULL for a part that is not stated, all NULL if no form fits."""
    record = raw.str.extract(_RECORD_FORM)
    page = raw.str.extract(_PAGE_FORM)
    page["month"] = page["month"].str.lower().map(_MONTHS)  # the form matches only these names
    return record.fillna(page).astype("str")
