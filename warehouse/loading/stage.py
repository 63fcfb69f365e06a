"""Puts the lines of replies where DuckDB can make rows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.model import load_catalog
from transform.catalog.row_queries import make_record_type, make_staged_columns
from transform.paths import quote_text
from warehouse.connect import get_memory_limit
from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_LEAST_LINE = 4 * 1024 * 1024
"""Bytes of the longest line that DuckDB is told of; its buffers are some times as large."""


def stage_lines(connection: DuckDBPyConnection, files: Iterable[Path], longest_line: int) -> None:
    """Read files of lines (see `transform.records`) into the temporary table `record_lines`, a row a line.

    Args:
        connection: the store's.
        files: the files.
        longest_line: bytes of the longest line in them.
    """
    if longest_line > _LEAST_LINE:
        connection.execute(f"set memory_limit = '{get_memory_limit(longest_line)}B'")
    paths = [str(file) for file in files]
    run_statements(connection, "stage", staged_files=paths, longest_line=max(longest_line, _LEAST_LINE))


def stage_records(connection: DuckDBPyConnection) -> None:
    """Read the records that the temporary table `changed_trials` names (nct_id, content_hash) out of the same files.

    They become the temporary table `staged_records`, as `transform.catalog.row_queries` wants it: one row a record,
    although the same may have come a second time with a reply to another question, and is set aside there.
    """
    columns, record_type = make_staged_columns(load_catalog()), quote_text(make_record_type(load_catalog()))
    connection.execute(
        f"create or replace temp table staged_records as select nct_id, {columns} from read_ndjson("
        "getvariable('staged_files'), maximum_object_size = getvariable('longest_line'), columns = {"
        f"nct_id: 'varchar', content_hash: 'varchar', reason: 'varchar', document: {record_type}}}"
        ") semi join changed_trials using (nct_id, content_hash) where reason is null"
    )


def find_staged_modules(connection: DuckDBPyConnection) -> set[str]:
    """The columns of `staged_records` that are not NULL in every row: most trials have no results."""
    counts = connection.execute("select count(columns(*)) from staged_records")
    names = [column[0] for column in counts.description]
    return {name for name, count in zip(names, counts.fetchall()[0], strict=True) if count}
