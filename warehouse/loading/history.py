"""Note what each version of a trial's record changed, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from transform.diff.compare import compare_records
from transform.diff.weights import weigh_change
from warehouse.bound_values import execute_with
from warehouse.connect import fetch_value
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    Change = tuple[object, ...]  # a row of main.trial_changes

_READ_AT_A_TIME = 1000
"""Pairs of records that DuckDB reads at once: many, because each reading has a fixed cost."""

_COMPARED_AT_A_TIME = 100
"""Pairs of records that Python holds at once."""


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
    count = fetch_value(connection, "select count(*) from compared_versions")
    # A first load has only first versions: there is nothing to read from the archive.
    if not count:
        return
    run_statements(connection, "gather_compared")
    for first in range(1, count + 1, _READ_AT_A_TIME):
        changes = list(_find_changes(connection, first))
        if changes:
            connection.execute(read_sql("statements", "insert_changes"), list(zip(*changes, strict=True)))
    connection.execute("drop table compared_records")


def _find_changes(connection: DuckDBPyConnection, first: int) -> Iterator[Change]:
    """Yield what some versions changed, those from the ordinal `first` on."""
    pairs = execute_with(connection, read_sql("statements", "versions_compared"), [first, _READ_AT_A_TIME])
    while rows := pairs.fetchmany(_COMPARED_AT_A_TIME):
        for nct_id, version, changed_at, old_record, new_record in rows:
            for change in compare_records(orjson.loads(old_record), orjson.loads(new_record)):
                weight = weigh_change(change.path, change.kind)
                values = (change.path, change.element, change.kind, weight, change.old_value, change.new_value)
                yield (nct_id, version, changed_at, *values)
