"""Whether the warehouse's files are sound: each opens, and every block of it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from extract.errors import AclfError
from transform.paths import quoted
from warehouse.leftovers import stray_logs
from warehouse.query import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.places import Places


_STRAY = "a log of a process that was killed: DuckDB may read what it wrote into the warehouse"


@dataclass(frozen=True, slots=True)
class Soundness:
    """A file, and why it is not sound, or None where it is."""

    file: Path
    fault: str | None


def examine(places: Places) -> list[Soundness]:
    """The published warehouse, the store where there is one that no run is writing, and logs that belong to nobody."""
    files = [places.warehouse, *([places.store] if places.store.exists() else [])]
    found = [Soundness(file, _fault(file)) for file in files]
    return [*found, *(Soundness(log, _STRAY) for log in stray_logs(places))]


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
