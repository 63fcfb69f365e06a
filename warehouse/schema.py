"""Create the tables of the store, and bring the tables of an older store up to date.

There are two kinds of tables:

- Tables that cannot be made again: `schema/*.sql` as version 1 had them, and the steps since in `migrations/*.sql`.
- Derived tables and views: those of the catalog, one for each code list, and those in `tables/*.sql` and `views/*.sql`.
  They are made again from the archive, so they have no migrations.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version as package_version
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.catalog.definitions import make_table_definition
from transform.catalog.files import compute_catalog_digest, load_catalog
from transform.catalog.model import Column
from transform.codes import load_code_lists
from transform.diff.weights import read_weights
from transform.paths import quote_name, quote_text
from transform.rules.files import compute_shipped_digest
from warehouse.bound_values import execute_with
from warehouse.kept_rules import create_rules_table
from warehouse.set_views import create_set_views
from warehouse.sql.files import list_sql, read_sql
from warehouse.sql.objects import read_object_files
from warehouse.store_facts import VERSION_FACT, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table

SCHEMA_VERSION = 6
"""The number of the last file in `migrations`. `schema/*.sql` is version 1, and its tables never change."""

_FIRST_RECORDED = 3
"""The migration that creates the table in which migrations are recorded."""

# The columns that `main.trial_history` has besides those of `main.trials`.
_VALIDITY = (
    Column("version", "Number of the version, counted up from 1 for each trial.", "INTEGER"),
    Column("valid_from", "When this warehouse first had the version (UTC).", "TIMESTAMP"),
    Column(
        "valid_to",
        "When this warehouse first had the next version (UTC); NULL for the current version.",
        "TIMESTAMP",
    ),
)

# The columns of the table of a code list, with their comments.
_CODE_COLUMNS = {
    "code": "The registry's code.",
    "label": "The code in the registry's wording.",
    "group": "The group that analysts count the code in; NULL if the list has no groups.",
    "order": "Position of the code in the list.",
    "description": "What the code means.",
}

# What imitates PostgreSQL itself. Each file may use what the files before it create.
_POSTGRES_FILES = ("postgres", "patterns", "dates", "values", "json")


def create_tables(connection: DuckDBPyConnection) -> None:
    """Create the tables of version 1 in an empty store, with their comments."""
    for name in list_sql("schema"):
        connection.execute(read_sql("schema", name))


def migrate(connection: DuckDBPyConnection, version: int) -> None:
    """Bring the tables of a store from a version to the present one.

    Each migration is committed together with its record, so that a kill leaves a store of one version or the next.
    """
    for number in range(version + 1, SCHEMA_VERSION + 1):
        connection.execute("begin")
        connection.execute(read_sql("migrations", str(number)))
        if number >= _FIRST_RECORDED:
            execute_with(
                connection,
                "insert into ops.migrations values ($1, $2, $3)",
                [number, datetime.now(UTC), package_version("aclf-trials")],
            )
        set_store_fact(connection, VERSION_FACT, str(number))
        connection.execute("commit")


def create_derived_tables(connection: DuckDBPyConnection) -> None:
    """Create the derived tables and views, empty, and the code lists, filled. Drop the earlier ones."""
    # More than a thousand statements without anything to optimise: looking for it doubles what they cost.
    connection.execute("pragma disable_optimizer")
    _create_derived_tables(connection)
    connection.execute("pragma enable_optimizer")


def _create_derived_tables(connection: DuckDBPyConnection) -> None:
    # Drop the objects that any earlier version of the package made, also those that this version does not know.
    for kind, schema, name in connection.execute(read_sql("statements", "derived_objects")).fetchall():
        connection.execute(f"drop {kind} {quote_name(schema)}.{quote_name(name)}")
    connection.execute("drop schema if exists ctgov cascade; create schema ctgov;")
    connection.execute("drop schema if exists codes cascade; create schema codes;")

    tables = [*load_catalog().tables, _make_trial_history()]
    connection.execute("\n".join(make_table_definition(table) for table in tables))
    for name, rows in load_code_lists().items():
        connection.execute(_make_code_list_definition(name, rows))
    create_rules_table(connection)
    connection.execute(_make_row_counts(tables))
    for statements in _read_derived_objects():
        connection.execute(statements)
    create_set_views(connection)


def _read_derived_objects() -> list[str]:
    """Return the statements that create the other derived tables, and all views and functions."""
    tables = [read_sql("tables", name) for name in list_sql("tables")]
    return [*tables, *read_object_files("macros"), *(read_sql("aact", name) for name in _POSTGRES_FILES)]


@cache
def compute_derived_digest() -> str:
    """Return the digest of everything that the derived tables are made by.

    That is the catalog, the code lists, the weights of changes, the rules that ship, and the statements of views and
    macros.
    """
    lists = sorted((files("transform") / "code_lists").iterdir(), key=lambda file: file.name)
    catalog_and_statements = compute_catalog_digest() + "".join(_read_derived_objects())
    data = [*(file.read_bytes() for file in lists), read_weights(), compute_shipped_digest()]
    return sha256(catalog_and_statements.encode() + b"".join(data)).hexdigest()


def _make_trial_history() -> Table:
    """Return the table `main.trial_history`: the columns of `main.trials` that a record fills, and the validity."""
    trials = load_catalog().get_table("main.trials")
    columns = (column for column in trials.columns if not column.state)
    return replace(
        trials,
        name="trial_history",
        comment="The trials, normalised, as each version of their record had them. Grain: one row per trial and "
        "version, except versions whose record was not kept.",
        columns=(*columns, *_VALIDITY),
    )


def _make_row_counts(tables: Sequence[Table]) -> str:
    """Return the statements that create the view with the number of rows of each table of `ctgov`."""
    view = "ctgov.aact_row_counts"
    counts = [
        f"select {quote_text(table.name)} as table_name, count(*) as row_count from ctgov.{quote_name(table.name)}"
        for table in tables
        if table.schema == "ctgov"
    ]
    comments = {
        f"view {view}": "The numbers of rows that pg_stat_user_tables tells. Grain: one row per table of ctgov.",
        f"column {view}.table_name": "Name of the table.",
        f"column {view}.row_count": "Number of rows.",
    }
    return f"create view {view} as {' union all '.join(counts)};" + _make_comments(comments)


def _make_comments(comments: Mapping[str, str]) -> str:
    return "".join(f"comment on {thing} is {quote_text(comment)};" for thing, comment in comments.items())


def _make_code_list_definition(name: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Return the statements that create the table of a code list, fill it, and add its comments."""
    table = f"codes.{quote_name(name)}"
    values = ", ".join(_format_row(row) for row in rows)
    comments = {f"column {table}.{quote_name(column)}": comment for column, comment in _CODE_COLUMNS.items()}
    comments[f"table {table}"] = f"Codes of {name.replace('_', ' ')}. Grain: one row per code."
    return (
        f'create table {table} (code varchar, label varchar, "group" varchar, "order" integer, description varchar);'
        f"insert into {table} values {values};{_make_comments(comments)}"
    )


def _format_row(row: Mapping[str, str]) -> str:
    """Return a row of a code list as an SQL tuple. An empty text becomes NULL."""
    texts = [row[column] for column in _CODE_COLUMNS]
    return f"({', '.join(quote_text(text) if text else 'null' for text in texts)})"
