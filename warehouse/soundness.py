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
_NEW_STORE = "move it away and run `aclf sync`: it is made again from the warehouse"
_AFTER_THE_FIRST = "restore the warehouse first, then move this file away and run `aclf sync`"


@dataclass(frozen=True, slots=True)
class Soundness:
    """A file, and why it is not sound and what to do about it, or None where it is sound."""

    file: Path
    fault: str | None
    remedy: str | None = None


def examine(places: Places) -> list[Soundness]:
    """The published warehouse, the store where there is one that no run is writing, and logs that belong to nobody."""
    published = _fault(places.warehouse)
    found = [Soundness(places.warehouse, published, published and _to_restore_the_warehouse(places))]
    if places.store.exists():
        fault = _fault(places.store)
        found.append(Soundness(places.store, fault, fault and (_NEW_STORE if published is None else _AFTER_THE_FIRST)))
    return [*found, *(Soundness(log, _STRAY, "the next run moves it away") for log in stray_logs(places))]


def _to_restore_the_warehouse(places: Places) -> str:
    if places.store.exists() and _fault(places.store) is None:
        return "`aclf rebuild` makes it again from the store"
    others = sorted(places.versions.glob("run-*.duckdb"), reverse=True)
    sound = next((file for file in others if file != places.warehouse.resolve() and _fault(file) is None), None)
    if sound is None:
        return "move it and .aclf/store.duckdb away and run `aclf sync`, which fetches all again"
    return f"go back to an earlier run with `ln -sfn {sound.relative_to(places.warehouse.parent)} {places.warehouse}`"


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
