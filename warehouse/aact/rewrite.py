"""Rewrite a PostgreSQL query where neither a setting nor a macro makes DuckDB answer as PostgreSQL does.

`docs/aact.md` lists the same rewrites for users of other clients, who make them by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.aact import calls, comparisons, rounded_texts, sources, texts
from warehouse.aact.dialect import format_query, parse_query
from warehouse.aact.names import name_columns
from warehouse.aact.numbers import rewrite_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.aact.kinds import Columns

_RULES: tuple[tuple[Callable[..., exp.Expr], tuple[type[exp.Expr], ...]], ...] = (
    (rounded_texts.write_decimals, (exp.Anonymous,)),
    (comparisons.compare_each_element, comparisons.PATTERNS),
    (comparisons.rewrite_array_operand, (exp.Any, exp.All)),
    (comparisons.rewrite_similar_to, (exp.SimilarTo,)),
    (comparisons.rewrite_between_symmetric, (exp.Between,)),
    (texts.rewrite_text_cast, (exp.Cast,)),
    (texts.rewrite_array_cast, (exp.Cast,)),
    (sources.drop_database_name, (exp.Table,)),
    (sources.name_column_of_rows, (exp.Table, exp.Lateral, exp.Unnest)),
    (sources.cast_timed_series, (exp.Anonymous,)),
    (calls.rewrite_substring, (exp.Substring,)),
    (calls.sort_distinct_values, (exp.GroupConcat, exp.Anonymous)),
    (calls.rewrite_json_aggregate, (exp.Anonymous, exp.Filter, exp.Window)),
    (calls.rewrite_row_function, (exp.Anonymous,)),
    (calls.rename_aggregate, (exp.Anonymous,)),
)
"""Each rule with the classes of the nodes that it gets, in the order in which the rules run."""


def rewrite_query(text: str, columns: Columns) -> str:
    """Return the text of a PostgreSQL query for DuckDB, in a session that has run `session.sql`.

    Args:
        text: One query, as written for AACT.
        columns: The DuckDB type of each column of each table of `ctgov`.

    Raises:
        UnsupportedQuery: The text is not one query, cannot be read as PostgreSQL, or cannot be written for DuckDB.
    """
    query = parse_query(text)
    # Names first: the inference of kinds finds columns by name. The rules come last, because they change the tree.
    _apply_rule(texts.fold_to_lower_case, query, (exp.Identifier,))
    name_columns(query)
    rewrite_numbers(query, columns)
    for rule, types in _RULES:
        _apply_rule(rule, query, types)
    return format_query(query)


def _apply_rule(rule: Callable[..., exp.Expr], query: exp.Query, types: tuple[type[exp.Expr], ...]) -> None:
    """Replace each node of these classes with the rule's result, the innermost node first."""
    # A rule that copies its node must find the nodes inside it finished.
    for node in reversed(list(query.find_all(*types))):
        replacement = rule(node)
        if replacement is not node:
            node.replace(replacement)
