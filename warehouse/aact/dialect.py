"""Read a query as PostgreSQL does, and write it so that DuckDB can read it.

A function call is read without regard to its name, and written back unchanged. What it means is up to the macros in
the file (`warehouse/sql/aact`), so that every client finds the same functions. Only calls with a grammar of their own,
such as `extract(year from …)`, are understood here.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.parsers.postgres import PostgresParser

from warehouse.errors import UnsupportedQuery

# sqlglot logs a warning for what it cannot read or write. These functions raise an error for it instead.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

_CALLS_WITH_GRAMMAR = ("CAST", "EXTRACT", "OVERLAY", "POSITION", "STRING_AGG", "SUBSTRING", "TRIM")


class _Parser(PostgresParser):
    """PostgreSQL's parser, which reads every call as `Anonymous`, whatever its name."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: PostgresParser.FUNCTION_PARSERS[name] for name in _CALLS_WITH_GRAMMAR
    }


class _Aact(Postgres):
    """PostgreSQL's SQL with function calls left as they are."""

    Parser = _Parser


def parse_query(text: str) -> exp.Query:
    """Return the tree of the one query in the text.

    A `set search_path` before the query is dropped, because the session has set the path already.

    Raises:
        UnsupportedQuery: The text is not one query, or it cannot be read as PostgreSQL.
    """
    try:
        statements = [tree for tree in parse(text, dialect=_Aact) if tree and not _is_search_path(tree)]
    except SqlglotError as error:
        message = str(error).partition("\n")[0].rstrip(". ")
        raise UnsupportedQuery(f"the statement cannot be read as PostgreSQL ({message})") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise UnsupportedQuery("--aact takes only one query (select, with, values)")
    return statements[0]


def format_query(query: exp.Query) -> str:
    """Return the text of a query, with every name in quotes and without comments.

    Raises:
        UnsupportedQuery: A part of the query cannot be written as text.
    """
    try:
        return query.sql(
            _Aact, identify=True, normalize_functions=False, comments=False, unsupported_level=ErrorLevel.RAISE
        )
    except SqlglotError as error:
        raise UnsupportedQuery(f"the statement cannot be written for DuckDB ({error})") from error


def make_call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Make a call of a function."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def get_called_name(node: object) -> str:
    """Return the name of the called function in lower case, or an empty text if the node is not a call."""
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else ""


def _is_search_path(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Set) and "search_path" in tree.sql().lower()
