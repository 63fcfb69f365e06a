"""Run SQL that only reads, on the published warehouse or on any other database that is open to read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from warehouse.errors import BadQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

_FUNCTIONS_WITH_EFFECTS = {
    *("CHECKPOINT", "FORCE_CHECKPOINT", "ENABLE_LOGGING", "DISABLE_LOGGING", "TRUNCATE_DUCKDB_LOGS"),
    *("ENABLE_PROFILING", "DISABLE_PROFILING"),
}
"""DuckDB's table functions (1.5.6) that change something; a test compares this list with all that DuckDB has."""

_READ_ONLY_STATEMENTS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


def run_query(connection: DuckDBPyConnection, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement that only reads, and return the names of its columns and its rows.

    Raises:
        BadQuery: The text is not one statement, it does not only read, or DuckDB refuses it.
    """
    try:
        statements = connection.extract_statements(text)
        if len(statements) != 1 or statements[0].type not in _READ_ONLY_STATEMENTS:
            raise _make_refusal()
        _refuse_effects(connection, statements[0])
        result = connection.execute(statements[0])
        # Not `fetch_dicts`: two columns of a query may have one name.
        return [column[0] for column in result.description], result.fetchall()
    except duckdb.Error as error:
        # DuckDB quotes the line of the query below its message.
        message = " ".join(str(error).partition("\n\nLINE ")[0].split())
        raise BadQuery(f"DuckDB says: {message}") from error


def _refuse_effects(connection: DuckDBPyConnection, statement: duckdb.Statement) -> None:
    """Refuse a SELECT that calls a table function which changes a setting or writes.

    DuckDB runs such functions even on a read-only connection whose settings are locked. The plan names every function
    that a statement calls, also one that the text hides.
    """
    select = _find_select(connection, statement)
    ((_, plan),) = connection.execute(f"explain (format json) {select.query}").fetchall()
    if any(operator in _FUNCTIONS_WITH_EFFECTS for operator in _list_operators(orjson.loads(plan))):
        raise _make_refusal()


def _find_select(connection: DuckDBPyConnection, statement: duckdb.Statement) -> duckdb.Statement:
    """Return the SELECT that an EXPLAIN explains, or a SELECT itself."""
    if statement.type == duckdb.StatementType.SELECT:
        return statement
    # `explain analyze (…)` runs what it explains, so that must only read too. It starts at the first token from which
    # on the text is a statement of its own. The token offsets count bytes.
    text = statement.query.encode()
    for offset, _ in duckdb.tokenize(statement.query)[1:]:
        with suppress(duckdb.ParserException):
            explained = connection.extract_statements(text[offset:].decode())[0]
            if explained.type == duckdb.StatementType.SELECT:
                return explained
            # The explained statement is not a SELECT.
            break
    raise _make_refusal()


def _list_operators(plan: list[dict[str, Any]]) -> Iterator[str]:
    for node in plan:
        yield node["name"].strip()
        yield from _list_operators(node["children"])


def _make_refusal() -> BadQuery:
    return BadQuery(
        "only one statement that reads (select, with, from, describe, summarize, explain) can be run",
        next_step="open a copy of the file with DuckDB to do more",
    )
