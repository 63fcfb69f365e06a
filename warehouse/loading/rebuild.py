"""Make every table again from the archive, without the network."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import orjson

from transform.catalog.model import load_catalog, load_record_shape
from transform.records import make_record_line
from warehouse.loading.history import note_changes
from warehouse.loading.load import finish_load, refresh_state
from warehouse.loading.related_trials import rank_related_trials
from warehouse.loading.rows import create_load_tables, fill_normalised, make_rows
from warehouse.loading.stage import stage_lines
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table

_RECORDS_PER_ROUND = 2000
"""Records whose rows are made in one round."""


def rebuild_tables(connection: DuckDBPyConnection, scratch: Path) -> None:
    """Fill the derived tables, which are empty, from the archive.

    Like `load_replies`, it commits as it goes.

    Args:
        connection: A connection to a store that is thrown away if this fails, in a transaction.
        scratch: A folder for the record lines while they are loaded.
    """
    # A replaced version becomes a row of main.trials, because main.trial_history gets its rows from there. The row is
    # removed again before the trial's next version comes.
    create_load_tables(connection)
    trials = load_catalog().get_table("main.trials")
    for versions in _list_versions(connection, current=False):
        _make_rows_of_versions(connection, versions, scratch, [trials])
        fill_normalised(connection)
        run_statements(connection, "keep_history")
        connection.execute(f"delete from {trials.qualified}; delete from loaded_versions")

    # The current versions become rows of every table. What was found in replaced versions does not count any more, so
    # the temporary tables are created again.
    create_load_tables(connection)
    for versions in _list_versions(connection, current=True):
        _make_rows_of_versions(connection, versions, scratch, load_catalog().tables)
    fill_normalised(connection)
    finish_load(connection)
    run_statements(connection, "keep_history")
    note_changes(connection, "from archive.study_versions")
    refresh_state(connection)
    rank_related_trials(connection)


def _list_versions(connection: DuckDBPyConnection, *, current: bool) -> Iterator[list[tuple[str, int]]]:
    """Yield the archived versions that have a record, in groups without two versions of one trial.

    Args:
        connection: A connection to the store.
        current: Yield the current versions if True, and the replaced ones if False, oldest first.
    """
    rows = connection.execute(read_sql("statements", "archived"), [current]).fetchall()
    # A trial has one current version, but a replaced version for each version number.
    for _, same_number in groupby(rows, key=lambda row: 0 if current else row[1]):
        versions = list(same_number)
        for start in range(0, len(versions), _RECORDS_PER_ROUND):
            yield versions[start : start + _RECORDS_PER_ROUND]


def _make_rows_of_versions(
    connection: DuckDBPyConnection, versions: Sequence[tuple[str, int]], scratch: Path, tables: Sequence[Table]
) -> None:
    """Make the rows of archived versions, in these tables, in a transaction of its own."""
    connection.execute("commit; begin")
    connection.execute("create or replace temp table due_versions (nct_id varchar, version integer)")
    nct_ids, numbers = zip(*versions, strict=True)
    connection.execute(
        "insert into due_versions select unnest($1::varchar[]), unnest($2::integer[])", [nct_ids, numbers]
    )
    records = connection.execute(
        "select document from archive.study_versions semi join due_versions using (nct_id, version) order by nct_id"
    ).fetchall()

    # The records take the same way as those of a reply: as record lines in a file.
    lines = [make_record_line(orjson.loads(document), nct_ids, load_record_shape()) for (document,) in records]
    scratch.mkdir(exist_ok=True)
    file = scratch / "archived.ndjson"
    file.write_bytes(b"".join(lines))
    stage_lines(connection, [file], max(len(line) for line in lines))
    run_statements(connection, "derive_records")
    make_rows(connection, tables)
    file.unlink()
