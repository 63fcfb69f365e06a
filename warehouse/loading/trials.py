"""Normalise the rows of `main.trials` with pandas, and insert them, also into its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from transform.catalog.files import load_catalog
from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.loading.archive import RoundChanges

TRIALS = "main.trials"
"""The table that pandas normalises."""


def insert_trials(connection: DuckDBPyConnection, changes: RoundChanges) -> int:
    """Insert the changed trials' rows into `main.trials` and `main.trial_history`, and return their size in bytes.

    Values that cannot be normalised go to `found_problems`.
    """
    if changes.has_updates:
        run_statements(connection, "end_versions")
    size = _register_rows(connection, changes)
    if size:
        connection.execute(f"insert into {TRIALS} by name from new_trials")
        run_statements(connection, "keep_history")
        connection.unregister("new_trials")
    return size


def insert_versions(connection: DuckDBPyConnection, changes: RoundChanges) -> None:
    """Insert the rows of replaced versions into `main.trial_history` alone."""
    if _register_rows(connection, changes):
        run_statements(connection, "keep_history")
        connection.unregister("new_trials")


def _register_rows(connection: DuckDBPyConnection, changes: RoundChanges) -> int:
    """Register the changed trials' normalised rows as `new_trials`, and return their size in bytes; 0 if none."""
    # pandas takes as long to import as a small load takes: imported where there is something to normalise.
    import pandas as pd  # noqa: PLC0415

    from transform.normalise.columns import normalise_columns  # noqa: PLC0415
    from transform.normalise.deadlines import NEEDED, calculate_deadlines  # noqa: PLC0415

    rows = changes.read(TRIALS)
    if rows is None:
        return 0
    connection.register("new_trials", rows)
    if not changes.is_whole:
        rows = connection.execute("from new_trials semi join changed_trials using (nct_id)").to_arrow_table()
    table = load_catalog().get_table(TRIALS)
    paths = {column.path[0] for column in table.columns if column.normalise}
    raw = rows.select(["nct_id", *NEEDED, *sorted(paths)]).to_pandas()
    normalised, unreadable = normalise_columns(raw, table)
    connection.register("unreadable", unreadable)
    connection.execute("insert into found_problems by name from unreadable")
    connection.unregister("unreadable")

    # The frames have the order of the rows, so the columns need no join.
    calculated = calculate_deadlines(pd.concat([raw[[*NEEDED]], normalised], axis="columns"))
    added = pd.concat([normalised.drop(columns="nct_id"), calculated], axis="columns")
    columns = pa.Table.from_pandas(added, preserve_index=False)
    rows = rows.drop_columns(sorted(paths))
    for name in columns.column_names:
        rows = rows.append_column(name, columns[name])
    connection.register("new_trials", rows)
    return int(rows.nbytes)
