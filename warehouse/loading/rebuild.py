"""Makes every table again from the archive, without the network."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import orjson

from transform.catalog.model import load_catalog, load_record_shape
from transform.records import make_record_line
from warehouse.loading.history import note_changes
from warehouse.loading.load import finish_load, refresh_state
from warehouse.loading.related_trials import rank_related_trials
from warehouse.loading.rows import begin_rows, fill_normalised, make_rows
from warehouse.loading.stage import stage_lines
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table

_AT_A_TIME = 2000
"""Records that are made rows of in one round."""


def rebuild_tables(connection: DuckDBPyConnection, scratch: Path) -> None:
    """Fill the derived tables, which are empty, from the archive, and commit as it goes, as `load_replies`.

    Each version that was replaced becomes a row of main.trials, and from there of main.trial_history, before the
    next one takes its place; the current versions become rows of every table.

    Args:
        connection: a store's that is thrown away where this fails, in a transaction.
        scratch: a folder for the records on their way.
    """
    begin_rows(connection)
    trials = load_catalog().table("main.trials")
    for versions in _versions(connection, current=False):
        _make_rows_of(connection, versions, scratch, [trials])
        fill_normalised(connection)
        run_statements(connection, "keep_history")
        connection.execute(f"delete from {trials.qualified}; delete from loaded_versions")
    begin_rows(connection)
    for versions in _versions(connection, current=True):
        _make_rows_of(connection, versions, scratch, load_catalog().tables)
    fill_normalised(connection)
    finish_load(connection)
    run_statements(connection, "keep_history")
    note_changes(connection, "from archive.study_versions")
    refresh_state(connection)
    rank_related_trials(connection)


def _versions(connection: DuckDBPyConnection, *, current: bool) -> Iterator[list[tuple[str, int]]]:
    """The archive's versions with a record, some at a time, none of one trial together with another of it."""
    rows = connection.execute(read_sql("statements", "archived"), [current]).fetchall()
    for _, numbered in groupby(rows, key=lambda row: 0 if current else row[1]):
        versions = list(numbered)
        for start in range(0, len(versions), _AT_A_TIME):
            yield versions[start : start + _AT_A_TIME]


def _make_rows_of(
    connection: DuckDBPyConnection, versions: Sequence[tuple[str, int]], scratch: Path, tables: Sequence[Table]
) -> None:
    connection.execute("commit; begin")
    connection.execute("create or replace temp table due_versions (nct_id varchar, version integer)")
    ids, numbers = zip(*versions, strict=True)
    connection.execute("insert into due_versions select unnest($1::varchar[]), unnest($2::integer[])", [ids, numbers])
    records = connection.execute(
        "select document from archive.study_versions semi join due_versions using (nct_id, version) order by nct_id"
    ).fetchall()
    lines = [make_record_line(orjson.loads(document), ids, load_record_shape()) for (document,) in records]
    scratch.mkdir(exist_ok=True)
    file = scratch / "archived.ndjson"
    file.write_bytes(b"".join(lines))
    stage_lines(connection, [file], max(map(len, lines)))
    run_statements(connection, "derive_records")
    make_rows(connection, tables)
    file.unlink()
