"""Statements that turn staged records into the rows of the catalog's tables.

The records to load stand in the temporary table `staged_records`: nct_id, and one column a module of the record, named
by its path, a STRUCT of the catalog's paths with every leaf as text. The new rows of each table become a temporary
table of their own first. Tables that refer to them read it, and so does the search for values that could not be read.
Everything here is a pure function that gives SQL; `warehouse.loading.rows` runs it.
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

_SOURCE, _PLACE = quote_name("row source"), quote_name("row place")

_AS_THEY_ARE = ("VARCHAR", "VARCHAR[]")
"""Conversions that change nothing."""

_COMPRESSED = {"VARCHAR": " using compression zstd"}
"""Smaller than what DuckDB chooses for records' texts, and twice as quick to write, for it tries nothing else."""

ROWS_PER_TRIAL = 10_000_000
"""More rows than one trial has in any table; the largest seen has some ten thousand."""


@dataclass(frozen=True, slots=True)
class CodeHolder:
    """Where a coded field's values stand: a column of a table's rows from one source; and their code list."""

    path: str
    code_list: str
    table: str
    source: int
    column: Column


def make_record_type(catalog: Catalog) -> str:
    """The STRUCT that a record is read as: the catalog's paths, every leaf as VARCHAR."""
    return make_struct_type(build_tree(catalog.paths()))


def make_staged_columns(catalog: Catalog) -> str:
    """What `staged_records` takes of a `document` of the record's type: the modules, each under its path."""
    modules = dict.fromkeys(get_module(path) for path in catalog.paths() if path)
    return ", ".join(f"{make_expression(path, {'': 'document'})} as {quote_name(path)}" for path in modules)


def make_table_definition(table: Table) -> str:
    """The statements that create the table, empty, with a comment on it and on each column."""
    columns = ", ".join(_definition(column) for column in table.columns)
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


def _definition(column: Column) -> str:
    return f"{quote_name(column.name)} {column.type}{_COMPRESSED.get(column.type, '')}"


def name_new_rows(qualified: str) -> str:
    """The name of the temporary table with a table's rows of the staged records."""
    return quote_name(f"new {qualified}")


def make_rows_query(table: Table, catalog: Catalog) -> str:
    """The query that gives the table's rows of the staged records.

    Its columns are the table's, by name, but for those that pandas normalises or the warehouse keeps; `row source`,
    the number of the source of rows; and the text of each value that may be unreadable or is to be normalised, under
    the column's name with `raw ` before it.
    """
    parts = (_part(table, catalog, number) for number in range(len(table.rows)))
    rows = " union all by name ".join(f"({part})" for part in parts)
    if table.distinct:
        rows = f"select * exclude ({_PLACE}), min({_PLACE}) as {_PLACE} from ({rows}) group by all"
    if not table.per_trial:
        rows = f"select {_id(table)} as id, * exclude ({_PLACE}) from ({rows})"
    for column in table.columns:
        rows = _referring(column, rows) if column.refers else rows
    return rows


def make_insert(table: Table) -> str:
    """The statement that inserts the new rows into a table of which pandas normalises nothing."""
    named = {column.name for column in table.columns if _is_made(column) or column.refers}
    columns = ", ".join(quote_name(column.name) for column in table.columns if column.name in named)
    return f"insert into {table.qualified} ({columns}) select {columns} from {name_new_rows(table.qualified)}"


def make_unreadable_query(table: Table, catalog: Catalog) -> str | None:
    """The query that gives the new rows' values that the table's columns could not take.

    One row a value: nct_id, table_name, column_name, path, raw_value, reason. None for a table whose columns
    take any text.
    """
    checked = [column for column in table.columns if _is_checked(table, column, catalog)]
    if not checked:
        return None
    unread = {column: f"{_raw(column)} is not null and {quote_name(column.name)} is null" for column in checked}
    values = ", ".join(
        f"{{column_name: {quote_text(column.name)}, path: {_path(table, column)}, raw_value: {_raw(column)}, "
        f"reason: {quote_text('does not read as ' + column.type)}, unread: {condition}}}"
        for column, condition in unread.items()
    )
    any_unreadable = " or ".join(f"({condition})" for condition in unread.values())
    return (
        f"select nct_id, {quote_text(table.spoken)} as table_name, value.column_name, value.path, "
        f"value.raw_value, value.reason from (select nct_id, unnest([{values}]) as value "
        f"from {name_new_rows(table.qualified)} where {any_unreadable}) "
        f"where value.unread"
    )


