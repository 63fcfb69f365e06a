"""Find out whether a database file is sound, which only reading the whole of it can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from extract.errors import AclfError
from transform.paths import quote_name
from warehouse.connect import open_read_only
from warehouse.memory import get_memory_limit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TABLES = "select schema_name, table_name from duckdb_tables() where not internal order by all"


def find_fault(file: Path) -> str | None:
    """Read every block of a database, and return why the file is not sound.

    Returns:
        The fault, or None if the file is sound or another process is writing it.
    """
    try:
        # Without a limit DuckDB would keep all that it reads in memory, and nothing here is read twice.
        with open_read_only(file, f"set memory_limit = '{get_memory_limit()}B'") as connection:
            tables = connection.execute(_TABLES).fetchall()
            if tables:
                connection.execute(_make_reading_query(tables)).fetchall()
    except AclfError as error:
        return None if "lock on file" in str(error) else error.happened
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None


def _make_reading_query(tables: Iterable[tuple[str, str]]) -> str:
    """Return one query that reads every column of these tables: a query for each would cost twice as much."""
    sources = (f"{quote_name(schema)}.{quote_name(table)}" for schema, table in tables)
    # A hash over whole rows needs every column, so DuckDB reads every block and compares its checksum.
    return " union all ".join(f"select bit_xor(hash(entry)) from {source} as entry" for source in sources)
