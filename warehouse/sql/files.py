"""Read and run the SQL files of the warehouse, and pass values to them.

The first lines of each file in `statements` say which hidden arguments it has. After "Reads:" come the temporary
tables, the session variables as `$name`, and the bound parameters as `$1`. After "Writes:" come all tables that it
creates or changes.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from warehouse.bound_values import write_literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection


@cache
def read_sql(folder: str, name: str) -> str:
    """Return the text of `warehouse/sql/FOLDER/NAME.sql`."""
    return (files("warehouse") / "sql" / folder / f"{name}.sql").read_text("utf-8")


def list_sql(folder: str) -> Iterator[str]:
    """Return the names of the SQL files in `warehouse/sql/FOLDER`, sorted, without their ending."""
    entries = (entry.name for entry in (files("warehouse") / "sql" / folder).iterdir())
    return (name.removesuffix(".sql") for name in sorted(entries) if name.endswith(".sql"))


def set_variables(connection: DuckDBPyConnection, **values: Any) -> None:
    """Set session variables of DuckDB. Statements read them with `getvariable`, so no value is part of their text."""
    for variable, value in values.items():
        connection.execute(f"set variable {variable} = {write_literal(value)}")


def run_statements(connection: DuckDBPyConnection, name: str, **values: Any) -> DuckDBPyConnection:
    """Run the statements of `warehouse/sql/statements/NAME.sql`, with these values as session variables."""
    set_variables(connection, **values)
    return connection.execute(read_sql("statements", name))
