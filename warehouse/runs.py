"""Write and read the rows of `ops.runs`: one row per run, from its beginning to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.paths import quote_name
from warehouse.bound_values import execute_with
from warehouse.connect import fetch_dicts, fetch_value
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

RUNNING, PUBLISHED, UNCHANGED, FAILED = "running", "published", "unchanged", "failed"
"""The outcomes of a run. `RUNNING` is the outcome until the run ends."""

SUMMARY_COLUMNS = (
    *("run_id", "outcome", "registry", "condition_set", "data_timestamp", "listed", "planned", "fetched"),
    *("inserted", "updated", "unchanged", "left", "merged", "quarantined", "problems", "drift", "requests"),
    *("seconds", "warehouse", "message", "command", "newly_set_aside", "started_at", "finished_at"),
)
"""The columns of `ops.runs` that a run summary has, in this order."""

RunSummary = dict[str, Any]
"""What a run did: the columns of `SUMMARY_COLUMNS`, by name."""

COUNTS = (
    *("planned", "fetched", "inserted", "updated", "unchanged", "left", "merged", "quarantined", "problems"),
    *("drift", "newly_set_aside"),
)
"""The columns of `ops.runs` that are 0 until a step sets them."""


@dataclass(frozen=True, slots=True)
class LastSync:
    """The newest sync that did not fail: which data it read, from which registry and for which condition sets.

    Attributes:
        registry: its address, or `sample`.
        condition_set_digest: the digest of its condition sets together.
        data_timestamp: the registry's name of the data.
        has_refused_listing: whether it did not believe the listing of one of the sets.
    """

    registry: str
    condition_set_digest: str
    data_timestamp: str
    has_refused_listing: bool


@dataclass(frozen=True, slots=True)
class LastLook:
    """The newest sync that did not fail and that listed its sets.

    Attributes:
        started_at: its time.
        has_new_quarantine: whether it set a record of a trial aside that had not been seen so before.
    """

    started_at: datetime
    has_new_quarantine: bool


def begin_run(connection: DuckDBPyConnection, newest_published: int, **values: Any) -> int:
    """Record that a run has begun, and return its number.

    Args:
        connection: A connection to the store.
        newest_published: The highest number of a published file, as in `get_next_run`.
        values: Columns of `ops.runs` that are known at the start.
    """
    connection.execute("begin")
    # This run holds the lock, so another run that has not ended was killed. Record it as failed.
    connection.execute(read_sql("statements", "close_killed_runs"))
    run_id = get_next_run(connection, newest_published)
    columns = {"run_id": run_id, "outcome": RUNNING, **values}
    names = ", ".join(quote_name(name) for name in columns)
    marks = ", ".join("?" for _ in columns)
    execute_with(connection, f"insert into ops.runs ({names}) values ({marks})", list(columns.values()))
    connection.execute("commit")
    return run_id


def get_next_run(connection: DuckDBPyConnection, newest_published: int) -> int:
    """Return the number of the next run, which no run had before.

    Args:
        connection: A connection to the store.
        newest_published: The highest number of a published file, or 0. After a return to an earlier night it is higher
            than every number in the store.
    """
    return max(newest_published, int(fetch_value(connection, read_sql("statements", "newest_number")))) + 1


def end_run(connection: DuckDBPyConnection, run_id: int, **values: Any) -> None:
    """Record how a run ended, as columns of `ops.runs` with their values."""
    settings = ", ".join(f"{quote_name(name)} = ?" for name in values)
    execute_with(connection, f"update ops.runs set {settings} where run_id = ?", [*values.values(), run_id])


def read_newest_runs(connection: DuckDBPyConnection, limit: int) -> list[dict[str, Any]]:
    """Return the newest runs, newest first, each with the columns of `SUMMARY_COLUMNS`."""
    return _read_summaries(connection, "order by run_id desc limit ?", limit)


def read_run_summary(connection: DuckDBPyConnection, run_id: int) -> dict[str, Any]:
    """Return one run, with the columns of `SUMMARY_COLUMNS`."""
    return _read_summaries(connection, "where run_id = ?", run_id)[0]


def read_last_sync(connection: DuckDBPyConnection) -> LastSync | None:
    """Return what the newest sync that did not fail has read, or None if there is no such sync."""
    rows = connection.execute(read_sql("statements", "last_sync")).fetchall()
    return LastSync(*rows[0]) if rows else None


def read_last_look(connection: DuckDBPyConnection) -> LastLook | None:
    """Return the newest sync that did not fail and that listed its sets, or None if there is no such sync."""
    rows = fetch_dicts(connection, read_sql("statements", "last_look"))
    return LastLook(**rows[0]) if rows else None


def read_newest_good_sync(connection: DuckDBPyConnection) -> dict[str, Any] | None:
    """Return the newest sync that published or found nothing new, with the columns of `SUMMARY_COLUMNS`, or None."""
    return _read_found_summary(connection, "newest_good_sync")


def read_newest_failure(connection: DuckDBPyConnection) -> dict[str, Any] | None:
    """Return the newest failed run that still matters, with the columns of `SUMMARY_COLUMNS`, or None.

    A failed run no longer matters after a good sync, or after a good run of its own command. A failed sync comes before
    a failed run of another command.
    """
    return _read_found_summary(connection, "newest_failure")


def read_last_runs(connection: DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the last run of each command that has ended, by command, with the columns of `SUMMARY_COLUMNS`."""
    rows = connection.execute(read_sql("statements", "last_runs")).fetchall()
    return [read_run_summary(connection, run_id) for (run_id,) in rows]


def read_newest_origin(connection: DuckDBPyConnection) -> dict[str, Any]:
    """Return where the data in the store came from, as columns of `ops.runs`. The dict is empty if nothing ever ran."""
    rows = fetch_dicts(connection, read_sql("statements", "newest_origin"))
    return rows[0] if rows else {}


def _read_found_summary(connection: DuckDBPyConnection, statement: str) -> dict[str, Any] | None:
    """Return the summary of the run that a statement finds, or None if it finds no run."""
    rows = connection.execute(read_sql("statements", statement)).fetchall()
    return read_run_summary(connection, rows[0][0]) if rows else None


def _read_summaries(connection: DuckDBPyConnection, clause: str, value: int) -> list[dict[str, Any]]:
    names = ", ".join(quote_name(name) for name in SUMMARY_COLUMNS)
    return fetch_dicts(connection, f"select {names} from ops.runs {clause}", [value])
