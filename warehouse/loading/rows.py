"""Make rows of staged records in the catalog's tables, and replace the rows that their trials had."""

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
from warehouse.connect import fetch_dicts, fetch_value
from warehouse.loading.stage import find_staged_modules, stage_records
from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table
    from transform.catalog.row_queries import CodeHolder

_NORMALISED_AT_A_TIME = 10_000
"""Trials that pandas works on at once: many, because a call has a fixed cost; not all, because of the memory."""


def create_load_tables(connection: DuckDBPyConnection) -> None:
    """Create the temporary tables that collect the rows of a load, and what the load finds in them."""
    run_statements(connection, "create_load_tables")
    codes = ", ".join(
        f"({quote_text(name)}, {quote_text(row['code'])})" for name, rows in load_code_lists().items() for row in rows
    )
    connection.execute(f"insert into known_codes values {codes}")


def make_rows(connection: DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Make rows in these tables of the records that the temporary table `changed_trials` names.

    Rows with a column that pandas normalises are gathered for `fill_normalised`. Values that cannot be read go to
    `found_problems`, unknown keys and codes to `found_drift`.
    """
    (counts,) = fetch_dicts(
        connection, "select count(*) as changed, count_if(is_update) as updated from changed_trials"
    )
    if not counts["changed"]:
        return
    run_statements(connection, "forget_earlier")
    run_statements(connection, "note_unknown_keys")
    stage_records(connection)
    staged_modules = find_staged_modules(connection)
    for table in tables:
        # A new trial has no earlier rows. Tables with a query are calculated later, from other tables.
        if counts["updated"] and not table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from changed_trials)")
        if any(not rows.path or get_module(rows.path) in staged_modules for rows in table.rows):
            _insert_rows(connection, table)

    # These were kept until now, because other tables refer to them.
    for table in tables:
        connection.execute(f"drop table if exists {name_new_rows(table.qualified)}")
    connection.execute("drop table staged_records; drop table record_lines")


def fill_normalised(connection: DuckDBPyConnection) -> None:
    """Normalise all gathered rows with pandas, and insert them."""
    for table in load_catalog().tables:
        if _is_normalised(table) and _is_gathered(connection, table):
            count = fetch_value(connection, f"select count(*) from {_name_gathered(table)}")
            for start in range(0, count, _NORMALISED_AT_A_TIME):
                _insert_normalised(connection, table, start)
            connection.execute(f"drop table {_name_gathered(table)}")


def calculate_tables(connection: DuckDBPyConnection) -> None:
    """Make the rows of the loaded trials in the tables that are calculated from other tables."""
    if not fetch_value(connection, "select count(*) from loaded_versions"):
        return
    for table in load_catalog().tables:
        if table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from loaded_versions)")
            connection.execute(f"insert into {table.qualified} by name {table.query}")


def _insert_rows(connection: DuckDBPyConnection, table: Table) -> None:
    """Insert the new rows of a table, or gather them to be normalised, and note what was found in them."""
    referred = {column.refers.table for other in load_catalog().tables for column in other.columns if column.refers}
    # The new rows come first into a temporary table: the statements below read them several times.
    connection.execute(
        f"create or replace temp table {name_new_rows(table.qualified)} as {make_rows_query(table, load_catalog())}"
    )
    if _is_normalised(table):
        # A trial may come in two rounds of a load. Its last record counts.
        gathered = _name_gathered(table)
        connection.execute(
            f"create temp table if not exists {gathered} as from {name_new_rows(table.qualified)} limit 0"
        )
        connection.execute(f"delete from {gathered} where nct_id in (select nct_id from changed_trials)")
        connection.execute(f"insert into {gathered} from {name_new_rows(table.qualified)}")
    else:
        connection.execute(make_insert(table))
    found_queries = {
        "found_problems": make_unreadable_query(table, load_catalog()),
        "found_drift": make_unknown_codes_query(table, _find_code_holders()),
    }
    for found_table, query in found_queries.items():
        if query:
            connection.execute(f"insert into {found_table} by name {query}")
    if table.qualified not in referred:
        connection.execute(f"drop table {name_new_rows(table.qualified)}")


def _insert_normalised(connection: DuckDBPyConnection, table: Table, start: int) -> None:
    """Normalise some of the gathered rows of a table, from the row with index `start` on, and insert them."""
    gathered = f"(from {_name_gathered(table)} limit {_NORMALISED_AT_A_TIME} offset {start})"
    normalised, unreadable = normalise_columns(connection.execute(make_raw_values_query(table, gathered)).df(), table)
    connection.register("normalised", normalised)
    connection.register("unreadable", unreadable)
    columns = ", ".join(quote_name(column.name) for column in table.columns if not column.state)
    connection.execute(
        f"insert into {table.qualified} ({columns}) select {columns} from {gathered} join normalised using (nct_id)"
    )
    connection.execute("insert into found_problems by name from unreadable")
    connection.unregister("normalised")
    connection.unregister("unreadable")


def _name_gathered(table: Table) -> str:
    """Return the name of the temporary table with the rows of a table that wait to be normalised."""
    return quote_name(f"gathered {table.qualified}")


def _is_gathered(connection: DuckDBPyConnection, table: Table) -> bool:
    name = f"gathered {table.qualified}"
    return bool(connection.execute("from duckdb_tables() where temporary and table_name = $1", [name]).fetchall())


@cache
def _find_code_holders() -> tuple[CodeHolder, ...]:
    return find_code_holders(load_catalog(), map_code_lists())


def _is_normalised(table: Table) -> bool:
    return any(column.normalise for column in table.columns)
