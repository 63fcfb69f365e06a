"""Insert the rows of parts into the catalog's tables, and remove the rows that their trials had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.files import load_catalog
from warehouse.loading.normalised_tables import NormalisedTables
from warehouse.loading.trials import TRIALS, insert_trials
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from warehouse.loading.archive import RoundChanges

_BYTES_PER_COMMIT = 32 * 1024 * 1024
"""Bytes of rows after which a round commits: many, because a commit compresses what it has; not all, because DuckDB
would move a large transaction to disk and back."""

_BYTES_PER_MARK = 8
"""To delete some rows of a table, DuckDB keeps so many bytes for each of its rows until the commit."""


def insert_rows(connection: DuckDBPyConnection, changes: RoundChanges) -> None:
    """Insert the changed trials' rows into every table, and collect what was found in them.

    Unreadable values go to `found_problems`, unknown keys and codes to `found_drift`.

    Args:
        connection: A connection to the store, in a transaction. A big round commits as it goes.
        changes: What the round changes, with the temporary table `changed_trials`.
    """
    run_statements(connection, "forget_earlier")
    _insert(connection, changes, changes.read("problems"), "found_problems")
    _insert(connection, changes, changes.read("drift"), "found_drift")
    row_counts = _count_rows(connection) if changes.has_updates else {}
    normalised = NormalisedTables(connection, changes)
    uncommitted = 0
    for table in load_catalog().tables:
        # Tables with a query are calculated later, from other tables.
        if table.query:
            continue
        if table.qualified in row_counts:
            connection.execute(
                f"delete from {table.qualified} where nct_id in (select nct_id from changed_trials where is_update)"
            )
            uncommitted += _BYTES_PER_MARK * row_counts[table.qualified]
        if table.qualified == TRIALS:
            uncommitted += insert_trials(connection, changes)
        else:
            rows = normalised.make_rows(table) if table.normaliser else changes.read(table.qualified)
            uncommitted += _insert(connection, changes, rows, table.qualified)
        if uncommitted > _BYTES_PER_COMMIT:
            connection.execute("commit; begin")
            uncommitted = 0


def calculate_tables(connection: DuckDBPyConnection) -> None:
    """Make the rows of the loaded trials in the tables that are calculated from other tables."""
    row_counts = _count_rows(connection)
    for table in load_catalog().tables:
        if not table.query:
            continue
        if table.qualified in row_counts:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from loaded_versions)")
        connection.execute(f"insert into {table.qualified} by name {table.query}")


def _insert(connection: DuckDBPyConnection, changes: RoundChanges, rows: pa.Table | None, table: str) -> int:
    """Insert the rows of changed trials into a table, and return the size of all rows in bytes."""
    if not rows:
        return 0
    connection.register("new_rows", rows)
    changed_only = "" if changes.is_whole else "semi join changed_trials using (nct_id)"
    connection.execute(f"insert into {table} by name from new_rows {changed_only}")
    connection.unregister("new_rows")
    return int(rows.nbytes)


def _count_rows(connection: DuckDBPyConnection) -> dict[str, int]:
    """Return about how many rows each table has, without the empty tables. With few trials, most tables are empty."""
    return dict(connection.execute(read_sql("statements", "filled_tables")).fetchall())
