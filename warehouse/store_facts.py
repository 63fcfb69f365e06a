"""What a store is: the facts in `ops.store`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VERSION_FACT, DERIVED_FACT, DATA_FACT = "schema_version", "derived_digest", "data_run_id"
"""The number of its last migration; what its derived tables were made by; the run whose data it holds."""


def read_store_facts(connection: DuckDBPyConnection) -> dict[str, str]:
    """All facts of the store, by name; none where it has no tables yet."""
    there = connection.execute(
        "from duckdb_tables() where database_name = 'store' and schema_name = 'ops' and table_name = 'store'"
    ).fetchall()
    return dict(connection.execute("select key, value from ops.store").fetchall()) if there else {}


def set_store_fact(connection: DuckDBPyConnection, key: str, value: str) -> None:
    """Keep one fact, in place of an older value."""
    connection.execute("delete from ops.store where key = $1", [key])
    connection.execute("insert into ops.store values ($1, $2)", [key, value])
