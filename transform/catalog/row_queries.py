"""The SQL that turns staged records into the rows of the catalog's tables.

The records to load are in the temporary table `staged_records`: nct_id, and one column per module of the record. Such a
column is named by the module's path, and is a STRUCT of the catalog's paths with every leaf as text.

The new rows of each table first become a temporary table of their own. The queries of tables that refer to them read
it, and so do the queries that find unreadable values and unknown codes. Every function here is pure and returns SQL;
`warehouse.loading.rows` runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transform.catalog.list_walk import get_module, walk_to_rows
from transform.paths import LIST, build_tree, make_expression, make_struct_type, quote_name, quote_text, split_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from transform.catalog.list_walk import Walk
    from transform.catalog.model import Catalog, Column, RowSource, Table

_IDENTITY = ("id", "nct_id")

# Columns of the new rows only. The space keeps their names different from every column of the catalog.
_SOURCE, _ORDINAL = quote_name("row source"), quote_name("row ordinal")

_UNCHANGED = ("VARCHAR", "VARCHAR[]")
"""Conversions that change nothing."""

_COMPRESSED = {"VARCHAR": " using compression zstd"}
"""Smaller than DuckDB's own choice for texts, and twice as fast to write, because it tries nothing else."""

ROWS_PER_TRIAL = 10_000_000
"""More rows than one trial has in any table; the largest trial so far has some ten thousand."""


@dataclass(frozen=True, slots=True)
class CodeHolder:
    """The column of one table, in its rows from one source, that contains the values of a coded field."""

    path: str
    code_list: str
    table: str
    source: int
    column: Column


def make_record_type(catalog: Catalog) -> str:
    """Make the STRUCT type that a record is read as: the catalog's paths, every leaf as VARCHAR."""
    return make_struct_type(build_tree(catalog.iter_paths()))


def make_staged_columns(catalog: Catalog) -> str:
    """Make the columns of `staged_records`: the modules of a `document`, each under its path."""
    modules = dict.fromkeys(get_module(path) for path in catalog.iter_paths() if path)
    return ", ".join(f"{make_expression(path, {'': 'document'})} as {quote_name(path)}" for path in modules)


def make_table_definition(table: Table) -> str:
    """Make the statements that create an empty table, with a comment on it and on each column."""
    columns = ", ".join(_make_column_definition(column) for column in table.columns)
    comments = (
        f"comment on column {table.qualified}.{quote_name(column.name)} is {quote_text(column.comment)};"
        for column in table.columns
    )
    return "\n".join(
        (
            f"create table {table.qualified} ({columns});",
            f"comment on table {table.qualified} is {quote_text(table.comment)};",
            *comments,
        )
    )


def _make_column_definition(column: Column) -> str:
    return f"{quote_name(column.name)} {column.type}{_COMPRESSED.get(column.type, '')}"


def name_new_rows(qualified: str) -> str:
    """Return the name of the temporary table with the new rows of a table."""
    return quote_name(f"new {qualified}")


def make_rows_query(table: Table, catalog: Catalog) -> str:
    """Make the query that gives a table's rows of the staged records.

    Its columns are: the table's, by name, except those that pandas normalises or the warehouse keeps; `row source`, the
    number of the source of rows; and the text of each value that may be unreadable or is to be normalised, under the
    column's name with `raw ` before it.
    """
    parts = (_make_part(table, catalog, number) for number in range(len(table.rows)))
    rows = " union all by name ".join(f"({part})" for part in parts)
    # Of equal rows, the first one stays.
    if table.distinct:
        rows = f"select * exclude ({_ORDINAL}), min({_ORDINAL}) as {_ORDINAL} from ({rows}) group by all"
    # The row's ordinal goes into its id, and is not kept itself.
    if not table.is_per_trial:
        rows = f"select {_make_id(table)} as id, * exclude ({_ORDINAL}) from ({rows})"
    for column in table.columns:
        rows = _add_reference(column, rows) if column.refers else rows
    return rows


def make_insert(table: Table) -> str:
    """Make the statement that inserts the new rows into a table without normalised columns."""
    named = {column.name for column in table.columns if _is_made(column) or column.refers}
    columns = ", ".join(quote_name(column.name) for column in table.columns if column.name in named)
    return f"insert into {table.qualified} ({columns}) select {columns} from {name_new_rows(table.qualified)}"


