"""Whether the warehouse's files are sound: each opens, and every block of it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from extract.errors import AclfError
from transform.paths import quote_name
from warehouse.connect import open_read_only
from warehouse.health.cleanup import find_stray_logs

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.paths import Paths


_STRAY = "a log of a process that was killed: DuckDB may read what it wrote into the warehouse"
_NEW_STORE = "move it away and run `aclf sync`: it is made again from the warehouse"
_AFTER_THE_FIRST = "restore the warehouse first, then move this file away and run `aclf sync`"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file, and why it is not sound and what to do about it, or None where it is sound."""

    file: Path
    fault: str | None
    remedy: str | None = None


def check_files(paths: Paths) -> list[FileCheck]:
    """The published warehouse, the store where there is one that no run is writing, and logs that belong to nobody."""
    published = _fault(paths.warehouse)
    found = [FileCheck(paths.warehouse, published, published and _to_restore_the_warehouse(paths))]
    if paths.store.exists():
        fault = _fault(paths.store)
        found.append(FileCheck(paths.store, fault, fault and (_NEW_STORE if published is None else _AFTER_THE_FIRST)))
    return [*found, *(FileCheck(log, _STRAY, "the next run moves it away") for log in find_stray_logs(paths))]


def _to_restore_the_warehouse(paths: Paths) -> str:
    if paths.store.exists() and _fault(paths.store) is None:
        return "`aclf rebuild` makes it again from the store"
    others = sorted(paths.versions.glob("run-*.duckdb"), reverse=True)
    sound = next((file for file in others if file != paths.warehouse.resolve() and _fault(file) is None), None)
    if sound is None:
        return "move it and .aclf/store.duckdb away and run `aclf sync`, which fetches all again"
    return f"go back to an earlier run with `ln -sfn {sound.relative_to(paths.warehouse.parent)} {paths.warehouse}`"


def _fault(file: Path) -> str | None:
    try:
        with open_read_only(file) as connection:
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where not internal order by all"
            ).fetchall():
                connection.execute(
                    f"select bit_xor(hash(entry)) from {quote_name(schema)}.{quote_name(table)} as entry"
                ).fetchall()
    except AclfError as error:
        return None if "lock on file" in str(error) else error.happened
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None
