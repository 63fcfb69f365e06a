"""Read what the report shows of the condition set from the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.errors import NoWarehouse
from warehouse.reading.changes import read_changes
from warehouse.reading.trial_details import read_trial_details
from warehouse.reading.trial_summary import find_trials, make_printable, read_printable_rows
from warehouse.sql.files import read_sql, set_variables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.reading.trial_details import Details
    from warehouse.reading.trial_summary import Row, TrialSummary

MOST_TRIALS = 5000
"""Trials in the report's table. A browser sorts and searches so many at once."""

MOST_SUMMARIES = 500
"""Trials with a summary in the report: each takes some 10 KB of the page."""

DETAILS = ("interventions", "outcomes", "criteria", "limits", "towns", "memberships")
"""What the report reads of each trial of its table, beside the table's row."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What the report shows of the condition set; each list has the columns of its file in `warehouse/sql/report`.

    Attributes:
        night: The origin of the data: registry, condition set, and the time and day of the data.
        figures: The set in numbers, by name.
        phases: Trials by phase and status group.
        starts: Trials by year and kind of start date.
        enrollment: Trials by number of participants.
        countries: Trials and sites by country.
        results: The trials whose results are due, each with whether they are posted.
        trials: The trials with the latest start, the latest first; at most `MOST_TRIALS`.
        details: For each name in `DETAILS`, its rows of those trials.
        summaries: The summaries of the first of them, in the same order; at most `MOST_SUMMARIES`.
        trial_details: What their folded parts show, by NCT number.
        changes: Rows of `main.changes` of the last thirty days, the newest first.
    """

    night: Row
    figures: Row
    phases: list[Row]
    starts: list[Row]
    enrollment: list[Row]
    countries: list[Row]
    results: list[Row]
    trials: list[Row]
    details: dict[str, list[Row]]
    summaries: tuple[TrialSummary, ...]
    trial_details: dict[str, Details]
    changes: list[Row]


def read_report_data(connection: DuckDBPyConnection, condition_set: str | None = None) -> ReportData:
    """Read all the data of the report.

    Args:
        connection: A reader's, of the published warehouse.
        condition_set: The name of the only set whose trials count; None for the trials of every set.

    Raises:
        NoWarehouse: No run has brought data yet, or an older version published the file.
    """
    # The report needs the night before all else: its title names the day of the data.
    nights = _read_rows(connection, "night")
    if not nights:
        raise NoWarehouse("the warehouse has no published run with the time of its data")
    night = nights[0]
    # The queries of the report read the trials from this view.
    set_variables(connection, reported_set=condition_set)
    connection.execute(read_sql("report", "reported_trials" if condition_set is None else "reported_trials_of_set"))
    trials = _read_rows(connection, "trials", MOST_TRIALS)
    listed = [trial["nct_id"] for trial in trials]
    summarised = listed[:MOST_SUMMARIES]
    return ReportData(
        night=night,
        figures=_read_rows(connection, "figures")[0],
        phases=_read_rows(connection, "phases"),
        starts=_read_rows(connection, "starts"),
        enrollment=_read_rows(connection, "enrollment"),
        countries=_read_rows(connection, "countries"),
        results=_read_rows(connection, "results", night["day"]),
        trials=trials,
        details={name: _read_details(connection, name, listed) for name in DETAILS},
        summaries=find_trials(connection, summarised).summaries,
        trial_details=read_trial_details(connection, summarised),
        changes=[make_printable(row) for row in read_changes(connection, (), None, condition_set)],
    )


def _read_details(connection: DuckDBPyConnection, name: str, nct_ids: list[str]) -> list[Row]:
    try:
        return _read_rows(connection, name, nct_ids)
    except (duckdb.CatalogException, duckdb.BinderException):
        # An earlier version, which did not have this table or this column, published the file.
        return []


def _read_rows(connection: DuckDBPyConnection, name: str, *parameters: Any) -> list[Row]:
    return read_printable_rows(connection, name, *parameters, folder="report")
