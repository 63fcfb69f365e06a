"""Note what each version of a trial's record changed, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pandas as pd

from transform.diff.compare import compare_records
from warehouse.connect import fetch_value
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COMPARED_AT_A_TIME = 200
"""Pairs of records that are held in memory at once."""

_COLUMNS = ("nct_id", "version", "changed_at", "path", "element", "kind", "old_value", "new_value")


def note_changes(connection: DuckDBPyConnection, versions: str) -> None:
    """Insert into `main.trial_changes` what each of these versions changed.

    Args:
        connection: A connection to the store.
        versions: A query that gives the versions: nct_id, version. Version 1 of a trial has changed nothing.
    """
    connection.execute(
        "create or replace temp table compared_versions as select nct_id, version, "
        f"row_number() over (order by nct_id, version) as ordinal from ({versions}) where version > 1"
    )
    run_statements(connection, "gather_compared")
    count = fetch_value(connection, "select count(*) from compared_versions")
    for first in range(1, count + 1, _COMPARED_AT_A_TIME):
        pairs = connection.execute(read_sql("statements", "versions_compared"), [first, _COMPARED_AT_A_TIME]).fetchall()
        rows = []
        for nct_id, version, changed_at, old_record, new_record in pairs:
            for change in compare_records(orjson.loads(old_record), orjson.loads(new_record)):
                values = (change.path, change.element, change.kind, change.old_value, change.new_value)
                rows.append((nct_id, version, changed_at, *values))
        connection.register("found_changes", pd.DataFrame(rows, columns=_COLUMNS))
        connection.execute("insert into main.trial_changes by name from found_changes")
        connection.unregister("found_changes")
    connection.execute("drop table compared_records")
