"""The runs in `ops.runs`: begun, ended, told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from transform.paths import quote_name
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

RUNNING, PUBLISHED, UNCHANGED, FAILED = "running", "published", "unchanged", "failed"

SUMMARY_COLUMNS = (
    *("run_id", "outcome", "registry", "condition_set", "data_timestamp", "listed", "planned", "fetched"),
    *("inserted", "updated", "unchanged", "left", "merged", "quarantined", "problems", "drift", "requests"),
    *("seconds", "warehouse", "message", "command", "newly_set_aside", "started_at", "finished_at"),
)
"""What is told of a run, in this order: columns of `ops.runs`."""

COUNTS = (
    *("planned", "fetched", "inserted", "updated", "unchanged", "left", "merged", "quarantined", "problems"),
    *("drift", "newly_set_aside"),
)
"""Columns of `ops.runs` that are 0 until a step knows better."""


A_MOMENT = timedelta(microseconds=1)
"""The least that two runs are apart."""


@dataclass(frozen=True, slots=True)
class LastSync:
    """The newest sync that did not fail: what it read, and from where."""

    registry: str
    condition_set_digest: str
    data_timestamp: str


def begin_run(connection: DuckDBPyConnection, **values: Any) -> int:
    """Note that a run has begun, and give its number.

    A run that has not ended although nobody holds the lock was killed: it is noted as failed.

    Args:
        connection: the store's.
        values: columns of `ops.runs` that are known at the start.
    """
    connection.execute("begin")
    connection.execute(read_sql("statements", "close_killed_runs"))
    run_id = get_next_run(connection)
    columns = {"run_id": run_id, "outcome": RUNNING, **values}
    names = ", ".join(quote_name(name) for name in columns)
    marks = ", ".join("?" for _ in columns)
    connection.execute(f"insert into ops.runs ({names}) values ({marks})", list(columns.values()))
    connection.execute("commit")
    return run_id


def get_next_run(connection: DuckDBPyConnection) -> int:
    """The number that the next run will have."""
    (number,) = connection.execute("select coalesce(max(run_id), 0) + 1 from ops.runs").fetchall()[0]
    return int(number)


def choose_run_time(connection: DuckDBPyConnection, clock: datetime) -> datetime:
    """The time of a run that begins now: the clock's, or just after the newest run's where the clock was set back.

    So the times of versions never run backwards.
    """
    (newest,) = connection.execute("select max(started_at) from ops.runs").fetchall()[0]
    return clock if newest is None or clock > newest else newest + A_MOMENT


def end_run(connection: DuckDBPyConnection, run_id: int, **values: Any) -> None:
    """Note how a run ended: columns of `ops.runs` with their values."""
    settings = ", ".join(f"{quote_name(name)} = ?" for name in values)
    connection.execute(f"update ops.runs set {settings} where run_id = ?", [*values.values(), run_id])


def read_newest_runs(connection: DuckDBPyConnection, limit: int) -> list[dict[str, Any]]:
    """The newest runs, newest first, each with the columns of `SUMMARY_COLUMNS`."""
    return _reports(connection, "order by run_id desc limit ?", limit)


def read_run_summary(connection: DuckDBPyConnection, run_id: int) -> dict[str, Any]:
    """One run, with the columns of `SUMMARY_COLUMNS`."""
    return _reports(connection, "where run_id = ?", run_id)[0]


def read_last_sync(connection: DuckDBPyConnection) -> LastSync | None:
    """The newest sync that was published or found nothing changed, or None."""
    rows = connection.execute(read_sql("statements", "last_sync")).fetchall()
    return LastSync(*rows[0]) if rows else None


def read_newest_good_sync(connection: DuckDBPyConnection) -> dict[str, Any] | None:
    """The newest sync that was published or found nothing changed, with the columns of `SUMMARY_COLUMNS`, or None."""
    return _chosen(connection, "newest_good_sync")


def read_newest_failure(connection: DuckDBPyConnection) -> dict[str, Any] | None:
    """The newest failed run that no good sync, and no good run of its command, has made up for; a sync's if any is."""
    return _chosen(connection, "newest_failure")


def read_newest_origin(connection: DuckDBPyConnection) -> dict[str, Any]:
    """Where the data in the store came from, as the columns of `ops.runs` say it; empty where nothing ever ran."""
    columns = ("registry", "condition_set", "condition_set_digest", "data_timestamp")
    rows = connection.execute(read_sql("statements", "newest_origin")).fetchall()
    return dict(zip(columns, rows[0], strict=True)) if rows else {}


def _chosen(connection: DuckDBPyConnection, statement: str) -> dict[str, Any] | None:
    rows = connection.execute(read_sql("statements", statement)).fetchall()
    return read_run_summary(connection, rows[0][0]) if rows else None


def _reports(connection: DuckDBPyConnection, clause: str, value: int) -> list[dict[str, Any]]:
    names = ", ".join(quote_name(name) for name in SUMMARY_COLUMNS)
    rows = connection.execute(f"select {names} from ops.runs {clause}", [value]).fetchall()
    return [dict(zip(SUMMARY_COLUMNS, row, strict=True)) for row in rows]
