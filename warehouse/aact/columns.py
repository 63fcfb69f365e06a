"""Find what a column of a query is: a column of a table, or an expression of a query inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

Columns = Mapping[str, Mapping[str, str]]
"""The DuckDB type of each column of each table that a query can name without a schema."""


class ColumnFinder:
    """The sources of the columns of one query.

    Args:
        query: The query, whose columns all have names.
        columns: The types of the tables' columns.
    """

    def __init__(self, query: exp.Query, columns: Columns) -> None:
        self._columns = columns
        # By identity, because equal subqueries at two places of a query compare as equal.
        self._scopes = {id(scope.expression): scope for scope in traverse_scope(query)}

    def find_definition(self, column: exp.Column) -> tuple[str, str] | exp.Expr | None:
        """Return the table and the DuckDB type of a column, or the expression that it names, or None if unknown.

        The first source that has the column decides.
        """
        for source in self._list_sources(column):
            for definition in self._find_in_source(source, column.name):
                return definition
        return None

    def _list_sources(self, column: exp.Column) -> Iterator[Scope | exp.Table]:
        """Yield the sources that may have the column: those of its own query, then those of the queries around it."""
        query = column.find_ancestor(exp.Select, exp.SetOperation)
        while query is not None and id(query) not in self._scopes:
            query = query.find_ancestor(exp.Select, exp.SetOperation)
        # A correlated subquery may use a column of a query around it, so go outwards.
        scope = self._scopes.get(id(query))
        while scope is not None:
            for name, (_, source) in scope.selected_sources.items():
                if column.table in {"", name}:
                    yield source
            scope = scope.parent

    def _find_in_source(self, source: Scope | exp.Table, name: str) -> Iterator[tuple[str, str] | exp.Expr]:
        """Yield the source's column of this name; yield nothing if it has no such column."""
        if isinstance(source, exp.Table):
            if name in self._columns.get(source.name, {}):
                yield source.name, self._columns[source.name][name]
            return
        # The source of a lateral join has no `selects`.
        selected = getattr(source.expression, "selects", [])
        names = source.outer_columns or [column.output_name for column in selected]
        for column_name, column in zip(names, selected, strict=False):
            if column_name == name:
                yield column
