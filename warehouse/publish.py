"""Publishes the store as the file that analysts open: old or new, nothing else, killed at any instant.

The store is copied to a version of its own, `.aclf/published/run-NNNNNN.duckdb`, and the warehouse is a link that a
rename turns to it. A link rather than a plain file, because a process that still holds the old file (a notebook, a
dashboard) and connects to the same path again would be given the old data by DuckDB; and because a version's name is
its own, no leftover write-ahead log can ever lie beside a new one.
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

VERSIONS_KEPT = 3
"""The newest published files, this one included, are kept to go back to."""

_READ_ONLY = 0o444
"""Nobody's to write; who may read it is the umask's to say."""


def publish_store(paths: Paths, run_id: int) -> None:
    """Publish the store, which no connection holds open.

    Args:
        paths: the warehouse's.
        run_id: the run whose data the store holds.

    Raises:
        PublishFailed: the file could not be written or put in place; the warehouse is as it was.
    """
    version = paths.version(run_id)
    try:
        paths.versions.mkdir(exist_ok=True)
        _copy(paths, version)
        _point(paths.warehouse, version)
    except (OSError, duckdb.Error) as error:
        next_step = advise_space(paths) if is_disk_full(error) else None
        raise PublishFailed(f"{paths.warehouse} could not be replaced ({error})", next_step=next_step) from error
    _forget_old(paths, version)


def get_published_run(paths: Paths) -> int | None:
    """The run whose data the warehouse holds, or None where none is published."""
    name = paths.warehouse.resolve().stem if paths.warehouse.exists() else ""
    number = name.removeprefix("run-")
    return int(number) if number.isdecimal() else None


def _copy(paths: Paths, version: Path) -> None:
    if paths.store_log.exists():
        raise OSError(f"the store's log {paths.store_log} is not empty")
    part = version.with_suffix(".part")
    try:
        shutil.copyfile(paths.store, part)
        prove_readable(part)
        part.chmod(part.stat().st_mode & _READ_ONLY)
        flush_to_disk(part)
        part.replace(version)
    finally:
        part.unlink(missing_ok=True)
    flush_to_disk(version.parent)


def _point(warehouse: Path, version: Path) -> None:
    link = version.parent / f"{warehouse.name}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(version, warehouse.parent))
    link.replace(warehouse)
    flush_to_disk(warehouse.parent)


def _forget_old(paths: Paths, newest: Path) -> None:
    """Remove the versions that are too old."""
    versions = sorted(paths.versions.glob("run-*.duckdb"), reverse=True)
    old = [version for version in versions if version != newest][VERSIONS_KEPT - 1 :]
    for version in old:
        with suppress(OSError):
            version.unlink()