def make_unknown_codes_query(table: Table, holders: Iterable[CodeHolder]) -> str | None:
    """The query that gives the codes among the new rows that are in no code list.

    One row a trial, path and code: nct_id, kind (`code`), path, value, occurrences. None for a table that is not the
    holder of any coded field.
    """
    parts = [
        f"select nct_id, {quote_text(holder.path)} as path, {_each(holder.column)} as value, "
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
    """The first column of the catalog that holds the codes of each field as they are.

    Args:
        catalog: the catalog.
        lists: the name of the code list of each coded field, by its path.
    """
    holders: dict[str, CodeHolder] = {}
    for table in catalog.tables:
        for number, rows in enumerate(table.rows):
            for column in table.columns:
                if column.conversion in _AS_THEY_ARE and not column.normalise:
                    for path in lists.keys() & rows.paths_of(column):
                        holders.setdefault(path, CodeHolder(path, lists[path], table.qualified, number, column))
    return tuple(holders.values())


def make_raw_values_query(table: Table, rows: str) -> str:
    """The query that gives what pandas is to normalise: nct_id and a text column named after each path.

    Args:
        table: a table with normalised columns.
        rows: the SQL name of rows of it, with the columns of `make_rows_query`.
    """
    texts = ", ".join(f"{_raw(column)} as {quote_name(path)}" for path, column in _normalised_paths(table).items())
    return f"select nct_id, {texts} from {rows}"


def _part(table: Table, catalog: Catalog, number: int) -> str:
    rows = table.rows[number]
    own = [column for column in table.columns if column.name not in _IDENTITY and _is_made(column)]
    raw = [column for column in _kept_raw(table, catalog) if rows.paths_of(column)]
    parents = {column.name: catalog.table(column.parent).rows[0].path for column in own if column.parent}
    on_the_way = {name: path for name, path in parents.items() if rows.path.startswith(path)}
    wanted = [path for column in (*own, *raw) for path in rows.paths_of(column)]
    before = [source.path for source in table.rows[:number]]
    way = walk_to_rows(
        rows.path,
        [*wanted, *([rows.path] if rows.path else [])],
        on_the_way.values(),
        before,
        _condition(rows, catalog),
    )
    values = {
        column.name: _row_id(way.place(on_the_way[column.name]))
        if column.name in on_the_way
        else _value(column, rows, way, catalog)
        for column in own
    }
    columns = ["nct_id", *(f"{value} as {quote_name(name)}" for name, value in values.items())]
    columns += [f"{_text(column, rows, way, catalog)} as {_raw(column)}" for column in raw]
    columns += [f"{number} as {_SOURCE}", *_place(table, rows, way, number)]
    there = f"{way.value(rows.path)} is not null" if rows.path else "true"
    return f"select {', '.join(columns)} from {way.query} where {there}"


def _condition(rows: RowSource, catalog: Catalog) -> Callable[[str], str] | None:
    if not rows.where:
        return None
    path, conversion = rows.where
    return lambda element: catalog.conversions[conversion].format(
        make_expression(rows.absolute(path), {rows.path: element})
    )


def _place(table: Table, rows: RowSource, way: Walk, number: int) -> Iterator[str]:
    if not table.per_trial:
        lists = [step for step in split_path(rows.path) if step.endswith(LIST)]
        innermost = rows.path[: rows.path.rindex(LIST) + len(LIST)] if lists else ""
        place = way.place(innermost) if lists else "1"
        yield f"{f'{way.before} + {place}' if number else place} as {_PLACE}"


def _value(column: Column, rows: RowSource, way: Walk, catalog: Catalog) -> str:
    if column.name in rows.constants:
        return quote_text(rows.constants[column.name])
    paths = rows.paths_of(column)
    if not paths:
        return f"cast(null as {column.type})"
    texts = (way.value(path) for path in paths)
    return catalog.conversions[column.conversion].format(*texts, position=way.position)


def _text(column: Column, rows: RowSource, way: Walk, catalog: Catalog) -> str:
    """What pandas normalises, which the column's conversion made a text of, else what the record has."""
    return _value(column, rows, way, catalog) if column.normalise else way.value(rows.paths_of(column)[0])


def _id(table: Table) -> str:
    return _row_id(f"row_number() over (partition by nct_id order by {_PLACE})" if table.distinct else _PLACE)


def _row_id(place: str) -> str:
    return f"cast(substr(nct_id, 4) as bigint) * {ROWS_PER_TRIAL} + {place}"


def _referring(column: Column, rows: str) -> str:
    """The rows with the id of the row that each refers to, the first of several."""
    refers = column.refers
    assert refers is not None
    there = ", ".join(quote_name(name) for name in refers.on.values())
    same = " and ".join(f"made.{quote_name(own)} = there.{quote_name(its)}" for own, its in refers.on.items())
    return (
        f"select made.*, there.id as {quote_name(column.name)} from ({rows}) as made left join ("
        f"select nct_id, {there}, min(id) as id from {name_new_rows(refers.table)} where {refers.where} group by all"
        f") as there on made.nct_id = there.nct_id and {same}"
    )


def _each(column: Column) -> str:
    return f"unnest({quote_name(column.name)})" if column.type == "VARCHAR[]" else quote_name(column.name)


def _is_made(column: Column) -> bool:
    """Whether the column's value is an expression over the record."""
    return not (column.normalise or column.state or column.refers)


def _is_checked(table: Table, column: Column, catalog: Catalog) -> bool:
    """Whether a text that the column cannot take is a problem."""
    read = _is_made(column) and column.name not in _IDENTITY and bool(table.column_paths(column))
    return read and not column.free_text and column.conversion in catalog.casts


def _kept_raw(table: Table, catalog: Catalog) -> list[Column]:
    checked = [column for column in table.columns if _is_checked(table, column, catalog)]
    return [*checked, *_normalised_paths(table).values()]


def _normalised_paths(table: Table) -> dict[str, Column]:
    """The paths that pandas normalises, each with the first column that is made of it."""
    return {column.path[0]: column for column in reversed(table.columns) if column.normalise}


def _raw(column: Column) -> str:
    return quote_name(f"raw {column.name}")


def _path(table: Table, column: Column) -> str:
    """The SQL of the path that a new row's value was read from."""
    paths = [(rows.paths_of(column) or ("",))[0] for rows in table.rows]
    if len(set(paths)) == 1:
        return quote_text(paths[0])
    return f"[{', '.join(quote_text(path) for path in paths)}][{_SOURCE} + 1]"
