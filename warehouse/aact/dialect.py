"""Reads a query as PostgreSQL does, and writes it so that DuckDB can read it.

Function calls are read as calls of any name and written back as they came: what they mean is up to the macros in the
file (`patterns.sql` and its kin), so that every client finds the same functions. Only the forms that have a grammar of
their own (`extract(year from …)`) are known.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.parsers.postgres import PostgresParser

from warehouse.errors import NotUnderstood

logging.getLogger("sqlglot").addHandler(logging.NullHandler())  # what it warns of is refused here

_OWN_GRAMMAR = ("CAST", "EXTRACT", "OVERLAY", "POSITION", "STRING_AGG", "SUBSTRING", "TRIM")


class _Parser(PostgresParser):
    """Reads calls as `Anonymous`, whatever their name."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {name: PostgresParser.FUNCTION_PARSERS[name] for name in _OWN_GRAMMAR}


class _Aact(Postgres):
    """PostgreSQL's SQL with functions left as they are."""

    Parser = _Parser


def read(text: str) -> exp.Query:
    """The one query of the text. A `set search_path` before it is passed over, for the session has set it.

    Raises:
        NotUnderstood: it is not one query, or cannot be read as PostgreSQL.
    """
    try:
        statements = [tree for tree in parse(text, dialect=_Aact) if tree and not _sets_search_path(tree)]
    except SqlglotError as error:
        said = str(error).partition("\n")[0].rstrip(". ")
        raise NotUnderstood(f"the statement cannot be read as PostgreSQL ({said})") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise NotUnderstood("only one query (select, with, values) can be asked with --aact")
    return statements[0]


def write(query: exp.Query) -> str:
    """The query as text, every name in quotes, without comments.

    Raises:
        NotUnderstood: it holds what has no form.
    """
    try:
        return query.sql(
            _Aact, identify=True, normalize_functions=False, comments=False, unsupported_level=ErrorLevel.RAISE
        )
    except SqlglotError as error:
        raise NotUnderstood(f"the statement cannot be written for DuckDB ({error})") from error


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A call of a function."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def is_call_of(node: object) -> str:
    """The name of the function that is called, in lower case; of anything else the empty string."""
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else ""


def _sets_search_path(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Set) and "search_path" in tree.sql().lower()
