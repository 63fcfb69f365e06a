"""Run queries that were written for AACT on the warehouse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from warehouse.aact.rewrite import rewrite_query, rewrite_table
from warehouse.errors import UnsupportedQuery
from warehouse.reading.query import run_query
from warehouse.reading.script import Kind
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.reading.script import Statement

SESSION = read_sql("aact", "session")
"""The settings that give a session PostgreSQL's functions and AACT's names; `docs/aact.md` shows them."""

_COLUMNS = """
select table_name, column_name, data_type from duckdb_columns()
where (schema_name = 'ctgov' or database_name = 'temp') and not internal
"""


def run_aact_query(connection: DuckDBPyConnection, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run statements written for AACT's PostgreSQL, and return the names of the last one's columns and its rows.

    Args:
        connection: A reader of the warehouse that has run `SESSION`.
        text: The statements, of which the last is a query.

    Raises:
        UnsupportedQuery: A query cannot be read as PostgreSQL.
        BadQuery: The last statement is not a query, or DuckDB refuses a statement.
    """
    made: dict[str, dict[str, str]] = {}

    def rewrite(statement: Statement) -> Statement | None:
        # The session has set the path already.
        if statement.kind is Kind.SEARCH_PATH:
            return None
        if not statement.query:
            has_columns = statement.kind is Kind.CREATE
            return replace(statement, command=rewrite_table(statement.command)) if has_columns else statement
        # The rewrite needs the types of the columns: what PostgreSQL does with a division depends on them.
        columns: dict[str, dict[str, str]] = {}
        for table, column, data_type in connection.execute(_COLUMNS).fetchall():
            columns.setdefault(table, {})[column] = data_type
        for table, types in made.items():
            columns.setdefault(table, {}).update(types)
        query = rewrite_query(statement.query, columns)
        if statement.name:
            made[statement.name.lower()] = query.types
        return replace(statement, query=query.text)

    try:
        return run_query(connection, text, rewrite)
    except RecursionError as error:
        raise UnsupportedQuery("the statement is nested too deeply") from error
