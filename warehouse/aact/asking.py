"""Asks the warehouse in the SQL that was written for AACT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse.aact.rewrite import rewrite_query
from warehouse.errors import NotUnderstood
from warehouse.reading.query import run_query
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SESSION = read_sql("aact", "session")
"""The settings of a session in which macros and search path are PostgreSQL's and AACT's; `docs/aact.md` shows them."""


def run_aact_query(connection: DuckDBPyConnection, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one query written for AACT's PostgreSQL, and give the names of its columns and its rows.

    Args:
        connection: a reader of the warehouse that has run `SESSION`.
        text: the query.

    Raises:
        NotUnderstood: it is not one query, or cannot be read as PostgreSQL.
        BadQuery: DuckDB refuses it.
    """
    types = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'ctgov' and not internal"
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, data_type in types:
        columns.setdefault(table, {})[column] = data_type
    try:
        statement = rewrite_query(text, columns)
    except RecursionError as error:
        raise NotUnderstood("the statement is nested beyond reason") from error
    return run_query(connection, statement)
