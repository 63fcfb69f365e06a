"""The times of runs: they never run backwards, and times in the future are corrected once a run can tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from transform.paths import quote_name
from warehouse.connect import fetch_dicts, fetch_value
from warehouse.runs import get_next_run
from warehouse.sql.files import read_sql, run_statements
from warehouse.store_facts import DATA_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

LEAST_GAP = timedelta(microseconds=1)
"""The least time between the starts of two runs."""

TOLERANCE = timedelta(days=1)
"""A run that lies further in the future was dated by a wrong clock. A smaller step back of the clock happens."""


@dataclass(frozen=True, slots=True)
class RunTime:
    """When a run was, by its clock, and the data release that it read, as written, or None."""

    run_id: int
    started_at: datetime
    data_timestamp: str | None


@dataclass(frozen=True, slots=True)
class CorrectedTime:
    """The time of a run that lay in the future, and its new time."""

    run_id: int
    old_time: datetime
    new_time: datetime


def choose_run_time(connection: DuckDBPyConnection, clock: datetime) -> datetime:
    """Return the start time of a run that begins now.

    It is the clock's time, or just after the newest run if the clock was set back. So the times of versions never run
    backwards.
    """
    newest: datetime | None = fetch_value(connection, "select max(started_at) from ops.runs")
    if newest is None or clock > newest:
        return clock
    return newest + LEAST_GAP


def correct_future_times(connection: DuckDBPyConnection, clock: datetime, newest_published: int) -> list[CorrectedTime]:
    """Give the runs that lie in the future, and everything that they wrote, times that they can have had.

    Otherwise each later run would take a time after them, and no trial would be due for another look until then. The
    corrected data counts as that of the run that begins, so that this run publishes it.

    Args:
        connection: A connection to the store.
        clock: The time now, which the registry does not contradict; aware.
        newest_published: The highest number of a published file, as in `get_next_run`.

    Returns:
        The corrected runs; none if the clock is behind a data release that the warehouse has read.
    """
    rows = fetch_dicts(connection, "select run_id, started_at, data_timestamp from ops.runs order by run_id")
    runs = [RunTime(**row) for row in rows]
    if _is_clock_behind(runs, clock):
        return []
    corrected = plan_corrections(runs, clock)
    latest_end: datetime | None = fetch_value(connection, "select max(finished_at) from ops.runs")
    if not corrected and (latest_end is None or latest_end <= clock + TOLERANCE):
        return []

    connection.execute("begin")
    _write_corrections(connection, corrected)
    run_statements(connection, "correct_ends", now=clock, latest=clock + TOLERANCE)
    if DATA_FACT in read_store_facts(connection):
        set_store_fact(connection, DATA_FACT, str(get_next_run(connection, newest_published)))
    connection.execute("commit")
    return corrected


def plan_corrections(runs: Sequence[RunTime], clock: datetime) -> list[CorrectedTime]:
    """Return the new times of the runs that lie in the future.

    A run cannot have been before the run before it, nor before the data that it read. The later of the two is its new
    time. That is too early rather than too late, because a trial that was checked too early is only checked again.

    Args:
        runs: All runs, in the order of their numbers.
        clock: The time now; aware.
    """
    corrected = []
    previous: datetime | None = None
    for index, run in enumerate(runs):
        if run.started_at <= clock + TOLERANCE:
            previous = max(previous or run.started_at, run.started_at)
            continue
        release = _read_release(run)
        bounds = [previous + LEAST_GAP] if previous else []
        bounds += [release] if release else []
        # Of a first run that read no data, only the order is known.
        new_time = max(bounds, default=clock - (len(runs) - index) * LEAST_GAP)
        corrected.append(CorrectedTime(run.run_id, run.started_at, new_time))
        previous = new_time
    return corrected


def _is_clock_behind(runs: Sequence[RunTime], clock: datetime) -> bool:
    """Return whether a clock is behind data that the runs have read, so that the clock and not a run is wrong."""
    releases = [release for run in runs if (release := _read_release(run))]
    return bool(releases) and max(releases) > clock + TOLERANCE


def _read_release(run: RunTime) -> datetime | None:
    """Return the data release that a run read, or None if it read none or wrote it in another form."""
    try:
        release = datetime.fromisoformat(run.data_timestamp or "")
    except ValueError:
        return None
    return release.replace(tzinfo=release.tzinfo or UTC)


def _write_corrections(connection: DuckDBPyConnection, corrected: Sequence[CorrectedTime]) -> None:
    """Replace the old times by the new ones in every table."""
    connection.execute(
        "create or replace temp table corrected_times (run_id bigint, old_time timestamp, new_time timestamp)"
    )
    for run in corrected:
        connection.execute("insert into corrected_times values ($1, $2, $3)", [run.run_id, run.old_time, run.new_time])
    # A run writes its own time everywhere, so the same time is of the same run.
    for schema, table, column in connection.execute(read_sql("statements", "time_columns")).fetchall():
        name = quote_name(column)
        connection.execute(
            f"update {quote_name(schema)}.{quote_name(table)} set {name} = corrected.new_time "
            f"from corrected_times as corrected where {name} = corrected.old_time"
        )
