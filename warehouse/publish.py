"""Publish the store as the file that analysts open.

A reader sees the old or the new data and nothing else, even if the process is killed at any moment.

The store is copied to a new file, `.aclf/published/run-NNNNNN.duckdb`. The warehouse is a link, and a rename makes it
point to the new file. It is a link and not a plain file for two reasons:

- A process may hold the old file open (a notebook, a dashboard) and connect to the same path again. With a plain file
  DuckDB would give it the old data again.
- Each published file has a new name, so a write-ahead log left by another file can never be beside it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from extract.files import flush_to_disk
from warehouse.connect import prove_readable
from warehouse.disk_errors import advise_space, is_disk_full
from warehouse.errors import PublishFailed

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.paths import Paths

FILES_KEPT = 3
"""Published files that are kept, the newest one included, so that an operator can go back."""

_READ_ONLY = 0o444
"""The permissions that remain of those the umask gives: nobody may write a published file."""


def publish_store(paths: Paths, run_id: int) -> None:
    """Publish the store. No connection may hold it open.

    Args:
        paths: The warehouse's paths.
        run_id: The run whose data the store holds.

    Raises:
        PublishFailed: The file could not be written or put in place. The warehouse has not changed.
    """
    published_file = paths.get_published_file(run_id)
    try:
        paths.published.mkdir(exist_ok=True)
        _copy_store(paths, published_file)
        _turn_link(paths.warehouse, published_file)
    except (OSError, duckdb.Error) as error:
        next_step = advise_space(paths) if is_disk_full(error) else None
        raise PublishFailed(f"{paths.warehouse} could not be replaced ({error})", next_step=next_step) from error
    _remove_old_files(paths, published_file)


def get_published_run(paths: Paths) -> int | None:
    """Return the run whose data the warehouse holds, or None if nothing is published."""
    name = paths.warehouse.resolve().stem if paths.warehouse.exists() else ""
    number = name.removeprefix("run-")
    return int(number) if number.isdecimal() else None


def _copy_store(paths: Paths, target: Path) -> None:
    """Copy the store to a new published file, and prove that the copy is whole before it gets its name."""
    # A log would mean that the store's file lacks its newest data.
    if paths.store_log.exists():
        raise OSError(f"the store's log {paths.store_log} is not empty")
    part = target.with_suffix(".part")
    try:
        shutil.copyfile(paths.store, part)
        prove_readable(part)
        part.chmod(part.stat().st_mode & _READ_ONLY)
        # The bytes must be on the disk before the name is: the power may fail between the two.
        flush_to_disk(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    flush_to_disk(target.parent)


def _turn_link(warehouse: Path, published_file: Path) -> None:
    """Make the warehouse a link to a published file, in one rename."""
    link = published_file.parent / f"{warehouse.name}.link"
    link.unlink(missing_ok=True)
    # The link is relative, so that the warehouse and `.aclf/` can be moved together.
    link.symlink_to(os.path.relpath(published_file, warehouse.parent))
    link.replace(warehouse)
    flush_to_disk(warehouse.parent)


def _remove_old_files(paths: Paths, newest: Path) -> None:
    """Remove all published files except the newest `FILES_KEPT`."""
    files = sorted(paths.published.glob("run-*.duckdb"), reverse=True)
    others = [file for file in files if file != newest]
    for file in others[FILES_KEPT - 1 :]:
        # A file that cannot be removed now is removed by a later run. It must not fail this one, which has published.
        with suppress(OSError):
            file.unlink()
