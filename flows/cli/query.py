"""`aclf query`: run statements on the published warehouse and print the rows of the last one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from extract.texts import decode_text
from flows.cli.terminal import print_csv, print_objects, print_table
from warehouse.connect import open_read_only
from warehouse.errors import BadQuery
from warehouse.reading.query import run_query

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date
    from pathlib import Path

    from duckdb import DuckDBPyConnection


def read_statement(statement: str | None, file: Path | None) -> str:
    """Return the SQL that the user gave, as an argument or in a file.

    Raises:
        BadQuery: there is none, or both; or it is neither UTF-8 nor a file with a byte order mark.
    """
    if (statement is None) == (file is None):
        raise BadQuery("there is not exactly one SQL text", next_step="give it as an argument or with -f FILE")
    try:
        # Python accepts arguments that are not UTF-8. Encode and decode again, so that they are refused as files are.
        return decode_text(os.fsencode(str(statement)) if file is None else file.read_bytes())
    except UnicodeDecodeError as error:
        raise BadQuery(f"the statement is not UTF-8 ({error})", next_step="save it in UTF-8") from error
    except OSError as error:
        raise BadQuery(f"the file {file} cannot be read ({error})", next_step="name another file") from error


def print_query(warehouse: Path, statement: str, *, is_for_aact: bool, day: date | None, form: str) -> None:
    """Run statements and print the rows of the last: a table on a terminal, CSV elsewhere, or what the flags ask for.

    Args:
        warehouse: the published file.
        statement: the statements, of which the last is a query.
        is_for_aact: whether they are PostgreSQL's, written for AACT.
        day: the day as of which the warehouse is read, or None for now.
        form: `csv`, `safe csv` or `json`; if empty, a table on a terminal, and CSV elsewhere.
    """
    names, rows = _run_statement(warehouse, statement, is_for_aact=is_for_aact, day=day)
    if form == "json":
        print_objects(names, rows)
    elif form or not sys.stdout.isatty():
        print_csv(names, rows, is_safe=form == "safe csv")
    else:
        print_table(names, rows)


def _run_statement(
    warehouse: Path, statement: str, *, is_for_aact: bool, day: date | None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the names of the statement's columns, and its rows."""
    if not is_for_aact:
        with _open_warehouse(warehouse, day) as connection:
            return run_query(connection, statement)
    # Only AACT's queries need sqlglot, which is slow to import.
    from warehouse.aact.asking import SESSION, run_aact_query  # noqa: PLC0415 - sqlglot is slow to import

    with _open_warehouse(warehouse, day, SESSION) as connection:
        return run_aact_query(connection, statement)


def _open_warehouse(warehouse: Path, day: date | None, session: str = "") -> AbstractContextManager[DuckDBPyConnection]:
    if day is None:
        return open_read_only(warehouse, session)
    from warehouse.reading.as_of import open_as_of  # noqa: PLC0415 - rebuilds a past night, which few queries need

    return open_as_of(warehouse, day, session)
