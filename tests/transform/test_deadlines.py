"""Registration and results are called late only where they are."""

from __future__ import annotations

import pandas as pd
import pytest

from transform.normalise.deadlines import calculate_deadlines

TRIAL = {
    "study_type": "INTERVENTIONAL",
    "overall_status": "COMPLETED",
    "start_date": "2020-02-01",
    "start_date_precision": "day",
    "first_submit_date": "2020-03-01",
    "primary_completion_date": "2022-01-31",
    "primary_completion_date_precision": "day",
    "primary_completion_date_type": "ACTUAL",
    "results_first_post_date": "2023-03-02",
}
DATES = ["start_date", "first_submit_date", "primary_completion_date", "results_first_post_date"]


def calculate(**values):
    """Return the deadlines of one trial: days late, date that results are due, months to results."""
    trials = pd.DataFrame([{**TRIAL, **values}])
    for date in DATES:
        trials[date] = pd.to_datetime(trials[date])
    (row,) = calculate_deadlines(trials).itertuples(index=False)
    return tuple(None if pd.isna(value) else str(value).removesuffix(" 00:00:00") for value in row)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # 29 days from 2020-02-01 to 2020-03-01, a leap year; 395 days to the results are 13 months of thirty.
        ({}, ("29", "2023-01-31", "13")),
        # A start in February 2020 can be on the 29th, one in 2020 on the last of December.
        ({"start_date_precision": "month"}, ("1", "2023-01-31", "13")),
        ({"start_date_precision": "year"}, ("0", "2023-01-31", "13")),
        ({"first_submit_date": "2019-12-01"}, ("0", "2023-01-31", "13")),
        ({"first_submit_date": None}, (None, "2023-01-31", "13")),
        ({"primary_completion_date": "2024-02-29", "results_first_post_date": None}, ("29", "2025-02-28", None)),
        (
            {"primary_completion_date": "2022-01-01", "primary_completion_date_precision": "month"},
            ("29", "2023-01-31", "13"),
        ),
        ({"primary_completion_date_type": "ESTIMATED"}, ("29", None, None)),
        ({"primary_completion_date_type": None}, ("29", "2023-01-31", "13")),
        ({"overall_status": "WITHDRAWN"}, ("29", None, "13")),
        ({"study_type": "OBSERVATIONAL"}, ("29", None, "13")),
        (dict.fromkeys(DATES), (None, None, None)),
    ],
)
def test_dates_without_a_day_are_never_late_by_guess(values, expected):
    """Worked out by hand from the rules of the docstring."""
    assert calculate(**values) == expected
