"""Read-only SQL on the published warehouse, or on the store where that can be read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from warehouse.errors import BadQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

_WITH_EFFECTS = {
    *("CHECKPOINT", "FORCE_CHECKPOINT", "ENABLE_LOGGING", "DISABLE_LOGGING", "TRUNCATE_DUCKDB_LOGS"),
    *("ENABLE_PROFILING", "DISABLE_PROFILING"),
}
"""Table functions of DuckDB (1.5.6) that do something; a test looks through all that it has."""

_READ_ONLY_STATEMENTS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


def run_query(connection: DuckDBPyConnection, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement that only reads, and give the names of its columns and its rows.

    Raises:
        BadQuery: it is not one statement, does not only read, or DuckDB refuses it.
    """
    try:
        statements = connection.extract_statements(text)
        if len(statements) != 1 or statements[0].type not in _READ_ONLY_STATEMENTS:
            raise _refused()
        _refuse_effects(connection, statements[0])
        result = connection.execute(statements[0])
        return [column[0] for column in result.description], result.fetchall()
    except duckdb.Error as error:
        said = " ".join(str(error).partition("\n\nLINE ")[0].split())
        raise BadQuery(f"DuckDB says: {said}") from error


def _refuse_effects(connection: DuckDBPyConnection, statement: duckdb.Statement) -> None:
    """Refuse what reads by its form only: DuckDB has table functions that change a setting or write, locked or not.

    Its plan names every function that a statement calls, however they are hidden in the text.
    """
    explained = _explained(connection, statement)
    ((_, plan),) = connection.execute(f"explain (format json) {explained.query}").fetchall()
    if any(operator in _WITH_EFFECTS for operator in _operators(orjson.loads(plan))):
        raise _refused()


def _explained(connection: DuckDBPyConnection, statement: duckdb.Statement) -> duckdb.Statement:
    """What an EXPLAIN is about: the first part of it that is a statement of its own; of a SELECT, itself."""
    if statement.type == duckdb.StatementType.SELECT:
        return statement
    text = statement.query.encode()
    for place, _ in duckdb.tokenize(statement.query)[1:]:
        with suppress(duckdb.ParserException):
            inner = connection.extract_statements(text[place:].decode())[0]
            if inner.type == duckdb.StatementType.SELECT:
                return inner
            break
    raise _refused()


def _operators(plan: list[dict[str, Any]]) -> Iterator[str]:
    for node in plan:
        yield node["name"].strip()
        yield from _operators(node["children"])


def _refused() -> BadQuery:
    return BadQuery(
        "only one statement that reads (select, with, from, describe, summarize, explain) can be run",
        next_step="open a copy of the file with DuckDB to do more",
    )
