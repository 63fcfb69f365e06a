"""Run SQL on the published warehouse, or on another database that is open to read, in a session in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

import duckdb
import orjson

from warehouse.errors import BadQuery
from warehouse.reading.script import Kind, Statement, make_refusal, split_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

T = TypeVar("T")

_FUNCTIONS_WITH_EFFECTS = {
    *("CHECKPOINT", "FORCE_CHECKPOINT", "ENABLE_LOGGING", "DISABLE_LOGGING", "TRUNCATE_DUCKDB_LOGS"),
    *("ENABLE_PROFILING", "DISABLE_PROFILING"),
}
"""DuckDB's table functions (1.5.6) that change something; a test compares this list with all that DuckDB has."""

_TYPES = {
    Kind.QUERY: duckdb.StatementType.SELECT,
    Kind.EXPLAIN: duckdb.StatementType.EXPLAIN,
    Kind.CREATE: duckdb.StatementType.CREATE,
    Kind.INSERT: duckdb.StatementType.INSERT,
    Kind.DROP: duckdb.StatementType.DROP,
}


Answer = tuple[list[str], list[tuple[Any, ...]]]
"""The names of a query's columns, and its rows."""

Rewrite = Callable[[Statement], Statement | None]


def fetch_answer(result: DuckDBPyConnection) -> Answer:
    """Return the names of the columns of a result, and its rows."""
    # Not `fetch_dicts`: two columns of a query may have one name.
    return [column[0] for column in result.description], result.fetchall()


@overload
def run_query(connection: DuckDBPyConnection, text: str) -> Answer: ...
@overload
def run_query(
    connection: DuckDBPyConnection, text: str, fetch: Callable[[DuckDBPyConnection], T], rewrite: Rewrite | None = None
) -> T: ...
def run_query(
    connection: DuckDBPyConnection,
    text: str,
    fetch: Callable[[DuckDBPyConnection], Any] = fetch_answer,
    rewrite: Rewrite | None = None,
) -> Any:
    """Run statements of which the last is a query, and return its answer.

    The statements before it may make tables and views. These are in memory and end with the connection.

    Args:
        connection: A reader of the warehouse.
        text: The statements.
        fetch: Makes the answer of the result; without it the answer is the names of the columns and the rows. DuckDB
            may find an error as late as then.
        rewrite: Returns the statement for DuckDB that is run in the place of another, or None to run nothing; without
            it each statement runs as it is.

    Raises:
        BadQuery: A statement is none of these, the last is not a query, or DuckDB refuses one.
    """
    try:
        statements = split_script(text)
        if not statements or statements[-1].kind not in {Kind.QUERY, Kind.EXPLAIN}:
            raise make_refusal()
        for written in statements:
            statement = rewrite(written) if rewrite else written
            if statement is not None:
                result = _run_statement(connection, statement)
        return fetch(result)
    except duckdb.Error as error:
        # DuckDB quotes the line of the query below its message.
        message = " ".join(str(error).partition("\n\nLINE ")[0].split())
        raise BadQuery(f"DuckDB says: {message}") from error


def _run_statement(connection: DuckDBPyConnection, statement: Statement) -> DuckDBPyConnection:
    """Run one statement, if DuckDB reads it as one statement of its kind that has no other effects."""
    parsed = connection.extract_statements(statement.command + statement.query)
    if [found.type for found in parsed] != [_TYPES.get(statement.kind)]:
        raise make_refusal()
    if statement.query:
        _refuse_effects(connection, statement.query)
    return connection.execute(parsed[0])


def _refuse_effects(connection: DuckDBPyConnection, query: str) -> None:
    """Refuse a query that is not one SELECT, or calls a table function which changes a setting or writes.

    DuckDB runs such functions even on a read-only connection whose settings are locked. The plan names every function
    that a query calls, also one that the text hides.
    """
    if [found.type for found in connection.extract_statements(query)] != [duckdb.StatementType.SELECT]:
        raise make_refusal()
    ((_, plan),) = connection.execute(f"explain (format json) {query}").fetchall()
    if any(operator in _FUNCTIONS_WITH_EFFECTS for operator in _list_operators(orjson.loads(plan))):
        raise make_refusal()


def _list_operators(plan: list[dict[str, Any]]) -> Iterator[str]:
    for node in plan:
        yield node["name"].strip()
        yield from _list_operators(node["children"])
