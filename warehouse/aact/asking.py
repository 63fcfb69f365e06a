"""Run queries that were written for AACT on the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse.aact.rewrite import rewrite_query
from warehouse.errors import UnsupportedQuery
from warehouse.reading.query import run_query
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SESSION = read_sql("aact", "session")
"""The settings that give a session PostgreSQL's functions and AACT's names; `docs/aact.md` shows them."""


def run_aact_query(connection: DuckDBPyConnection, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one query written for AACT's PostgreSQL, and return the names of its columns and its rows.

    Args:
        connection: A reader of the warehouse that has run `SESSION`.
        text: The query.

    Raises:
        UnsupportedQuery: The text is not one query, or it cannot be read as PostgreSQL.
        BadQuery: DuckDB refuses the query.
    """
    # The rewrite needs the types of the columns: what PostgreSQL does with a division depends on them.
    typed_columns = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'ctgov' and not internal"
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, data_type in typed_columns:
        columns.setdefault(table, {})[column] = data_type
    try:
        statement = rewrite_query(text, columns)
    except RecursionError as error:
        raise UnsupportedQuery("the statement is nested too deeply") from error
    return run_query(connection, statement)
