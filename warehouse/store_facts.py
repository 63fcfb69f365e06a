"""Read and write the facts that a store keeps about itself, in `ops.store`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from warehouse.bound_values import execute_with

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VERSION_FACT = "schema_version"
"""The number of the newest migration that the store has."""

DERIVED_FACT = "derived_digest"
"""The digest of what the derived tables were made by."""

DATA_FACT = "data_run_id"
"""The number of the run whose data the store holds."""

SETS_FACT = "condition_sets"
"""The condition sets that the warehouse follows, as a JSON list of objects with the keys of their files."""

RULES_FACT = "rule_files"
"""The files of rules that texts are read with, as a JSON list of objects with `name` and `text`."""

ACCEPTED_FACT = "accepted_empty_fields"
"""The fields, as a JSON list of paths, that a person has accepted as gone from the registry's records."""

STORE_FACT = "store_id"
"""The name of the store, made once. Every file that is published from it has it, and so has a store made from one."""

RANKED_FACT = "ranked_members"
"""The number of members among which the kept related trials were ranked; empty if none are kept."""


def read_store_facts(connection: DuckDBPyConnection) -> dict[str, str]:
    """Return all facts of the store, by name. The dict is empty if the store has no tables yet."""
    # Every step asks this first. To look for the table in `duckdb_tables()` would describe each of the store's tables.
    try:
        return dict(connection.execute("select key, value from ops.store").fetchall())
    except duckdb.CatalogException:
        return {}


def set_store_fact(connection: DuckDBPyConnection, key: str, value: str) -> None:
    """Set one fact, and replace its older value."""
    # Never without the fact, so that a kill between the two statements leaves it as it was or as it will be.
    execute_with(connection, "update ops.store set value = $2 where key = $1", [key, value])
    execute_with(
        connection,
        "insert into ops.store select $1, $2 where not exists (from ops.store where key = $1)",
        [key, value],
    )
