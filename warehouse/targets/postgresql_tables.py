"""The statements that make PostgreSQL's tables those of the published file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from transform.paths import quote_name, quote_text
from warehouse.targets.postgresql_values import map_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from warehouse.targets.source import SourceTable

_AACT_TYPES = {("ctgov", "outcome_analyses", "p_value"): "double precision"}
"""The one column of AACT's whose type is not that of its kind: so it is in AACT's own schema."""

Column = tuple[str, str, str, str]
"""A column that a database has: its schema, its table, its name, its type."""


def list_table_changes(
    tables: Iterable[SourceTable], there: Sequence[Column], map_type: Callable[[str], str] = map_type
) -> list[str]:
    """Return the statements that create, alter and drop tables until the database has those of the file.

    A column of another type is dropped and added: to convert it would write the table anew, and a transaction that
    began before would find the table empty.

    Args:
        tables: the tables of the file.
        there: the columns that the database has, table by table.
        map_type: gives the database's type for a type of DuckDB.
    """
    found = {
        (schema, name): {column: data_type for _, _, column, data_type in columns}
        for (schema, name), columns in groupby(there, key=lambda column: column[:2])
    }
    wanted = {(table.schema, table.name): table for table in tables}
    changes = [
        f"drop table {quote_name(schema)}.{quote_name(name)}" for schema, name in found if (schema, name) not in wanted
    ]
    for key, table in wanted.items():
        types = {
            column.name: _AACT_TYPES.get((*key, column.name), map_type(column.data_type)) for column in table.columns
        }
        if key not in found:
            columns = ", ".join(f"{quote_name(name)} {data_type}" for name, data_type in types.items())
            changes.append(f"create table {table.quoted_name} ({columns})")
        else:
            changes += _list_column_changes(table, types, found[key])
    return changes


def list_comments(tables: Iterable[SourceTable]) -> list[str]:
    """Return the statements that comment tables and columns as the file does."""
    statements = []
    for table in tables:
        if table.comment:
            statements.append(f"comment on table {table.quoted_name} is {quote_text(table.comment)}")
        statements += [
            f"comment on column {table.quoted_name}.{quote_name(column.name)} is {quote_text(column.comment)}"
            for column in table.columns
            if column.comment
        ]
    return statements


def list_indexes(tables: Iterable[SourceTable]) -> list[str]:
    """Return the statements that index the NCT numbers of each table that has some."""
    return [
        f"create index if not exists {quote_name(f'{table.name}_nct_id')} on {table.quoted_name} (nct_id)"
        for table in tables
        if table.has_trials
    ]


def _list_column_changes(table: SourceTable, wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    alter = f"alter table {table.quoted_name}"
    dropped = [name for name, data_type in found.items() if wanted.get(name) != data_type]
    added = [name for name, data_type in wanted.items() if found.get(name) != data_type]
    return [
        *(f"{alter} drop column {quote_name(name)}" for name in dropped),
        *(f"{alter} add column {quote_name(name)} {wanted[name]}" for name in added),
    ]
