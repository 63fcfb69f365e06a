"""What each version of a trial has other than the version before, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pandas as pd

from transform.diff.compare import compare_records

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

from warehouse.sql.files import read_sql

_COMPARED_AT_A_TIME = 200
"""Pairs of records that are held in memory at once."""

_COLUMNS = ("nct_id", "version", "changed_at", "path", "element", "kind", "old_value", "new_value")


def note_changes(connection: DuckDBPyConnection, versions: str) -> None:
    """Note in main.trial_changes what versions changed.

    Args:
        connection: the store's.
        versions: a query for them: nct_id, version. One without a version before it has changed nothing.
    """
    connection.execute(
        "create or replace temp table compared_versions as select nct_id, version, "
        f"row_number() over (order by nct_id, version) as place from ({versions}) where version > 1"
    )
    (count,) = connection.execute("select count(*) from compared_versions").fetchall()[0]
    for start in range(1, count + 1, _COMPARED_AT_A_TIME):
        pairs = connection.execute(read_sql("statements", "versions_compared"), [start, _COMPARED_AT_A_TIME]).fetchall()
        rows = [
            (nct_id, version, changed_at, change.path, change.element, change.kind, change.old_value, change.new_value)
            for nct_id, version, changed_at, before, now in pairs
            for change in compare_records(orjson.loads(before), orjson.loads(now))
        ]
        connection.register("found_changes", pd.DataFrame(rows, columns=_COLUMNS))
        connection.execute("insert into main.trial_changes by name from found_changes")
        connection.unregister("found_changes")
