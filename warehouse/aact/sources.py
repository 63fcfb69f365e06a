"""Rewrites what stands in `from`: tables of a database named `aact`, and functions that give rows."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.dialect import is_call_of

_DATABASE = "aact"


def name_own_table(table: exp.Table) -> exp.Expr:
    """`aact.ctgov.studies` as `ctgov.studies`."""
    if table.catalog == _DATABASE:
        table.set("catalog", None)
    return table


def name_rows(source: exp.Expr) -> exp.Expr:
    """`unnest(x) as y` and `generate_series(…) as y` as `… as y(y)`: in PostgreSQL the name is the column's too."""
    function = source.this if isinstance(source, exp.Table | exp.Lateral) else source
    alias = source.args.get("alias")
    if isinstance(function, exp.Anonymous | exp.Unnest) and alias and alias.this and not alias.columns:
        alias.set("columns", [alias.this.copy()])
    return source


def make_timed_series(node: exp.Anonymous) -> exp.Expr:
    """`generate_series(date, date, '1 month')` with timestamps and an interval, which DuckDB asks for."""
    if is_call_of(node) != "generate_series" or len(node.expressions) < 3:
        return node
    first, last, step = node.expressions
    if step.is_string:
        step = exp.cast(step, exp.DType.INTERVAL)
    if isinstance(step, exp.Interval) or (isinstance(step, exp.Cast) and step.to.is_type(exp.DType.INTERVAL)):
        first, last = exp.cast(first, exp.DType.TIMESTAMP), exp.cast(last, exp.DType.TIMESTAMP)
    node.set("expressions", [first, last, step])
    return node
