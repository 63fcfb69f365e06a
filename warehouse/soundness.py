"""Whether the warehouse's files are sound: each opens, and every block of it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from extract.errors import AclfError
from transform.paths import quoted
from warehouse.query import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.places import Places


@dataclass(frozen=True, slots=True)
class Soundness:
    """A file, and why it is not sound, or None where it is."""

    file: Path
    fault: str | None


def examine(places: Places) -> list[Soundness]:
    """The published warehouse and, where there is one that no run is writing, the store."""
    files = [places.warehouse, *([places.store] if places.store.exists() else [])]
    return [Soundness(file, _fault(file)) for file in files]


def _fault(file: Path) -> str | None:
    try:
        with open_read_only(file) as connection:
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where not internal order by all"
            ).fetchall():
                connection.execute(
                    f"select bit_xor(hash(entry)) from {quoted(schema)}.{quoted(table)} as entry"
                ).fetchall()
    except AclfError as error:
        return None if "lock on file" in str(error) else error.happened
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None
