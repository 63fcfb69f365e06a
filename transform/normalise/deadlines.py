"""Deadlines: whether a trial was registered before it started, and when its results are due."""

from __future__ import annotations

import numpy as np
import pandas as pd

NEEDED = ("study_type", "primary_completion_date_type")
"""The columns of a trial that `calculate_deadlines` needs beside the normalised ones."""

_DAYS_PER_MONTH = 30


def calculate_deadlines(trials: pd.DataFrame) -> pd.DataFrame:
    """Calculate how long registration and results took, and when results are due.

    A date without a day counts as the last day that it can be: so a trial is called late only if it is.

    Args:
        trials: one row per trial: the columns of `NEEDED` and the normalised columns of `main.trials`.

    Returns:
        On the same index, NULL where a date is missing:

        - `registered_late_days` (Int64): 0 if the record was submitted before the start.
        - `results_due_date` (datetime64): one year after the primary completion, for interventional trials that were
          not withdrawn and whose completion is actual.
        - `months_to_results` (Int64): months of thirty days from the primary completion to the first posting.

    Sources: registration before the first participant, ICMJE recommendations; results within twelve months of the
    primary completion, WHO joint statement on public disclosure (2017) and 42 CFR 11.44.
    """
    start = _find_last_day(trials, "start_date")
    is_estimated = trials["primary_completion_date_type"].astype("str") == "ESTIMATED"
    completed = _find_last_day(trials, "primary_completion_date").mask(is_estimated)
    has_to_report = (trials["study_type"].astype("str") == "INTERVENTIONAL") & (trials["overall_status"] != "WITHDRAWN")
    months = _count_days(completed, trials["results_first_post_date"]) // _DAYS_PER_MONTH
    return pd.DataFrame(
        {
            "registered_late_days": _count_days(start, trials["first_submit_date"]).clip(lower=0),
            "results_due_date": (completed + pd.DateOffset(years=1)).where(has_to_report),
            "months_to_results": months,
        }
    )


def _find_last_day(trials: pd.DataFrame, column: str) -> pd.Series:
    """Return the last day of the period that a date with a precision stands for."""
    date, precision = trials[column], trials[f"{column}_precision"]
    ends = [date + pd.offsets.MonthEnd(0), date + pd.offsets.YearEnd(0)]
    return pd.Series(np.select([precision == "month", precision == "year"], ends, date), index=trials.index)


def _count_days(first: pd.Series, last: pd.Series) -> pd.Series[int]:
    """Return the days from one date to another; NULL where one is missing."""
    return (last - first).dt.days.astype("Int64")
