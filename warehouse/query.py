"""Read-only SQL on the published warehouse, or on the store where that can be read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.errors import BadQuery, NoWarehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.places import Places

_READ_ONLY_STATEMENTS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


@contextmanager
def open_read_only(file: Path, session: str = "") -> Iterator[DuckDBPyConnection]:
    """A connection that can read this file and nothing else: no other file, no extension, no setting.

    Args:
        file: the warehouse.
        session: statements that make the settings which the session needs, before they are locked.

    Raises:
        NoWarehouse: there is no such file, or it is not a sound database.
    """
    if not file.exists():
        raise NoWarehouse(f"there is no warehouse {file}")
    try:
        connection = duckdb.connect(str(file), read_only=True, config={"enable_external_access": "false"})
    except duckdb.Error as error:
        raise NoWarehouse(
            f"the warehouse {file} cannot be opened ({str(error).splitlines()[0]})",
            next_step="run `aclf check` to see what is wrong with it",
        ) from error
    with connection:
        connection.execute(f"set timezone = 'UTC'; set enable_progress_bar = false; {session}")
        connection.execute("set lock_configuration = true")
        yield connection


@contextmanager
def open_newest(places: Places) -> Iterator[DuckDBPyConnection]:
    """A reader of the store, which also knows of runs that published nothing; of the warehouse while a run writes."""
    try:
        store = duckdb.connect(str(places.store), read_only=True)
    except duckdb.Error:
        with open_read_only(places.warehouse) as published:
            yield published
        return
    with store:
        store.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        yield store


def ask(connection: DuckDBPyConnection, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement that only reads, and give the names of its columns and its rows.

    Raises:
        BadQuery: it is not one statement, does not only read, or DuckDB refuses it.
    """
    try:
        statements = connection.extract_statements(text)
        if len(statements) != 1 or statements[0].type not in _READ_ONLY_STATEMENTS:
            raise BadQuery(
                "only one statement that reads (select, with, from, describe, summarize, explain) can be run",
                next_step="open a copy of the file with DuckDB to do more",
            )
        result = connection.execute(statements[0])
        return [column[0] for column in result.description], result.fetchall()
    except duckdb.Error as error:
        said = " ".join(str(error).partition("\n\nLINE ")[0].split())
        raise BadQuery(f"DuckDB says: {said}") from error
