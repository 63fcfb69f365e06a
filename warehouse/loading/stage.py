"""Read record lines into temporary tables, where DuckDB can make rows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.model import load_catalog
from transform.catalog.row_queries import make_record_type, make_staged_columns
from transform.paths import quote_text
from warehouse.connect import fetch_dicts, get_memory_limit
from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_LEAST_LINE_LIMIT = 4 * 1024 * 1024
"""Bytes. DuckDB gets at least this limit for the longest line. Its buffers are several times as large as the limit."""


def stage_lines(connection: DuckDBPyConnection, files: Iterable[Path], longest_line: int) -> None:
    """Read files of record lines (see `transform.records`) into the temporary table `record_lines`, one row per line.

    Args:
        connection: A connection to the store.
        files: The files.
        longest_line: Bytes of the longest line in the files.
    """
    # A very long line needs more memory than the usual limit allows.
    if longest_line > _LEAST_LINE_LIMIT:
        connection.execute(f"set memory_limit = '{get_memory_limit(longest_line)}B'")
    paths = [str(file) for file in files]
    run_statements(connection, "stage", staged_files=paths, longest_line=max(longest_line, _LEAST_LINE_LIMIT))


def stage_records(connection: DuckDBPyConnection) -> None:
    """Read the records that the temporary table `changed_trials` names (nct_id, content_hash) from the same files.

    They become the temporary table `staged_records`, with the columns that `transform.catalog.row_queries` needs and
    one row per record.
    """
    # The same record may come a second time with a reply to another request. That line has a reason, because the record
    # was not asked for there.
    columns, record_type = make_staged_columns(load_catalog()), quote_text(make_record_type(load_catalog()))
    connection.execute(
        f"create or replace temp table staged_records as select nct_id, {columns} from read_ndjson("
        "getvariable('staged_files'), maximum_object_size = getvariable('longest_line'), columns = {"
        f"nct_id: 'varchar', content_hash: 'varchar', reason: 'varchar', document: {record_type}}}"
        ") semi join changed_trials using (nct_id, content_hash) where reason is null"
    )


def find_staged_modules(connection: DuckDBPyConnection) -> set[str]:
    """Return the columns of `staged_records` that have a value in some row.

    Most trials have no results, for example, so many statements need not run.
    """
    (counts,) = fetch_dicts(connection, "select count(columns(*)) from staged_records")
    return {name for name, count in counts.items() if count}
