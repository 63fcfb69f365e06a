"""What the report shows of the condition set, read from the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.printable import printable_value
from warehouse.changes import changes_since
from warehouse.errors import NoWarehouse
from warehouse.sql import sql
from warehouse.summary import find_trials

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.summary import Summary

Row = dict[str, Any]

RELATED = 10
"""Trials of "See also" on each trial's page."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The condition set, as the report shows it; each list has the columns of its file in `warehouse/overview`.

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
    pages: tuple[Summary, ...]
    changes: list[Row]


def read_overview(connection: DuckDBPyConnection) -> Overview:
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
    return Overview(
        night=night,
        figures=_rows(connection, "figures")[0],
        phases=_rows(connection, "phases"),
        starts=_rows(connection, "starts"),
        enrollment=_rows(connection, "enrollment"),
        countries=_rows(connection, "countries"),
        results=_rows(connection, "results", night["day"]),
        trials=trials,
        pages=find_trials(connection, [trial["nct_id"] for trial in trials], RELATED).summaries,
        changes=list(map(_printable_row, changes_since(connection, (), None))),
    )


def _rows(connection: DuckDBPyConnection, name: str, *parameters: Any) -> list[Row]:
    result = connection.execute(sql("overview", name), list(parameters))
    names = [column[0] for column in result.description]
    return [_printable_row(dict(zip(names, row, strict=True))) for row in result.fetchall()]


def _printable_row(row: Row) -> Row:
    return {name: printable_value(value) for name, value in row.items()}
