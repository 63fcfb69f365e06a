"""Read a query as PostgreSQL does, and write it so that DuckDB can read it.

A function call is read without regard to its name, and written back unchanged. What it means is up to the macros in
the file (`warehouse/sql/aact`), so that every client finds the same functions. Only calls with a grammar of their own,
such as `extract(year from …)`, are understood here.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import TokenType

from warehouse.aact.grammar import refuse_faults, refuse_other_dialects
from warehouse.errors import UnsupportedQuery
from warehouse.reading.script import make_refusal

# sqlglot logs a warning for what it cannot read or write. These functions raise an error for it instead.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

_CALLS_WITH_GRAMMAR = ("CAST", "EXTRACT", "OVERLAY", "POSITION", "STRING_AGG", "SUBSTRING", "TRIM")


_MODIFIERS_OF_OTHERS = {
    *(TokenType.MATCH_RECOGNIZE, TokenType.PREWHERE, TokenType.QUALIFY, TokenType.USING),
    *(TokenType.CLUSTER_BY, TokenType.DISTRIBUTE_BY, TokenType.SORT_BY, TokenType.CONNECT_BY),
}


class _Parser(PostgresParser):
    """PostgreSQL's parser, which reads every call as `Anonymous`, whatever its name, and no other database's clause."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: PostgresParser.FUNCTION_PARSERS[name] for name in _CALLS_WITH_GRAMMAR
    }
    QUERY_MODIFIER_PARSERS: ClassVar[dict[Any, Any]] = {
        token: read
        for token, read in PostgresParser.QUERY_MODIFIER_PARSERS.items()
        if token not in _MODIFIERS_OF_OTHERS
    }


class _Aact(Postgres):
    """PostgreSQL's SQL with function calls left as they are."""

    Parser = _Parser


_DIALECT = _Aact()


def parse_query(text: str) -> exp.Query:
    """Return the tree of the one query in the text.

    Raises:
        UnsupportedQuery: The text cannot be read as PostgreSQL.
        BadQuery: The text is not one query.
    """
    tree = _select_values(parse_statement(text))
    if not isinstance(tree, exp.Query):
        raise make_refusal()
    refuse_other_dialects(tree)
    return tree


def parse_statement(text: str) -> exp.Expr:
    """Return the tree of the one statement in the text.

    Raises:
        UnsupportedQuery: The text is not one statement, or it cannot be read as PostgreSQL.
    """
    try:
        tokens = _DIALECT.tokenize(text)
        refuse_faults(tokens)
        trees = [tree for tree in _DIALECT.parser().parse(tokens, text) if tree]
    except SqlglotError as error:
        message = str(error).partition("\n")[0].rstrip(". ")
        raise UnsupportedQuery(f"the statement cannot be read as PostgreSQL ({message})") from error
    if len(trees) != 1:
        raise UnsupportedQuery("there is not exactly one statement")
    return trees[0]


def format_query(query: exp.Expr) -> str:
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


def _select_values(tree: exp.Expr) -> exp.Expr:
    """Return `select * from (values …)` for `values …`, with PostgreSQL's names of the columns."""
    if not isinstance(tree, exp.Values):
        return tree
    names = [f"column{number}" for number, _ in enumerate(tree.expressions[0].expressions, start=1)]
    return exp.select("*").from_(exp.alias_(tree, "rows", table=names))


def is_interval(node: exp.Expr) -> bool:
    """Return whether the node is an interval in the text of the query."""
    return isinstance(node, exp.Interval) or (isinstance(node, exp.Cast) and node.to.is_type(exp.DType.INTERVAL))
