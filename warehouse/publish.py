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

from extract.files import sync
from warehouse.errors import PublishFailed
from warehouse.room import is_full, to_free

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.places import Places

VERSIONS_KEPT = 3
"""The newest published files, this one included, are kept to go back to."""

_READ_ONLY = 0o444


def publish_store(places: Places, run_id: int) -> None:
    """Publish the store, which no connection holds open.

    Args:
        places: the warehouse's.
        run_id: the run whose data the store holds.

    Raises:
        PublishFailed: the file could not be written or put in place; the warehouse is as it was.
    """
    version = places.version(run_id)
    try:
        places.versions.mkdir(exist_ok=True)
        _copy(places, version)
        _point(places.warehouse, version)
    except (OSError, duckdb.Error) as error:
        next_step = to_free(places) if is_full(error) else None
        raise PublishFailed(f"{places.warehouse} could not be replaced ({error})", next_step=next_step) from error
    _forget_old(places, version)


def published_run(places: Places) -> int | None:
    """The run whose data the warehouse holds, or None where none is published."""
    name = places.warehouse.resolve().stem if places.warehouse.exists() else ""
    number = name.removeprefix("run-")
    return int(number) if number.isdecimal() else None


def _copy(places: Places, version: Path) -> None:
    if places.store_log.exists():
        raise OSError(f"the store's log {places.store_log} is not empty")
    part = version.with_suffix(".part")
    try:
        shutil.copyfile(places.store, part)
        _prove_readable(part)
        part.chmod(_READ_ONLY)
        sync(part)
        part.replace(version)
    finally:
        part.unlink(missing_ok=True)
    sync(version.parent)


def _prove_readable(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("select count(*) from main.trials").fetchall()


def _point(warehouse: Path, version: Path) -> None:
    link = version.parent / f"{warehouse.name}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(version, warehouse.parent))
    link.replace(warehouse)
    sync(warehouse.parent)


def _forget_old(places: Places, newest: Path) -> None:
    """Remove the versions that are too old."""
    versions = sorted(places.versions.glob("run-*.duckdb"), reverse=True)
    old = [version for version in versions if version != newest][VERSIONS_KEPT - 1 :]
    for version in old:
        with suppress(OSError):
            version.unlink()
