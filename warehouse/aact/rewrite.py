"""Rewrites a PostgreSQL query where neither a setting nor a macro can make DuckDB answer it as PostgreSQL does.

What it rewrites is what `docs/aact.md` tells users of other clients to rewrite by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.aact import calls, comparisons, sources, texts
from warehouse.aact.dialect import read, write
from warehouse.aact.names import name_columns
from warehouse.aact.numbers import rewrite_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.aact.kinds import Columns

_RULES: tuple[tuple[Callable[..., exp.Expr], tuple[type[exp.Expr], ...]], ...] = (
    (comparisons.compare_each_element, comparisons.PATTERNS),
    (comparisons.wrap_listed_operand, (exp.Any, exp.All)),
    (comparisons.rewrite_similar_to, (exp.SimilarTo,)),
    (comparisons.rewrite_between_symmetric, (exp.Between,)),
    (texts.cut_text, (exp.Cast,)),
    (texts.make_list, (exp.Cast,)),
    (sources.name_own_table, (exp.Table,)),
    (sources.name_rows, (exp.Table, exp.Lateral, exp.Unnest)),
    (sources.make_timed_series, (exp.Anonymous,)),
    (calls.rewrite_substring, (exp.Substring,)),
    (calls.order_distinct, (exp.GroupConcat, exp.Anonymous)),
    (calls.make_json_list, (exp.Anonymous, exp.Filter, exp.Window)),
    (calls.unnest_list, (exp.Anonymous,)),
    (calls.rename_function, (exp.Anonymous,)),
)
"""Each rule with the nodes that it is for."""


def rewrite_query(text: str, columns: Columns) -> str:
    """The PostgreSQL query as DuckDB is to answer it, in a session that has run `session.sql`.

    Args:
        text: one query, as written for AACT.
        columns: the DuckDB type of each column of each table of `ctgov`.

    Raises:
        NotUnderstood: it is not one query, cannot be read as PostgreSQL, or cannot be written for DuckDB.
    """
    query = read(text)
    _apply(texts.fold_to_lower_case, query, (exp.Identifier,))
    name_columns(query)
    rewrite_numbers(query, columns)
    for rule, types in _RULES:
        _apply(rule, query, types)
    return write(query)


def _apply(rule: Callable[..., exp.Expr], query: exp.Query, types: tuple[type[exp.Expr], ...]) -> None:
    """Replace each node of these types by what the rule makes of it, the innermost first."""
    for node in reversed(list(query.find_all(*types))):
        replacement = rule(node)
        if replacement is not node:
            node.replace(replacement)
