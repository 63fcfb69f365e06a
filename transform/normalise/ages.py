"""Ages: the registry's `18 Years` and `6 Months`, in years."""

from __future__ import annotations

import re

import pandas as pd

from transform.normalise.distinct import on_distinct_values

NO_SUCH_FORM = "not a form that the registry uses"
NO_LIMIT = "N/A"

_DAYS_PER_YEAR = 365.25
UNITS_PER_YEAR = {
    "year": 1.0,
    "month": 12.0,
    "week": _DAYS_PER_YEAR / 7,
    "day": _DAYS_PER_YEAR,
    "hour": _DAYS_PER_YEAR * 24,
    "minute": _DAYS_PER_YEAR * 24 * 60,
}
_FORM = re.compile(
    rf"\A(?P<number>[0-9]{{1,9}}) (?P<unit>{'|'.join(UNITS_PER_YEAR)})s?\Z",
    re.ASCII | re.IGNORECASE,  # without ASCII, `ſ` would match an s
)


@on_distinct_values
def normalise_age(raw: pd.Series[str]) -> pd.DataFrame:
    """Read ages: a whole number of up to nine digits, one space, and a unit in singular or plural, in any case.

    A month is 1/12 of a year, a week 7/365.25, a day 1/365.25, an hour 1/24 of a day, and a minute 1/60 of an hour.
    `N/A` is the wording of the registry's page for "no limit": it becomes NULL, without a reason. Fractions, signs,
    bare numbers and ranges are refused; no record has any of them.

    Args:
        raw: ages as the record has them.

    Returns:
        On raw's index: `years` (float64) and `reason` (`str`). The reason is `not a form that the registry uses` where
        a text could not be read; otherwise it is NULL.
    """
    parts = raw.str.extract(_FORM)
    per_year = parts["unit"].str.lower().map(UNITS_PER_YEAR).astype("float64")
    years = parts["number"].astype("float64") / per_year
    is_refused = raw.notna() & years.isna() & (raw != NO_LIMIT)
    reason = pd.Series(NO_SUCH_FORM, index=raw.index, dtype="str").where(is_refused)
    return pd.DataFrame({"years": years, "reason": reason})
