"""Makes rows of staged lines: into the catalog's tables, in place of those that their trials had."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from transform.catalog import catalog
from transform.code_files import code_files
from transform.fields import code_lists_by_path
from transform.paths import literal, quoted
from transform.shred import (
    code_holders,
    insert_statement,
    new_rows,
    raw_values_query,
    rows_query,
    unknown_codes_query,
    unread_query,
)
from transform.trials import normalise
from transform.walk import module
from warehouse.sql import run
from warehouse.stage import stage_records, staged_modules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from transform.catalog import Table
    from transform.shred import CodeHolder

_NORMALISED_AT_A_TIME = 10_000
"""Trials that pandas works on at once: many, for each call has its fixed cost; not all, to bound the memory."""


def begin_rows(connection: DuckDBPyConnection) -> None:
    """Make the temporary tables that rows and what is found of them are gathered in."""
    run(connection, "session")
    codes = ", ".join(
        f"({literal(name)}, {literal(row['code'])})" for name, rows in code_files().items() for row in rows
    )
    connection.execute(f"insert into known_codes values {codes}")


def make_rows(connection: DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Make rows in these tables of the records that the temporary table `changed` names, out of the staged lines.

    What pandas normalises is gathered for `fill_normalised`; what could not be read, and what is not known, is noted
    in `found_problems` and `found_drift`.
    """
    changed, updated = connection.execute("select count(*), count_if(is_update) from changed").fetchall()[0]
    if not changed:
        return
    run(connection, "forget_earlier")
    run(connection, "note_unknown_keys")
    stage_records(connection)
    there = staged_modules(connection)
    for table in tables:
        if updated and not table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from changed)")
        if any(not rows.path or module(rows.path) in there for rows in table.rows):
            _add_rows(connection, table)
    for table in tables:
        connection.execute(f"drop table if exists {new_rows(table.qualified)}")
    connection.execute("drop table staged; drop table lines")


def fill_normalised(connection: DuckDBPyConnection) -> None:
    """Insert all gathered rows, normalised."""
    for table in catalog().tables:
        if _is_normalised(table) and _is_gathered(connection, table):
            (count,) = connection.execute(f"select count(*) from {_gathered(table)}").fetchall()[0]
            for start in range(0, count, _NORMALISED_AT_A_TIME):
                _fill(connection, table, start)
            connection.execute(f"drop table {_gathered(table)}")


def calculate(connection: DuckDBPyConnection) -> None:
    """Make the rows of the loaded trials in the tables that are made from other tables."""
    (loaded,) = connection.execute("select count(*) from loaded").fetchall()[0]
    for table in catalog().tables if loaded else ():
        if table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from loaded)")
            connection.execute(f"insert into {table.qualified} by name {table.query}")


def _add_rows(connection: DuckDBPyConnection, table: Table) -> None:
    referred = {column.refers.table for other in catalog().tables for column in other.columns if column.refers}
    connection.execute(f"create or replace temp table {new_rows(table.qualified)} as {rows_query(table, catalog())}")
    if _is_normalised(table):
        gathered = _gathered(table)
        connection.execute(f"create temp table if not exists {gathered} as from {new_rows(table.qualified)} limit 0")
        connection.execute(f"delete from {gathered} where nct_id in (select nct_id from changed)")
        connection.execute(f"insert into {gathered} from {new_rows(table.qualified)}")
    else:
        connection.execute(insert_statement(table))
    for query, found in (
        (unread_query(table, catalog()), "found_problems"),
        (unknown_codes_query(table, _code_holders()), "found_drift"),
    ):
        if query:
            connection.execute(f"insert into {found} by name {query}")
    if table.qualified not in referred:
        connection.execute(f"drop table {new_rows(table.qualified)}")


def _fill(connection: DuckDBPyConnection, table: Table, start: int) -> None:
    """Normalise some of the gathered rows of a table, from a place on, and insert them."""
    gathered = f"(from {_gathered(table)} limit {_NORMALISED_AT_A_TIME} offset {start})"
    normalised, unread = normalise(connection.execute(raw_values_query(table, gathered)).df(), table)
    connection.register("normalised", normalised)
    connection.register("unread", unread)
    columns = ", ".join(quoted(column.name) for column in table.columns if not column.state)
    connection.execute(
        f"insert into {table.qualified} ({columns}) select {columns} from {gathered} join normalised using (nct_id)"
    )
    connection.execute("insert into found_problems by name from unread")
    connection.unregister("normalised")
    connection.unregister("unread")


def _gathered(table: Table) -> str:
    return quoted(f"gathered {table.qualified}")


def _is_gathered(connection: DuckDBPyConnection, table: Table) -> bool:
    name = f"gathered {table.qualified}"
    return bool(connection.execute("from duckdb_tables() where temporary and table_name = $1", [name]).fetchall())


@cache
def _code_holders() -> tuple[CodeHolder, ...]:
    return code_holders(catalog(), code_lists_by_path())


def _is_normalised(table: Table) -> bool:
    return any(column.normalise for column in table.columns)
