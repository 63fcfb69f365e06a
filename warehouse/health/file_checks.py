"""Check that the warehouse's files are sound: each opens, and every block of it can be read."""

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


_STRAY_LOG = "a stray log, such as a killed process leaves: DuckDB may read its content into the warehouse"
_MOVE_LOG = "the next run moves it away"
_REBUILD_WAREHOUSE = "`aclf rebuild` builds it again from the store"
_FETCH_AGAIN = "move it and .aclf/store.duckdb away and run `aclf sync`, which fetches everything again"
_RENEW_STORE = "move it away and run `aclf sync`, which creates it again from the warehouse"
_RESTORE_WAREHOUSE_FIRST = "restore the warehouse first, then move this file away and run `aclf sync`"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The result of the check of one file.

    Attributes:
        file: The file.
        fault: Why it is not sound, or None.
        remedy: What to do about the fault, or None.
    """

    file: Path
    fault: str | None
    remedy: str | None = None


def check_files(paths: Paths) -> list[FileCheck]:
    """Check the published warehouse, the store if there is one, and look for stray logs.

    A store that a run is writing counts as sound, because it cannot be read meanwhile.
    """
    warehouse_fault = _find_fault(paths.warehouse)
    warehouse_remedy = None if warehouse_fault is None else _choose_warehouse_remedy(paths)
    checks = [FileCheck(paths.warehouse, warehouse_fault, warehouse_remedy)]
    if paths.store.exists():
        store_fault = _find_fault(paths.store)
        # A new store starts as a copy of the warehouse, so a damaged warehouse has to be restored before.
        store_remedy = None
        if store_fault is not None:
            store_remedy = _RENEW_STORE if warehouse_fault is None else _RESTORE_WAREHOUSE_FIRST
        checks.append(FileCheck(paths.store, store_fault, store_remedy))
    checks.extend(FileCheck(log, _STRAY_LOG, _MOVE_LOG) for log in find_stray_logs(paths))
    return checks


def _choose_warehouse_remedy(paths: Paths) -> str:
    """Return the remedy that loses least: the store, else an earlier published file, else a new fetch."""
    if paths.store.exists() and _find_fault(paths.store) is None:
        return _REBUILD_WAREHOUSE
    damaged = paths.warehouse.resolve()
    for file in sorted(paths.published.glob("run-*.duckdb"), reverse=True):
        if file != damaged and _find_fault(file) is None:
            target = file.relative_to(paths.warehouse.parent)
            return f"go back to an earlier run with `ln -sfn {target} {paths.warehouse}`"
    return _FETCH_AGAIN


def _find_fault(file: Path) -> str | None:
    """Return why the file is not sound, or None if it is sound or another process is writing it."""
    tables = "select schema_name, table_name from duckdb_tables() where not internal order by all"
    try:
        with open_read_only(file) as connection:
            for schema, table in connection.execute(tables).fetchall():
                # A hash over whole rows needs every column, so DuckDB reads every block and compares its checksum.
                source = f"{quote_name(schema)}.{quote_name(table)}"
                connection.execute(f"select bit_xor(hash(entry)) from {source} as entry").fetchall()
    except AclfError as error:
        return None if "lock on file" in str(error) else error.happened
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None
