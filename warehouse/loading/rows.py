"""Makes rows of staged lines: into the catalog's tables, in place of those that their trials had."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from transform.catalog.list_walk import get_module
from transform.catalog.model import load_catalog
from transform.catalog.row_queries import (
    find_code_holders,
    make_insert,
    make_raw_values_query,
    make_rows_query,
    make_unknown_codes_query,
    make_unreadable_query,
    name_new_rows,
)
from transform.codes import load_code_lists
from transform.fields import map_code_lists
from transform.normalise.columns import normalise_columns
from transform.paths import quote_name, quote_text
from warehouse.loading.stage import find_staged_modules, stage_records
from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table
    from transform.catalog.row_queries import CodeHolder

_NORMALISED_AT_A_TIME = 10_000
"""Trials that pandas works on at once: many, for each call has its fixed cost; not all, to bound the memory."""


def begin_rows(connection: DuckDBPyConnection) -> None:
    """Make the temporary tables that rows and what is found of them are gathered in."""
    run_statements(connection, "session")
    codes = ", ".join(
        f"({quote_text(name)}, {quote_text(row['code'])})" for name, rows in load_code_lists().items() for row in rows
    )
    connection.execute(f"insert into known_codes values {codes}")


def make_rows(connection: DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Make rows in these tables of the records that the temporary table `changed_trials` names, out of the lines.

    What pandas normalises is gathered for `fill_normalised`; what could not be read, and what is not known, is noted
    in `found_problems` and `found_drift`.
    """
    changed, updated = connection.execute("select count(*), count_if(is_update) from changed_trials").fetchall()[0]
    if not changed:
        return
    run_statements(connection, "forget_earlier")
    run_statements(connection, "note_unknown_keys")
    stage_records(connection)
    there = find_staged_modules(connection)
    for table in tables:
        if updated and not table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from changed_trials)")
        if any(not rows.path or get_module(rows.path) in there for rows in table.rows):
            _add_rows(connection, table)
    for table in tables:
        connection.execute(f"drop table if exists {name_new_rows(table.qualified)}")
    connection.execute("drop table staged_records; drop table record_lines")


def fill_normalised(connection: DuckDBPyConnection) -> None:
    """Insert all gathered rows, normalised."""
    for table in load_catalog().tables:
        if _is_normalised(table) and _is_gathered(connection, table):
            (count,) = connection.execute(f"select count(*) from {_gathered(table)}").fetchall()[0]
            for start in range(0, count, _NORMALISED_AT_A_TIME):
                _fill(connection, table, start)
            connection.execute(f"drop table {_gathered(table)}")


def calculate_tables(connection: DuckDBPyConnection) -> None:
    """Make the rows of the loaded trials in the tables that are made from other tables."""
    (loaded,) = connection.execute("select count(*) from loaded_versions").fetchall()[0]
    for table in load_catalog().tables if loaded else ():
        if table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from loaded_versions)")
            connection.execute(f"insert into {table.qualified} by name {table.query}")


def _add_rows(connection: DuckDBPyConnection, table: Table) -> None:
    referred = {column.refers.table for other in load_catalog().tables for column in other.columns if column.refers}
    connection.execute(
        f"create or replace temp table {name_new_rows(table.qualified)} as {make_rows_query(table, load_catalog())}"
    )
    if _is_normalised(table):
        gathered = _gathered(table)
        connection.execute(
            f"create temp table if not exists {gathered} as from {name_new_rows(table.qualified)} limit 0"
        )
        connection.execute(f"delete from {gathered} where nct_id in (select nct_id from changed_trials)")
        connection.execute(f"insert into {gathered} from {name_new_rows(table.qualified)}")
    else:
        connection.execute(make_insert(table))
    for query, found in (
        (make_unreadable_query(table, load_catalog()), "found_problems"),
        (make_unknown_codes_query(table, _code_holders()), "found_drift"),
    ):
        if query:
            connection.execute(f"insert into {found} by name {query}")
    if table.qualified not in referred:
        connection.execute(f"drop table {name_new_rows(table.qualified)}")


def _fill(connection: DuckDBPyConnection, table: Table, start: int) -> None:
    """Normalise some of the gathered rows of a table, from a place on, and insert them."""
    gathered = f"(from {_gathered(table)} limit {_NORMALISED_AT_A_TIME} offset {start})"
    normalised, unread = normalise_columns(connection.execute(make_raw_values_query(table, gathered)).df(), table)
    connection.register("normalised", normalised)
    connection.register("unread", unread)
    columns = ", ".join(quote_name(column.name) for column in table.columns if not column.state)
    connection.execute(
        f"insert into {table.qualified} ({columns}) select {columns} from {gathered} join normalised using (nct_id)"
    )
    connection.execute("insert into found_problems by name from unread")
    connection.unregister("normalised")
    connection.unregister("unread")


def _gathered(table: Table) -> str:
    return quote_name(f"gathered {table.qualified}")


def _is_gathered(connection: DuckDBPyConnection, table: Table) -> bool:
    name = f"gathered {table.qualified}"
    return bool(connection.execute("from duckdb_tables() where temporary and table_name = $1", [name]).fetchall())


@cache
def _code_holders() -> tuple[CodeHolder, ...]:
    return find_code_holders(load_catalog(), map_code_lists())


def _is_normalised(table: Table) -> bool:
    return any(column.normalise for column in table.columns)
