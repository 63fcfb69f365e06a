"""Rewrite a PostgreSQL query where neither a setting nor a macro makes DuckDB answer as PostgreSQL does.

`docs/aact.md` lists the same rewrites for users of other clients, who make them by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp

from warehouse.aact import calls, comparisons, documents, rounded_texts, sources, texts
from warehouse.aact.columns import ColumnFinder
from warehouse.aact.dialect import format_query, parse_query, parse_statement
from warehouse.aact.kinds import KindInference
from warehouse.aact.names import name_columns
from warehouse.aact.numbers import APPROXIMATE_TYPES, rewrite_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.aact.columns import Columns

_RULES: tuple[tuple[Callable[..., exp.Expr], tuple[type[exp.Expr], ...]], ...] = (
    (rounded_texts.write_decimals, (exp.Anonymous,)),
    (comparisons.compare_each_element, comparisons.PATTERNS),
    (comparisons.rewrite_array_operand, (exp.Any, exp.All)),
    (comparisons.rewrite_similar_to, (exp.SimilarTo,)),
    (comparisons.rewrite_between_symmetric, (exp.Between,)),
    (texts.rewrite_text_cast, (exp.Cast,)),
    (texts.rewrite_array_cast, (exp.Cast,)),
    (sources.drop_database_name, (exp.Table,)),
    (sources.drop_schema_of_column, (exp.Column,)),
    (sources.sample_percent, (exp.TableSample,)),
    (sources.select_something, (exp.Exists,)),
    (sources.read_catalog_view, (exp.Table,)),
    (sources.name_column_of_rows, (exp.Table, exp.Lateral, exp.Unnest)),
    (sources.cast_timed_series, (exp.Anonymous,)),
    (calls.rewrite_substring, (exp.Substring,)),
    (calls.sort_distinct_values, (exp.GroupConcat, exp.Anonymous)),
    (calls.rewrite_overlaps, (exp.Overlaps,)),
    (documents.rewrite_json_aggregate, (exp.Anonymous, exp.Filter, exp.Window)),
    (documents.rewrite_json_builder, (exp.Anonymous,)),
    (calls.rewrite_row_function, (exp.Anonymous,)),
    (calls.rename_aggregate, (exp.Anonymous,)),
)
"""Each rule with the classes of the nodes that it gets, in the order in which the rules run."""


class RewrittenQuery(NamedTuple):
    """A query for DuckDB, and the types of its columns that are numbers in PostgreSQL, as far as it says."""

    text: str
    types: dict[str, str]


def rewrite_query(text: str, columns: Columns) -> RewrittenQuery:
    """Rewrite a PostgreSQL query for DuckDB, in a session that has run `session.sql`.

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
    finder = ColumnFinder(query, columns)
    kinds = KindInference(finder)
    found = {column.output_name: kinds.infer_kind(column) for column in query.selects}
    documents.DocumentRewrite(finder).rewrite(query)
    rewrite_numbers(query, kinds)
    for rule, types in _RULES:
        _apply_rule(rule, query, types)
    return RewrittenQuery(format_query(query), {name: kind.name.lower() for name, kind in found.items() if kind})


def rewrite_table(text: str) -> str:
    """Return the text of a PostgreSQL `create table` with a list of columns for DuckDB.

    Raises:
        UnsupportedQuery: The text cannot be read as PostgreSQL, or cannot be written for DuckDB.
    """
    table = parse_statement(text)
    for data_type in list(table.find_all(exp.DataType)):
        if data_type.is_type(*APPROXIMATE_TYPES) and not data_type.expressions:
            data_type.replace(exp.DType.DOUBLE.into_expr())
    return format_query(table)


def _apply_rule(rule: Callable[..., exp.Expr], query: exp.Query, types: tuple[type[exp.Expr], ...]) -> None:
    """Replace each node of these classes with the rule's result, the innermost node first."""
    # A rule that copies its node must find the nodes inside it finished.
    for node in reversed(list(query.find_all(*types))):
        replacement = rule(node)
        if replacement is not node:
            node.replace(replacement)
