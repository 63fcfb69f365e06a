"""The tables of the store: those of `schema/*.sql`, the catalog's, and one for each code list."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.catalog import catalog
from transform.paths import literal, quoted
from transform.shred import table_definition
from warehouse.sql import names, sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA_VERSION = 1
"""Counts up with each change of `schema/*.sql`, which then needs a migration."""

_CODE_COLUMNS = {
    "code": "The registry's code.",
    "label": "The code in the registry's wording.",
    "group": "What analysts count the code under; NULL where the list has no groups.",
    "order": "Place of the code in the list.",
    "description": "What the code means.",
}


def create_tables(connection: DuckDBPyConnection) -> None:
    """Create every table of an empty store, with its comments. The code lists are filled."""
    for name in names("schema"):
        connection.execute(sql("schema", name))
    create_derived_tables(connection)


def create_derived_tables(connection: DuckDBPyConnection) -> None:
    """Create the tables that can be made again from the records, and the code lists; those there are dropped."""
    connection.execute(
        "drop schema if exists ctgov cascade; create schema ctgov;"
        "drop schema if exists codes cascade; create schema codes;"
        "drop table if exists main.trials;"
    )
    connection.execute("\n".join(table_definition(table) for table in catalog().tables))
    from transform.codes import code_lists  # noqa: PLC0415 - pandas is slow to import, and most runs create nothing

    for name, frame in code_lists().items():
        _create_code_list(connection, name, frame)


def derived_digest() -> str:
    """The digest of all that the derived tables are made by: the catalog and the code lists."""
    lists = sorted((files("transform") / "codes").iterdir(), key=lambda file: file.name)
    return sha256(catalog().digest.encode() + b"".join(file.read_bytes() for file in lists)).hexdigest()


def _create_code_list(connection: DuckDBPyConnection, name: str, frame: object) -> None:
    table = f"codes.{quoted(name)}"
    connection.register("code_list", frame)
    connection.execute(
        f'create table {table} (code varchar, label varchar, "group" varchar, "order" integer, description varchar)'
    )
    connection.execute(f'insert into {table} by name select code, label, "group", "order", description from code_list')
    connection.unregister("code_list")
    title = name.replace("_", " ")
    connection.execute(
        f"comment on table {table} is {literal(f'Codes of {title}. Grain: one row per code.')};"
        + "".join(
            f"comment on column {table}.{quoted(column)} is {literal(comment)};"
            for column, comment in _CODE_COLUMNS.items()
        )
    )
