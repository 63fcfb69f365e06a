"""Read and write the facts that a store keeps about itself, in `ops.store`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VERSION_FACT = "schema_version"
"""The number of the newest migration that the store has."""

DERIVED_FACT = "derived_digest"
"""The digest of what the derived tables were made by."""

DATA_FACT = "data_run_id"
"""The number of the run whose data the store holds."""

SET_FACT = "condition_set"
"""The condition set that the warehouse follows, as JSON by the keys of its file."""

ACCEPTED_FACT = "accepted_empty_fields"
"""The fields, as a JSON list of paths, that a person has accepted as gone from the registry's records."""


def read_store_facts(connection: DuckDBPyConnection) -> dict[str, str]:
    """Return all facts of the store, by name. The dict is empty if the store has no tables yet."""
    fact_tables = connection.execute(
        "from duckdb_tables() where database_name = current_database() and schema_name = 'ops' and table_name = 'store'"
    ).fetchall()
    if not fact_tables:
        return {}
    return dict(connection.execute("select key, value from ops.store").fetchall())


def set_store_fact(connection: DuckDBPyConnection, key: str, value: str) -> None:
    """Set one fact, and replace its older value."""
    connection.execute("delete from ops.store where key = $1", [key])
    connection.execute("insert into ops.store values ($1, $2)", [key, value])
