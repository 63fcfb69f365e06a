"""What kind of number an expression is in PostgreSQL, as far as the query tells.

DuckDB counts in integers where PostgreSQL has `numeric` (the sum of counts, `extract`), and has one DOUBLE where
PostgreSQL has two types that round differently. Where that changes an answer, `numbers` needs to know the kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from functools import singledispatchmethod

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from warehouse.aact.dialect import is_call_of

Columns = Mapping[str, Mapping[str, str]]
"""The DuckDB type of each column of each table of `ctgov`."""


class Kind(IntEnum):
    """Kinds of number, each taking over those before it; a date is none, but the difference of two is."""

    DATE = 0
    INTEGER = 1
    BIGINT = 2
    NUMERIC = 3
    DOUBLE = 4


_OF_COLUMN = {"DATE": Kind.DATE, "INTEGER": Kind.INTEGER, "BIGINT": Kind.BIGINT, "DOUBLE": Kind.NUMERIC}
_TRUE_DOUBLES = {("outcome_analyses", "p_value")}
"""All other DOUBLE columns are `numeric` in AACT."""

_OF_CAST = {
    "DATE": Kind.DATE,
    "INT": Kind.INTEGER,
    "SMALLINT": Kind.INTEGER,
    "BIGINT": Kind.BIGINT,
    "DECIMAL": Kind.NUMERIC,
    "DOUBLE": Kind.DOUBLE,
    "FLOAT": Kind.DOUBLE,
}
_OF_CALL = {
    **dict.fromkeys(("to_date",), Kind.DATE),
    **dict.fromkeys(("length", "char_length", "array_length", "cardinality", "strpos"), Kind.INTEGER),
    **dict.fromkeys(("count", "row_number", "rank", "dense_rank"), Kind.BIGINT),
    **dict.fromkeys(("date_part", "percentile_cont", "percent_rank", "cume_dist", "random"), Kind.DOUBLE),
}
_AS_ARGUMENTS = {
    *("coalesce", "greatest", "least", "nullif", "min", "max", "abs", "mod"),
    *("lag", "lead", "first_value", "last_value", "nth_value"),
}
_NUMERIC_OF_INTEGERS = {"avg", "div", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"}
_DOUBLE_OF_INTEGERS = {"round", "trunc", "ceil", "ceiling", "floor", "sqrt", "power", "exp", "ln", "log"}
_ROUNDED_TO_PLACES = {"round", "trunc"}


class Kinds:
    """Tells the kinds of a query's expressions.

    Args:
        query: the query, its columns named.
        columns: the types of the tables' columns.
    """

    def __init__(self, query: exp.Query, columns: Columns) -> None:
        self._columns = columns
        self._scopes = {id(scope.expression): scope for scope in traverse_scope(query)}

    @singledispatchmethod
    def of(self, _node: object) -> Kind | None:
        """The kind of an expression; None where it is no number or the query does not tell."""
        return None

    @of.register
    def _(self, node: exp.Paren | exp.Neg | exp.Alias | exp.Window | exp.Filter | exp.WithinGroup) -> Kind | None:
        return self.of(node.this)

    @of.register
    def _(self, node: exp.Literal) -> Kind | None:
        if node.is_string:
            return None
        return Kind.INTEGER if node.is_int else Kind.NUMERIC

    @of.register
    def _(self, node: exp.Cast) -> Kind | None:
        return _OF_CAST.get(node.to.this.name)

    @of.register
    def _(self, _node: exp.Extract) -> Kind | None:
        return Kind.NUMERIC

    @of.register
    def _(self, node: exp.Add | exp.Mul | exp.Div | exp.Mod) -> Kind | None:
        return self._widest([node.left, node.right])

    @of.register
    def _(self, node: exp.Sub) -> Kind | None:
        of_dates = self.of(node.left) == self.of(node.right) == Kind.DATE
        return Kind.INTEGER if of_dates else self._widest([node.left, node.right])

    @of.register
    def _(self, node: exp.Case) -> Kind | None:
        return self._widest([branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")])

    @of.register
    def _(self, node: exp.Subquery) -> Kind | None:
        return self.of(node.selects[0])

    @of.register
    def _(self, node: exp.Column) -> Kind | None:
        return next((kind for source in self._sources(node) for kind in self._in_source(source, node.name)), None)

    @of.register
    def _(self, node: exp.Anonymous) -> Kind | None:
        name, arguments = is_call_of(node), node.expressions
        if name in _OF_CALL:
            return _OF_CALL[name]
        if name in _AS_ARGUMENTS:
            return self._widest(arguments[:2])
        return _of_call(name, self.of(_plain(arguments[0])), len(arguments)) if arguments else None

    def _widest(self, nodes: Iterable[exp.Expr | None]) -> Kind | None:
        kinds = {self.of(node) for node in nodes if node is not None and not isinstance(node, exp.Null)}
        if None in kinds or (Kind.DATE in kinds and len(kinds) > 1):
            return None
        return max((kind for kind in kinds if kind is not None), default=None)

    def _sources(self, column: exp.Column) -> Iterator[Scope | exp.Table]:
        """What the column may be of: what its query selects from, then what the queries around it do."""
        query = column.find_ancestor(exp.Select, exp.SetOperation)
        while query is not None and id(query) not in self._scopes:
            query = query.find_ancestor(exp.Select, exp.SetOperation)
        scope = self._scopes.get(id(query))
        while scope is not None:
            for name, (_, source) in scope.selected_sources.items():
                if column.table in {"", name}:
                    yield source
            scope = scope.parent

    def _in_source(self, source: Scope | exp.Table, name: str) -> Iterator[Kind | None]:
        """The kind of the source's column of this name, or nothing where it has none."""
        if isinstance(source, exp.Table):
            if (source.name, name) in _TRUE_DOUBLES:
                yield Kind.DOUBLE
            elif name in self._columns.get(source.name, {}):
                yield _OF_COLUMN.get(self._columns[source.name][name])
            return
        selected = getattr(source.expression, "selects", [])  # a lateral has none
        names = source.outer_columns or [column.output_name for column in selected]
        yield from (self.of(column) for own, column in zip(names, selected, strict=False) if own == name)


def _of_call(name: str, first: Kind | None, arguments: int) -> Kind | None:
    """The kind of a call, by its first argument's."""
    if first in {None, Kind.DATE}:
        return None
    if name == "sum":
        return Kind.BIGINT if first == Kind.INTEGER else max(first, Kind.NUMERIC)
    if name in _NUMERIC_OF_INTEGERS or (name in _ROUNDED_TO_PLACES and arguments > 1):
        return max(first, Kind.NUMERIC)
    if name in _DOUBLE_OF_INTEGERS:
        return Kind.NUMERIC if first == Kind.NUMERIC else Kind.DOUBLE
    return None


def _plain(argument: exp.Expr) -> exp.Expr:
    """The argument of an aggregate without `distinct` and `order by`."""
    while isinstance(argument, exp.Order):
        argument = argument.this
    return argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
