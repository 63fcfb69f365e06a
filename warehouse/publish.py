"""Publish the store as the file that analysts open.

A reader sees the old or the new data and nothing else, even if the process is killed at any moment.

The store is copied to a new folder, `.aclf/published/run-NNNNNN/`, and the whole of the copy is read, so that a damaged
block does not reach the analysts. The warehouse is a link, and a rename makes it point to the new file. It is a link
and not a plain file for two reasons:

- A process may hold the old file open (a notebook, a dashboard) and connect to the same path again. With a plain file
  DuckDB would give it the old data again.
- Each published file has a new name, so a write-ahead log left by another file can never be beside it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from extract.files import flush_to_disk
from warehouse.disk_errors import advise_space, is_disk_full
from warehouse.errors import PublishFailed, StoreUnusable
from warehouse.file_copies import copy_file
from warehouse.published_files import get_flat_name, is_flat, list_published_files
from warehouse.soundness import find_fault

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
        run_id: The run that publishes. No run has its number twice, so no file that a reader may hold is replaced.

    Raises:
        StoreUnusable: A block of the store is damaged. The warehouse has not changed.
        PublishFailed: The file could not be written or put in place. The warehouse has not changed.
    """
    published_file = paths.get_published_file(run_id)
    try:
        paths.published.mkdir(exist_ok=True)
        _copy_store(paths, published_file)
        _make_link(get_flat_name(published_file), published_file)
        _make_link(paths.warehouse, published_file)
    except OSError as error:
        next_step = advise_space(paths) if is_disk_full(error) else None
        raise PublishFailed(f"{paths.warehouse} could not be replaced ({error})", next_step=next_step) from error
    _remove_old_files(paths, published_file)


def _copy_store(paths: Paths, target: Path) -> None:
    """Copy the store to a new published file, and prove that the copy is whole before it gets its name."""
    # A log would mean that the store's file lacks its newest data.
    if paths.store_log.exists():
        raise OSError(f"the store's log {paths.store_log} is not empty")
    part = target.parent.with_suffix(".part")
    # An earlier attempt of this run may have left a folder. No link has ever led to it.
    for folder in (part, target.parent):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        part.mkdir()
        copy = part / target.name
        copy_file(paths.store, copy)
        _refuse_damage(copy, paths)
        copy.chmod(copy.stat().st_mode & _READ_ONLY)
        # The bytes must be on the disk before the name is: the power may fail between the two.
        flush_to_disk(copy)
        flush_to_disk(part)
        part.replace(target.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    flush_to_disk(paths.published)


def _refuse_damage(copy: Path, paths: Paths) -> None:
    """Read every block of the copy, also those that the run did not need, and refuse a damaged one."""
    fault = find_fault(copy)
    if fault is None:
        return
    if find_fault(paths.store) is None:
        raise OSError(f"the disk changed what was written to it: {fault}")
    # A new store starts as a copy of the warehouse, so the warehouse has to be sound.
    is_warehouse_sound = paths.warehouse.exists() and find_fault(paths.warehouse) is None
    raise StoreUnusable(
        f"the store {paths.store} is damaged ({fault})",
        next_step=None if is_warehouse_sound else "run `aclf check`, which says what to do about each damaged file",
    )


def _make_link(link: Path, published_file: Path) -> None:
    """Make a link to a published file, in one rename."""
    new_link = published_file.parent.parent / f"{link.name}.link"
    new_link.unlink(missing_ok=True)
    # The link is relative, so that the warehouse and `.aclf/` can be moved together.
    new_link.symlink_to(os.path.relpath(published_file, link.parent))
    new_link.replace(link)
    flush_to_disk(link.parent)


def _remove_old_files(paths: Paths, newest: Path) -> None:
    """Remove all published files except the newest `FILES_KEPT`."""
    others = [file for file in list_published_files(paths) if file != newest]
    if len(others) < FILES_KEPT:
        return
    # Earlier versions did not read the whole of what they published. A damaged file is not kept instead of a sound one.
    others.sort(key=lambda file: is_flat(file, paths) and find_fault(file) is not None)
    for file in others[FILES_KEPT - 1 :]:
        # A file that cannot be removed now is removed by a later run. It must not fail this one, which has published.
        with suppress(OSError):
            _remove_file(file, paths)


def _remove_file(file: Path, paths: Paths) -> None:
    if is_flat(file, paths):
        file.unlink()
    else:
        get_flat_name(file).unlink(missing_ok=True)
        shutil.rmtree(file.parent)
