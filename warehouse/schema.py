"""The tables of the store: those of `schema/*.sql`, the catalog's, and one for each code list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version as package_version
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.catalog.model import Column, load_catalog
from transform.catalog.row_queries import make_table_definition
from transform.codes import load_code_lists
from transform.paths import quote_name, quote_text
from warehouse.aact.objects import read_aact_objects
from warehouse.sql.files import list_sql, read_sql
from warehouse.store_facts import VERSION_FACT, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table

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
    for name in list_sql("schema"):
        connection.execute(read_sql("schema", name))


def migrate(connection: DuckDBPyConnection, version: int) -> None:
    """Bring the tables of a store from a version to the present one, each step committed with its record."""
    for number in range(version + 1, SCHEMA_VERSION + 1):
        connection.execute("begin")
        connection.execute(read_sql("migrations", str(number)))
        if number >= _FIRST_RECORDED:
            connection.execute(
                "insert into ops.migrations values ($1, $2, $3)",
                [number, datetime.now(UTC), package_version("aclf-trials")],
            )
        set_store_fact(connection, VERSION_FACT, str(number))
        connection.execute("commit")


def create_derived_tables(connection: DuckDBPyConnection) -> None:
    """Create all that can be made again from the archive, and the code lists; what is there is dropped."""
    for kind, schema, name in connection.execute(read_sql("statements", "derived_objects")).fetchall():
        connection.execute(f"drop {kind} {quote_name(schema)}.{quote_name(name)}")
    connection.execute("drop schema if exists ctgov cascade; create schema ctgov;")
    connection.execute("drop schema if exists codes cascade; create schema codes;")
    tables = [*load_catalog().tables, _trial_history()]
    connection.execute("\n".join(make_table_definition(table) for table in tables))
    for name, rows in load_code_lists().items():
        connection.execute(_code_list_definition(name, rows))
    connection.execute(read_aact_objects())
    for name in list_sql("views"):
        connection.execute(read_sql("views", name))


@cache
def compute_derived_digest() -> str:
    """The digest of all that the derived tables are made by: catalog, code lists, statements of views and macros."""
    lists = sorted((files("transform") / "code_lists").iterdir(), key=lambda file: file.name)
    statements = [read_aact_objects(), *(read_sql("views", name) for name in list_sql("views"))]
    return sha256(
        (load_catalog().digest + "".join(statements)).encode() + b"".join(file.read_bytes() for file in lists)
    ).hexdigest()


def _trial_history() -> Table:
    """`main.trial_history`: the columns of `main.trials` that a record fills, with the version's validity."""
    trials = load_catalog().table("main.trials")
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
    table = f"codes.{quote_name(name)}"
    values = ", ".join(f"({', '.join(_value(row[column]) for column in _CODE_COLUMNS)})" for row in rows)
    comments = {f"column {table}.{quote_name(column)}": told for column, told in _CODE_COLUMNS.items()}
    comments[f"table {table}"] = f"Codes of {name.replace('_', ' ')}. Grain: one row per code."
    return (
        f'create table {table} (code varchar, label varchar, "group" varchar, "order" integer, description varchar);'
        f"insert into {table} values {values};"
        + "".join(f"comment on {thing} is {quote_text(told)};" for thing, told in comments.items())
    )


def _value(text: str) -> str:
    return quote_text(text) if text else "null"
