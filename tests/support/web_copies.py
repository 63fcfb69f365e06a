"""Published files of any run and store, and folders with copies of them."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import duckdb

from tests.tools.compare_warehouses import find_differences
from warehouse.store_facts import DATA_FACT, STORE_FACT, set_store_fact

if TYPE_CHECKING:
    from pathlib import Path

STORE = "a store"
"""The store of the files of `make_published_file`."""


def make_published_file(sound: Path, folder: Path, run: int, store: str = STORE) -> Path:
    """Copy a published file, and let the copy be that of a run and a store."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "aclf.duckdb"
    file.unlink(missing_ok=True)
    shutil.copyfile(sound, file)
    with duckdb.connect(str(file)) as connection:
        set_store_fact(connection, DATA_FACT, str(run))
        set_store_fact(connection, STORE_FACT, store)
    return file


def read_files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return each file of a folder with its inode and time: these tell whether it was written again."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def make_older(folder: Path, days: float) -> None:
    """Let every file of a folder be older by some days."""
    for file in folder.rglob("*"):
        if file.is_file():
            written = file.stat().st_mtime - days * 86_400
            os.utime(file, (written, min(written, time.time())))


def is_copy(copy: Path, warehouse: Path) -> bool:
    """Whether a copy has every table, view, macro, comment and row of a warehouse."""
    return find_differences(warehouse, copy) == []
