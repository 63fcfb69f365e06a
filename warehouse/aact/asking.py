"""Run queries that were written for AACT on the warehouse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, overload

from warehouse.aact.rewrite import rewrite_query, rewrite_table
from warehouse.errors import BadQuery, UnsupportedQuery
from warehouse.reading.query import fetch_answer, run_query
from warehouse.reading.script import Kind
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

    from warehouse.reading.query import Answer
    from warehouse.reading.script import Statement

T = TypeVar("T")

SESSION = read_sql("aact", "session")
"""The settings that give a session PostgreSQL's functions and AACT's names; `docs/aact.md` shows them."""

_COLUMNS = """
select table_name, column_name, data_type from duckdb_columns()
where (schema_name = 'ctgov' or database_name = 'temp') and not internal
"""


@overload
def run_aact_query(connection: DuckDBPyConnection, text: str) -> Answer: ...
@overload
def run_aact_query(
    connection: DuckDBPyConnection, text: str, fetch: Callable[[DuckDBPyConnection], T], *, explains: bool = False
) -> T: ...
def run_aact_query(
    connection: DuckDBPyConnection,
    text: str,
    fetch: Callable[[DuckDBPyConnection], Any] = fetch_answer,
    *,
    explains: bool = False,
) -> Any:
    """Run statements written for AACT's PostgreSQL, and return the answer of the last one, as `run_query` does.

    Args:
        connection: A reader of the warehouse that has run `SESSION`.
        text: The statements, of which the last is a query.
        fetch: Makes the answer of the result; without it the answer is the names of the columns and the rows.
        explains: Whether each query is only explained, as `explain` in front of it would do.

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
        if explains and statement.kind is Kind.QUERY:
            return replace(statement, kind=Kind.EXPLAIN, command="explain\n", query=query.text)
        return replace(statement, query=query.text)

    try:
        return run_query(connection, text, fetch, rewrite)
    except RecursionError as error:
        raise UnsupportedQuery("the statement is nested too deeply") from error


def is_answered_for_aact(connection: DuckDBPyConnection, text: str) -> bool:
    """Return whether the statements run if they are read as PostgreSQL's, written for AACT; the queries are not run.

    Args:
        connection: A reader of the warehouse that has run `SESSION`.
        text: The statements.
    """
    try:
        run_aact_query(connection, text, lambda _: None, explains=True)
    except BadQuery:
        return False
    return True
