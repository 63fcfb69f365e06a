"""Rewrite the sources in a `from`: tables of a database named `aact`, and functions that return rows."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.dialect import get_called_name, is_interval

_DATABASE = "aact"
_CATALOG_VIEWS = {
    ("information_schema", "columns"): "information_schema_columns",
    ("pg_catalog", "pg_stat_user_tables"): "pg_stat_user_tables",
}
"""PostgreSQL's own views, each with the view of `ctgov` that tells the same."""


def drop_database_name(table: exp.Table) -> exp.Expr:
    """Rewrite `aact.ctgov.studies` to `ctgov.studies`."""
    if table.catalog == _DATABASE:
        table.set("catalog", None)
    return table


def drop_schema_of_column(column: exp.Column) -> exp.Expr:
    """Rewrite `ctgov.studies.nct_id` to `studies.nct_id`, and `ctgov.studies.*` to `studies.*`."""
    column.set("catalog", None)
    column.set("db", None)
    return column


def sample_percent(sample: exp.TableSample) -> exp.Expr:
    """Rewrite `tablesample bernoulli (10)`: PostgreSQL's number is a percentage, and DuckDB's a number of rows."""
    # The writer for PostgreSQL leaves out the percent sign, so it becomes a part of the number.
    percent = sample.args.get("percent")
    if percent is not None:
        sample.set("percent", exp.Var(this=f"{percent.sql()} percent"))
    return sample


def select_something(exists: exp.Exists) -> exp.Expr:
    """Rewrite `exists (select from …)` to `exists (select 1 from …)`: DuckDB needs a column."""
    query = exists.this.unnest()
    if isinstance(query, exp.Select) and not query.expressions:
        query.set("expressions", [exp.Literal.number(1)])
    return exists


def read_catalog_view(table: exp.Table) -> exp.Expr:
    """Rewrite `information_schema.columns` to the view of `ctgov` that tells PostgreSQL's types."""
    view = _CATALOG_VIEWS.get((table.db, table.name))
    if view is None:
        return table
    alias = table.alias or table.name
    return exp.alias_(exp.table_(view, db="ctgov"), alias, table=True)


def name_column_of_rows(source: exp.Expr) -> exp.Expr:
    """Rewrite `unnest(x) as y` and `generate_series(…) as y` to `… as y(y)`.

    In PostgreSQL the name of such a source is also the name of its column.
    """
    function = source.this if isinstance(source, exp.Table | exp.Lateral) else source
    alias = source.args.get("alias")
    # Leave a source alone if the query names its columns itself.
    if isinstance(function, exp.Anonymous | exp.Unnest) and alias and alias.this and not alias.columns:
        alias.set("columns", [alias.this.copy()])
    return source


def cast_timed_series(node: exp.Anonymous) -> exp.Expr:
    """Cast the arguments of `generate_series(date, date, '1 month')` to timestamps and an interval, as DuckDB needs."""
    if get_called_name(node) != "generate_series" or len(node.expressions) < 3:
        return node
    first, last, step = node.expressions
    # PostgreSQL reads the text '1 month' as an interval here.
    if step.is_string:
        step = exp.cast(step, exp.DType.INTERVAL)
    if is_interval(step):
        first, last = exp.cast(first, exp.DType.TIMESTAMP), exp.cast(last, exp.DType.TIMESTAMP)
    node.set("expressions", [first, last, step])
    return node
