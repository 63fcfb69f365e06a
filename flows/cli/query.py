"""`aclf query`: run one statement on the published warehouse and print its rows."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

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
    """Return the one statement that the user gave, as an argument or in a file.

    Raises:
        BadQuery: there is no statement, or there are two; or it cannot be read as UTF-8.
    """
    if (statement is None) == (file is None):
        raise BadQuery("there is not exactly one statement", next_step="give it as an argument or with -f FILE")
    try:
        # Python accepts arguments that are not UTF-8. Encode and decode again, so that they are refused as files are.
        encoded = os.fsencode(str(statement)) if file is None else file.read_bytes()
        return encoded.decode()
    except UnicodeDecodeError as error:
        raise BadQuery(f"the statement is not UTF-8 ({error})", next_step="write it in UTF-8") from error
    except OSError as error:
        raise BadQuery(f"the file {file} cannot be read ({error})", next_step="name another file") from error


def print_query(
    warehouse: Path, statement: str, *, is_for_aact: bool, day: date | None, as_csv: bool, as_json: bool
) -> None:
    """Run a statement and print its rows: a table on a terminal, CSV elsewhere, or what the flags ask for.

    Args:
        warehouse: the published file.
        statement: one statement that only reads.
        is_for_aact: whether the statement is PostgreSQL's, written for AACT.
        day: the day as of which the warehouse is read, or None for now.
        as_csv: whether CSV is printed on a terminal too.
        as_json: whether JSON is printed.
    """
    names, rows = _run_statement(warehouse, statement, is_for_aact=is_for_aact, day=day)
    if as_json:
        print_objects(names, rows)
    elif as_csv or not sys.stdout.isatty():
        print_csv(names, rows)
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
