"""Infer which kind of number an expression is in PostgreSQL, as far as the query says.

DuckDB counts in integers where PostgreSQL has `numeric` (the sum of counts, `extract`), and has one DOUBLE where
PostgreSQL has two types that round differently. `numbers` needs the kind where that changes an answer.
"""

from __future__ import annotations

from enum import IntEnum
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.aact.dialect import get_called_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.aact.columns import ColumnFinder


class Kind(IntEnum):
    """A kind of number: an operation on two kinds gives the higher one.

    A date is not a number, but the difference of two dates is.
    """

    DATE = 1
    INTEGER = 2
    BIGINT = 3
    NUMERIC = 4
    DOUBLE = 5


# Columns and casts: AACT has `numeric` where the warehouse has DOUBLE, except in the columns of `_DOUBLE_COLUMNS`.
# The columns of a table that an earlier statement made have the names of kinds.
_KIND_OF_COLUMN = {
    "DATE": Kind.DATE,
    "INTEGER": Kind.INTEGER,
    "BIGINT": Kind.BIGINT,
    "DOUBLE": Kind.NUMERIC,
    **{kind.name.lower(): kind for kind in Kind},
}
_DOUBLE_COLUMNS = {("outcome_analyses", "p_value")}
_KIND_OF_CAST = {
    "DATE": Kind.DATE,
    "INT": Kind.INTEGER,
    "SMALLINT": Kind.INTEGER,
    "BIGINT": Kind.BIGINT,
    "DECIMAL": Kind.NUMERIC,
    "DOUBLE": Kind.DOUBLE,
    "FLOAT": Kind.DOUBLE,
}

# Function calls: those of one fixed kind, those of the kind of their arguments, and those that widen an integer.
_KIND_OF_CALL = {
    **dict.fromkeys(("to_date",), Kind.DATE),
    **dict.fromkeys(("length", "char_length", "array_length", "cardinality", "strpos"), Kind.INTEGER),
    **dict.fromkeys(("count", "row_number", "rank", "dense_rank"), Kind.BIGINT),
    **dict.fromkeys(("date_part", "percentile_cont", "percent_rank", "cume_dist", "random"), Kind.DOUBLE),
}
_KIND_OF_ARGUMENTS = {
    *("coalesce", "greatest", "least", "nullif", "min", "max", "abs", "mod"),
    *("lag", "lead", "first_value", "last_value", "nth_value"),
}
_NUMERIC_FROM_INTEGER = {"avg", "div", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"}
_DOUBLE_FROM_INTEGER = {"round", "trunc", "ceil", "ceiling", "floor", "sqrt", "power", "exp", "ln", "log"}
_ROUNDED_TO_PLACES = {"round", "trunc"}


class KindInference:
    """The kinds of the expressions of one query.

    Args:
        finder: What the columns of the query are.
    """

    def __init__(self, finder: ColumnFinder) -> None:
        self._finder = finder

    @singledispatchmethod
    def infer_kind(self, _node: object) -> Kind | None:
        """Return the kind of an expression, or None if it is not a number or the query does not say."""
        return None

    @infer_kind.register
    def _(self, node: exp.Paren | exp.Neg | exp.Alias | exp.Window | exp.Filter | exp.WithinGroup) -> Kind | None:
        return self.infer_kind(node.this)

    @infer_kind.register
    def _(self, node: exp.Literal) -> Kind | None:
        if node.is_string:
            return None
        return Kind.INTEGER if node.is_int else Kind.NUMERIC

    @infer_kind.register
    def _(self, node: exp.Cast) -> Kind | None:
        return _KIND_OF_CAST.get(node.to.this.name)

    @infer_kind.register
    def _(self, _node: exp.Extract) -> Kind | None:
        return Kind.NUMERIC

    @infer_kind.register
    def _(self, node: exp.Add | exp.Mul | exp.Div | exp.Mod) -> Kind | None:
        return self._infer_widest([node.left, node.right])

    @infer_kind.register
    def _(self, node: exp.Sub) -> Kind | None:
        if self.infer_kind(node.left) == self.infer_kind(node.right) == Kind.DATE:
            return Kind.INTEGER
        return self._infer_widest([node.left, node.right])

    @infer_kind.register
    def _(self, node: exp.Case) -> Kind | None:
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return self._infer_widest([*branches, node.args.get("default")])

    @infer_kind.register
    def _(self, node: exp.Subquery) -> Kind | None:
        return self.infer_kind(node.selects[0])

    @infer_kind.register
    def _(self, node: exp.Column) -> Kind | None:
        definition = self._finder.find_definition(node)
        if not isinstance(definition, tuple):
            return self.infer_kind(definition)
        table, data_type = definition
        return (
            Kind.DOUBLE if (table, node.name) in _DOUBLE_COLUMNS else _KIND_OF_COLUMN.get(data_type.partition("(")[0])
        )

    @infer_kind.register
    def _(self, node: exp.Anonymous) -> Kind | None:
        name, arguments = get_called_name(node), node.expressions
        if name in _KIND_OF_CALL:
            return _KIND_OF_CALL[name]
        if name in _KIND_OF_ARGUMENTS:
            return self._infer_widest(arguments[:2])
        if not arguments:
            return None
        return _get_kind_of_call(name, self.infer_kind(strip_aggregate_options(arguments[0])), len(arguments))

    def _infer_widest(self, nodes: Iterable[exp.Expr | None]) -> Kind | None:
        """Return the highest kind of the expressions, or None if one is unknown or a date meets a number."""
        # A NULL takes the kind of the others.
        kinds = {self.infer_kind(node) for node in nodes if node is not None and not isinstance(node, exp.Null)}
        if None in kinds or (Kind.DATE in kinds and len(kinds) > 1):
            return None
        return max((kind for kind in kinds if kind is not None), default=None)


def _get_kind_of_call(name: str, first: Kind | None, arguments: int) -> Kind | None:
    """Return the kind of a call, from the kind of its first argument and the number of its arguments."""
    if first in {None, Kind.DATE}:
        return None
    if name == "sum":
        return Kind.BIGINT if first == Kind.INTEGER else max(first, Kind.NUMERIC)
    if name in _NUMERIC_FROM_INTEGER or (name in _ROUNDED_TO_PLACES and arguments > 1):
        return max(first, Kind.NUMERIC)
    if name in _DOUBLE_FROM_INTEGER:
        return Kind.NUMERIC if first == Kind.NUMERIC else Kind.DOUBLE
    return None


def strip_aggregate_options(argument: exp.Expr) -> exp.Expr:
    """Return the argument of an aggregate without `distinct` and `order by`."""
    while isinstance(argument, exp.Order):
        argument = argument.this
    return argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
