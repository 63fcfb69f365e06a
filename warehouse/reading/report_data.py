"""What the report shows of the condition set, read from the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.printable import remove_controls_in
from warehouse.errors import NoWarehouse
from warehouse.reading.changes import read_changes
from warehouse.reading.trial_summary import find_trials
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.reading.trial_summary import TrialSummary

Row = dict[str, Any]

RELATED = 10
"""Trials of "See also" on each trial's page."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """The condition set, as the report shows it; each list has the columns of its file in `warehouse/sql/report`.

    Attributes:
        night: whose data it is: registry, condition set, time and day of the data.
        figures: the set in numbers, by name.
        phases: trials by phase and status group.
        starts: trials by year and kind of start date.
        enrollment: trials by number of participants.
        countries: trials and sites by country.
        results: the trials whose results are to be expected, with whether they are posted.
        trials: the trials, the newest first.
        pages: the summary page of each of them, in the same order.
        changes: rows of `main.changes` of the last thirty days, the newest first.
    """

    night: Row
    figures: Row
    phases: list[Row]
    starts: list[Row]
    enrollment: list[Row]
    countries: list[Row]
    results: list[Row]
    trials: list[Row]
    pages: tuple[TrialSummary, ...]
    changes: list[Row]


def read_report_data(connection: DuckDBPyConnection) -> ReportData:
    """Read it all.

    Args:
        connection: a reader's, of the published warehouse.

    Raises:
        NoWarehouse: no run has brought data yet, or an older version published the file.
    """
    nights = _rows(connection, "night")
    if not nights:
        raise NoWarehouse("the warehouse holds no night's data")
    night = nights[0]
    trials = _rows(connection, "trials")
    return ReportData(
        night=night,
        figures=_rows(connection, "figures")[0],
        phases=_rows(connection, "phases"),
        starts=_rows(connection, "starts"),
        enrollment=_rows(connection, "enrollment"),
        countries=_rows(connection, "countries"),
        results=_rows(connection, "results", night["day"]),
        trials=trials,
        pages=find_trials(connection, [trial["nct_id"] for trial in trials], RELATED).summaries,
        changes=list(map(_printable_row, read_changes(connection, (), None))),
    )


def _rows(connection: DuckDBPyConnection, name: str, *parameters: Any) -> list[Row]:
    result = connection.execute(read_sql("report", name), list(parameters))
    names = [column[0] for column in result.description]
    return [_printable_row(dict(zip(names, row, strict=True))) for row in result.fetchall()]


def _printable_row(row: Row) -> Row:
    return {name: remove_controls_in(value) for name, value in row.items()}
