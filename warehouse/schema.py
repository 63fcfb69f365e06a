"""The tables of the store: those of `schema/*.sql`, the catalog's, and one for each code list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version as package_version
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.catalog import Column, catalog
from transform.code_files import code_files
from transform.paths import literal, quoted
from transform.shred import table_definition
from warehouse.aact.objects import aact_objects
from warehouse.facts import VERSION_FACT, keep_fact
from warehouse.sql import names, sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from transform.catalog import Table

SCHEMA_VERSION = 3
"""The number of the last file in `migrations`; `schema/*.sql` is version 1, and stays as it is."""

_FIRST_RECORDED = 3
"""The migration that made the table in which migrations are recorded."""

_VALIDITY = (
    Column("version", "Number of the version, counted up from 1 for each trial.", "INTEGER"),
    Column("valid_from", "When this warehouse first had the version (UTC).", "TIMESTAMP WITH TIME ZONE"),
    Column("valid_to", "When it had the next one (UTC); NULL for the current version.", "TIMESTAMP WITH TIME ZONE"),
)

_CODE_COLUMNS = {
    "code": "The registry's code.",
    "label": "The code in the registry's wording.",
    "group": "What analysts count the code under; NULL where the list has no groups.",
    "order": "Place of the code in the list.",
    "description": "What the code means.",
}


def create_tables(connection: DuckDBPyConnection) -> None:
    """Create the tables of an empty store, as version 1 had them, with their comments."""
    for name in names("schema"):
        connection.execute(sql("schema", name))


def migrate(connection: DuckDBPyConnection, version: int) -> None:
    """Bring the tables of a store from a version to the present one, each step committed with its record."""
    for number in range(version + 1, SCHEMA_VERSION + 1):
        connection.execute("begin")
        connection.execute(sql("migrations", str(number)))
        if number >= _FIRST_RECORDED:
            connection.execute(
                "insert into ops.migrations values ($1, $2, $3)",
                [number, datetime.now(UTC), package_version("aclf-trials")],
            )
        keep_fact(connection, VERSION_FACT, str(number))
        connection.execute("commit")


def create_derived_tables(connection: DuckDBPyConnection) -> None:
    """Create all that can be made again from the archive, and the code lists; what is there is dropped."""
    for kind, schema, name in connection.execute(sql("statements", "derived_objects")).fetchall():
        connection.execute(f"drop {kind} {quoted(schema)}.{quoted(name)}")
    connection.execute("drop schema if exists ctgov cascade; create schema ctgov;")
    connection.execute("drop schema if exists codes cascade; create schema codes;")
    tables = [*catalog().tables, _trial_history()]
    connection.execute("\n".join(table_definition(table) for table in tables))
    for name, rows in code_files().items():
        connection.execute(_code_list_definition(name, rows))
    connection.execute(aact_objects())
    for name in names("derived"):
        connection.execute(sql("derived", name))


@cache
def derived_digest() -> str:
    """The digest of all that the derived tables are made by: catalog, code lists, statements of views and macros."""
    lists = sorted((files("transform") / "codes").iterdir(), key=lambda file: file.name)
    statements = [aact_objects(), *(sql("derived", name) for name in names("derived"))]
    return sha256(
        (catalog().digest + "".join(statements)).encode() + b"".join(file.read_bytes() for file in lists)
    ).hexdigest()


def _trial_history() -> Table:
    """`main.trial_history`: the columns of `main.trials` that a record fills, with the version's validity."""
    trials = catalog().table("main.trials")
    columns = (column for column in trials.columns if not column.state)
    return replace(
        trials,
        name="trial_history",
        comment="The trials, normalised, as each version of their record had them. Grain: one row per trial and "
        "version, but for versions of which no record was kept.",
        columns=(*columns, *_VALIDITY),
    )


def _code_list_definition(name: str, rows: Sequence[Mapping[str, str]]) -> str:
    """The statements that create a code list's table, filled, with its comments."""
    table = f"codes.{quoted(name)}"
    values = ", ".join(f"({', '.join(_value(row[column]) for column in _CODE_COLUMNS)})" for row in rows)
    comments = {f"column {table}.{quoted(column)}": told for column, told in _CODE_COLUMNS.items()}
    comments[f"table {table}"] = f"Codes of {name.replace('_', ' ')}. Grain: one row per code."
    return (
        f'create table {table} (code varchar, label varchar, "group" varchar, "order" integer, description varchar);'
        f"insert into {table} values {values};"
        + "".join(f"comment on {thing} is {literal(told)};" for thing, told in comments.items())
    )


def _value(text: str) -> str:
    return literal(text) if text else "null"
