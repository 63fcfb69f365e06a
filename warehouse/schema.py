"""The tables of the store: those of `schema/*.sql`, the catalog's, and one for each code list."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.catalog import catalog
from transform.code_files import code_files
from transform.paths import literal, quoted
from transform.shred import table_definition
from warehouse.aact.objects import aact_objects
from warehouse.sql import names, sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

SCHEMA_VERSION = 2
"""The number of the last file in `migrations`; `schema/*.sql` is version 1, and stays as it is."""

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
    """Bring the tables of a store from a version to the present one."""
    for number in range(version + 1, SCHEMA_VERSION + 1):
        connection.execute(sql("migrations", str(number)))


def create_derived_tables(connection: DuckDBPyConnection) -> None:
    """Create the tables that can be made again from the records, and the code lists; those there are dropped."""
    connection.execute(
        "drop schema if exists ctgov cascade; create schema ctgov;"
        "drop schema if exists codes cascade; create schema codes;"
        "drop table if exists main.trials;"
    )
    connection.execute("\n".join(table_definition(table) for table in catalog().tables))
    for name, rows in code_files().items():
        connection.execute(_code_list_definition(name, rows))
    connection.execute(aact_objects())
    for name in names("views"):
        connection.execute(sql("views", name))


def derived_digest() -> str:
    """The digest of all that the derived tables are made by: catalog, code lists, views and macros."""
    lists = sorted((files("transform") / "codes").iterdir(), key=lambda file: file.name)
    views = "".join(sql("views", name) for name in names("views"))
    return sha256(
        (catalog().digest + aact_objects() + views).encode() + b"".join(file.read_bytes() for file in lists)
    ).hexdigest()


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