def make_unreadable_query(table: Table, catalog: Catalog) -> str | None:
    """Make the query that gives the values of new rows that the table's columns could not take.

    One row per value: nct_id, table_name, column_name, path, raw_value, reason. None for a table whose columns take any
    text.
    """
    checked = [column for column in table.columns if _is_checked(table, column, catalog)]
    if not checked:
        return None
    # A value is unreadable if the record has a text and the column's conversion gives NULL.
    unread = {column: f"{_name_raw(column)} is not null and {quote_name(column.name)} is null" for column in checked}
    entries = []
    for column, condition in unread.items():
        reason = quote_text("does not read as " + column.type)
        entries.append(
            f"{{column_name: {quote_text(column.name)}, path: {_make_path(table, column)}, "
            f"raw_value: {_name_raw(column)}, reason: {reason}, unread: {condition}}}"
        )
    values = ", ".join(entries)
    any_unreadable = " or ".join(f"({condition})" for condition in unread.values())
    return (
        f"select nct_id, {quote_text(table.display_name)} as table_name, value.column_name, value.path, "
        f"value.raw_value, value.reason from (select nct_id, unnest([{values}]) as value "
        f"from {name_new_rows(table.qualified)} where {any_unreadable}) "
        f"where value.unread"
    )


def make_unknown_codes_query(table: Table, holders: Iterable[CodeHolder]) -> str | None:
    """Make the query that gives the codes of new rows that no code list has.

    One row per trial, path and code: nct_id, kind (`code`), path, value, occurrences. None for a table that is not the
    holder of any coded field.
    """
    parts = [
        f"select nct_id, {quote_text(holder.path)} as path, {_unnest_list(holder.column)} as value, "
        f"{quote_text(holder.code_list)} as code_list "
        f"from {name_new_rows(table.qualified)} where {_SOURCE} = {holder.source}"
        for holder in holders
        if holder.table == table.qualified
    ]
    if not parts:
        return None
    return (
        f"select nct_id, 'code' as kind, path, value, count(*) as occurrences from ({' union all '.join(parts)}) "
        "where value is not null and (code_list, value) not in (select (code_list, code) from known_codes) group by all"
    )


def find_code_holders(catalog: Catalog, lists: Mapping[str, str]) -> tuple[CodeHolder, ...]:
    """Find for each coded field the first column of the catalog that holds its codes unchanged.

    Args:
        catalog: the catalog.
        lists: the name of the code list of each coded field, by its path.
    """
    holders: dict[str, CodeHolder] = {}
    for table in catalog.tables:
        for number, rows in enumerate(table.rows):
            for column in table.columns:
                if column.conversion in _UNCHANGED and not column.normalise:
                    for path in lists.keys() & rows.get_paths(column):
                        holders.setdefault(path, CodeHolder(path, lists[path], table.qualified, number, column))
    return tuple(holders.values())


def make_raw_values_query(table: Table, rows: str) -> str:
    """Make the query that gives what pandas normalises: nct_id, and a text column named after each path.

    Args:
        table: a table with normalised columns.
        rows: the SQL name of rows of it, with the columns of `make_rows_query`.
    """
    texts = ", ".join(
        f"{_name_raw(column)} as {quote_name(path)}" for path, column in _map_normalised_paths(table).items()
    )
    return f"select nct_id, {texts} from {rows}"


def _make_part(table: Table, catalog: Catalog, number: int) -> str:
    """Make the query that gives the table's rows of one source; `number` is the source's index."""
    rows = table.rows[number]
    own = [column for column in table.columns if column.name not in _IDENTITY and _is_made(column)]
    raw = [column for column in _list_raw_columns(table, catalog) if rows.get_paths(column)]
    parents = {column.name: catalog.get_table(column.parent).rows[0].path for column in own if column.parent}
    on_the_way = {name: path for name, path in parents.items() if rows.path.startswith(path)}
    wanted = [path for column in (*own, *raw) for path in rows.get_paths(column)]
    before = [source.path for source in table.rows[:number]]
    way = walk_to_rows(
        rows.path,
        [*wanted, *([rows.path] if rows.path else [])],
        on_the_way.values(),
        before,
        _make_condition(rows, catalog),
    )
    # The id of a parent's row is calculated from the parent's ordinal: no join is needed.
    values = {
        column.name: _make_row_id(way.ordinal(on_the_way[column.name]))
        if column.name in on_the_way
        else _make_value(column, rows, way, catalog)
        for column in own
    }
    columns = ["nct_id", *(f"{value} as {quote_name(name)}" for name, value in values.items())]
    columns += [f"{_make_raw_value(column, rows, way, catalog)} as {_name_raw(column)}" for column in raw]
    columns += [f"{number} as {_SOURCE}", *_list_ordinal(table, rows, way, number)]
    exists = f"{way.value(rows.path)} is not null" if rows.path else "true"
    return f"select {', '.join(columns)} from {way.query} where {exists}"


