"""Check that the warehouse's files are sound: each opens, and every block of it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.health.cleanup import find_stray_logs
from warehouse.lost_files import choose_way_back, describe_lost_link
from warehouse.published_files import list_published_files
from warehouse.soundness import find_fault

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.paths import Paths


_STRAY_LOG = "a stray log, such as a killed process leaves: DuckDB may read its content into the warehouse"
_MOVE_LOG = "the next run moves it away"
_REBUILD_WAREHOUSE = "`aclf rebuild` builds it again from the store"
_FETCH = "run `aclf sync`, which fetches everything"
_RENEW_STORE = "move it away and run `aclf sync`, which creates it again from the warehouse"
_RESTORE_WAREHOUSE_FIRST = "restore the warehouse first, then move this file away and run `aclf sync`"


SOUND, DAMAGED, MISSING, STRAY = "sound", "damaged", "missing", "stray"
"""What a file can be."""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The result of the check of one file.

    Attributes:
        file: The file.
        state: `sound`, `damaged`, `missing`, or `stray` for a log that belongs to no database.
        fault: Why it is not sound, or None.
        remedy: What to do about the fault, or None.
    """

    file: Path
    state: str = SOUND
    fault: str | None = None
    remedy: str | None = None


def check_files(paths: Paths) -> list[FileCheck]:
    """Check the published warehouse, the store if there is one, and look for stray logs.

    A store that a run is writing counts as sound, because it cannot be read meanwhile.
    """
    checks = [_check_warehouse(paths)]
    if paths.store.exists():
        checks.append(_check_store(paths, is_warehouse_sound=checks[0].state == SOUND))
    checks.extend(FileCheck(log, STRAY, _STRAY_LOG, _MOVE_LOG) for log in find_stray_logs(paths))
    return checks


def _check_warehouse(paths: Paths) -> FileCheck:
    file = paths.warehouse
    if not file.exists():
        lost = describe_lost_link(file) or "there is no such file"
        return FileCheck(file, MISSING, lost, _choose_remedy(paths))
    fault = find_fault(file)
    return FileCheck(file) if fault is None else FileCheck(file, DAMAGED, fault, _choose_remedy(paths))


def _check_store(paths: Paths, *, is_warehouse_sound: bool) -> FileCheck:
    fault = find_fault(paths.store)
    if fault is None:
        return FileCheck(paths.store)
    # A new store starts as a copy of the warehouse, so a damaged warehouse has to be restored before.
    return FileCheck(paths.store, DAMAGED, fault, _RENEW_STORE if is_warehouse_sound else _RESTORE_WAREHOUSE_FIRST)


def _choose_remedy(paths: Paths) -> str:
    """Return the remedy for the warehouse that loses least: the store, else an earlier file, else a new fetch."""
    if paths.store.exists() and find_fault(paths.store) is None:
        return _REBUILD_WAREHOUSE
    # Nothing was ever published here.
    if not (paths.warehouse.is_symlink() or paths.warehouse.exists() or list_published_files(paths)):
        return _FETCH
    return choose_way_back(paths)
