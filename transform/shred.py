"""Statements that turn staged records into the rows of the catalog's tables.

The records to load stand in the temporary table `staged` (nct_id VARCHAR, record STRUCT of all the paths of the
catalog, every leaf as text). Everything here is a pure function that gives SQL; `warehouse.load` runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transform.paths import LIST, expression, literal, quoted, steps, struct_type, tree

if TYPE_CHECKING:
    from transform.catalog import Catalog, Column, Rows, Table

ROWS_PER_TRIAL = 10_000_000
"""More rows than one trial has in any table; the largest seen has some ten thousand."""

_CASTS = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DATE")


@dataclass(frozen=True, slots=True)
class _Source:
    """A source of rows as SQL: the query, SQL names of the places at hand, and the places of its elements."""

    query: str
    origins: dict[str, str]
    places: tuple[str, ...]


def record_type(catalog: Catalog) -> str:
    """The STRUCT that a record is read as: the catalog's paths, every leaf as VARCHAR."""
    return struct_type(tree(catalog.paths()))


def table_definition(table: Table) -> str:
    """The statements that create the table, empty, with a comment on it and on each column."""
    columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
    comments = (
        f"comment on column {table.qualified}.{quoted(column.name)} is {literal(column.comment)};"
        for column in table.columns
    )
    return "\n".join(
        (
            f"create table {table.qualified} ({columns});",
            f"comment on table {table.qualified} is {literal(table.comment)};",
            *comments,
        )
    )


def rows_query(table: Table, catalog: Catalog) -> str:
    """The query that gives the table's rows of the staged records.

    Its columns are the table's, by name, but for those that pandas normalises or the warehouse keeps.
    """
    parts = [_part(table, catalog, rows, number) for number, rows in enumerate(table.rows)]  # one a source of rows
    together = " union all by name ".join(f"({part})" for part in parts)
    if table.per_trial:
        return together
    number = "cast(substr(nct_id, 4) as bigint)"
    return (
        f"select {number} * {ROWS_PER_TRIAL} + {_place_in_trial(table)} as id, "
        f"columns(lambda name: not starts_with(name, 'place ')) from ({together})"
    )


def unread_query(table: Table, catalog: Catalog) -> str | None:
    """The query that gives the values of the staged records that the table's columns could not take.

    One row a value: nct_id, table_name, column_name, path, raw_value, reason. None for a table whose columns
    take any text.
    """
    parts = [part for rows in table.rows if (part := _unread_part(table, catalog, rows))]
    return " union all ".join(f"({part})" for part in parts) or None


def raw_values_query(table: Table, catalog: Catalog) -> str:
    """The query that gives what pandas is to normalise: nct_id and a text column named after each path."""
    source = _source(table.rows[0])
    texts = {
        column.path[0]: _value(column, table.rows[0], source, catalog) for column in table.columns if column.normalise
    }
    columns = ", ".join(f"{value} as {quoted(path)}" for path, value in texts.items())
    return f"select nct_id, {columns} from ({source.query})"


def _part(table: Table, catalog: Catalog, rows: Rows, number: int) -> str:
    source = _source(rows)
    values = {
        column.name: _value(column, rows, source, catalog)
        for column in table.columns
        if column.name not in {"id", "nct_id"} and not column.normalise and not column.state
    }
    columns = ["nct_id", *(f"{value} as {quoted(name)}" for name, value in values.items())]
    if not table.per_trial:
        columns += [f'{number} as "place 0"']
        columns += [f'{place} as "place {depth}"' for depth, place in enumerate(source.places, 1)]
    return f"select {', '.join(columns)} from ({source.query}) where {source.origins[rows.path]} is not null"


def _place_in_trial(table: Table) -> str:
    depth = max(sum(step.endswith(LIST) for step in steps(rows.path)) for rows in table.rows)
    if depth == 0:
        return "1"
    if depth == 1 and len(table.rows) == 1:
        return '"place 1"'
    order = ", ".join(f'"place {level}"' for level in range(depth + 1))
    return f"row_number() over (partition by nct_id order by {order})"


def _source(rows: Rows) -> _Source:
    query, origins = "select nct_id, record from staged", {"": "record"}
    places: list[str] = []
    walked: list[str] = []
    for step in steps(rows.path):
        walked.append(step)
        if step.endswith(LIST):
            path, depth = ".".join(walked), len(places) + 1
            elements = expression(path, origins)
            query = (
                f"select *, unnest({elements}) as row{depth}, "
                f"generate_subscripts({elements}, 1) as place{depth} from ({query})"
            )
            origins[path] = f"row{depth}"
            places.append(f"place{depth}")
    origins.setdefault(rows.path, expression(rows.path, origins))
    return _Source(query, origins, tuple(places))


def _value(column: Column, rows: Rows, source: _Source, catalog: Catalog) -> str:
    if column.name in rows.constants:
        return literal(rows.constants[column.name])
    paths = rows.paths_of(column)
    if not paths:
        return f"cast(null as {column.type})"
    texts = (expression(path, source.origins) for path in paths)
    position = source.places[-1] if source.places else "1"
    return catalog.conversions[column.conversion].format(*texts, position=position)


def _unread_part(table: Table, catalog: Catalog, rows: Rows) -> str | None:
    source = _source(rows)
    candidates = []
    for column in table.columns:
        paths = rows.paths_of(column)
        if column.conversion in _CASTS and not column.normalise and column.name != "id" and paths:
            raw = expression(paths[0], source.origins)
            value = _value(column, rows, source, catalog)
            candidates.append(
                f"{{column_name: {literal(column.name)}, path: {literal(paths[0])}, raw_value: {raw}, "
                f"reason: {literal('does not read as ' + column.type)}, "
                f"unread: {raw} is not null and ({value}) is null}}"
            )
    if not candidates:
        return None
    return (
        f"select nct_id, {literal(table.spoken)} as table_name, value.column_name, value.path, "
        f"value.raw_value, value.reason "
        f"from (select nct_id, unnest([{', '.join(candidates)}]) as value from ({source.query})) "
        f"where value.unread"
    )