def _make_condition(rows: RowSource, catalog: Catalog) -> Callable[[str], str] | None:
    """Return a function that makes, from the SQL name of an element, the condition that the element is a row."""
    if not rows.where:
        return None
    path, conversion = rows.where
    return lambda element: catalog.conversions[conversion].format(
        make_expression(rows.resolve_path(path), {rows.path: element})
    )


def _list_ordinal(table: Table, rows: RowSource, way: Walk, number: int) -> Iterator[str]:
    """Yield the column with the row's ordinal among the trial's rows; nothing for a table with one row per trial."""
    if not table.is_per_trial:
        lists = [step for step in split_path(rows.path) if step.endswith(LIST)]
        innermost = rows.path[: rows.path.rindex(LIST) + len(LIST)] if lists else ""
        ordinal = way.ordinal(innermost) if lists else "1"
        yield f"{f'{way.before} + {ordinal}' if number else ordinal} as {_ORDINAL}"


def _make_value(column: Column, rows: RowSource, way: Walk, catalog: Catalog) -> str:
    """Make the SQL of a column's value: a constant, NULL for a source that does not have it, or a conversion."""
    if column.name in rows.constants:
        return quote_text(rows.constants[column.name])
    paths = rows.get_paths(column)
    if not paths:
        return f"cast(null as {column.type})"
    texts = (way.value(path) for path in paths)
    return catalog.conversions[column.conversion].format(*texts, position=way.position)


def _make_raw_value(column: Column, rows: RowSource, way: Walk, catalog: Catalog) -> str:
    """Make the SQL of a raw value: the text of a normalised column's conversion, else the record's own text."""
    return _make_value(column, rows, way, catalog) if column.normalise else way.value(rows.get_paths(column)[0])


def _make_id(table: Table) -> str:
    return _make_row_id(f"row_number() over (partition by nct_id order by {_ORDINAL})" if table.distinct else _ORDINAL)


def _make_row_id(ordinal: str) -> str:
    return f"cast(substr(nct_id, 4) as bigint) * {ROWS_PER_TRIAL} + {ordinal}"


def _add_reference(column: Column, rows: str) -> str:
    """Return the query of the rows, with the id of the row that each of them refers to; of several, the first."""
    refers = column.refers
    assert refers is not None
    target_columns = ", ".join(quote_name(name) for name in refers.on.values())
    same = " and ".join(
        f"made.{quote_name(column_name)} = target.{quote_name(target_name)}"
        for column_name, target_name in refers.on.items()
    )
    return (
        f"select made.*, target.id as {quote_name(column.name)} from ({rows}) as made left join ("
        f"select nct_id, {target_columns}, min(id) as id from {name_new_rows(refers.table)} "
        f"where {refers.where} group by all"
        f") as target on made.nct_id = target.nct_id and {same}"
    )


def _unnest_list(column: Column) -> str:
    return f"unnest({quote_name(column.name)})" if column.type == "VARCHAR[]" else quote_name(column.name)


def _is_made(column: Column) -> bool:
    """Return whether the column's value is an expression over the record."""
    return not (column.normalise or column.state or column.refers)


def _is_checked(table: Table, column: Column, catalog: Catalog) -> bool:
    """Return whether a text that the column cannot take is a problem."""
    is_read = _is_made(column) and column.name not in _IDENTITY and bool(table.get_column_paths(column))
    return is_read and not column.free_text and column.conversion in catalog.casts


def _list_raw_columns(table: Table, catalog: Catalog) -> list[Column]:
    """Return the columns whose raw texts are kept beside the new rows."""
    checked = [column for column in table.columns if _is_checked(table, column, catalog)]
    return [*checked, *_map_normalised_paths(table).values()]


def _map_normalised_paths(table: Table) -> dict[str, Column]:
    """Return the paths that pandas normalises, each with the first column that comes from it."""
    # Of several columns of one path, the last one that is put into the dictionary stays: the table's first.
    return {column.path[0]: column for column in reversed(table.columns) if column.normalise}


def _name_raw(column: Column) -> str:
    return quote_name(f"raw {column.name}")


def _make_path(table: Table, column: Column) -> str:
    """Make the SQL of the path that a new row's value was read from."""
    paths = [(rows.get_paths(column) or ("",))[0] for rows in table.rows]
    if len(set(paths)) == 1:
        return quote_text(paths[0])
    return f"[{', '.join(quote_text(path) for path in paths)}][{_SOURCE} + 1]"
