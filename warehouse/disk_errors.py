"""Translate a full disk, too little memory and a damaged store into errors that say what to do next."""

from __future__ import annotations

import errno
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from warehouse.errors import LoadFailed, MemoryExhausted, StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.paths import Paths

_DISK_FULL_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

# DuckDB's errors have no code, only a text, and each system words a full disk in its own way.
_DISK_FULL_TEXTS = ("No space left on device", "Disk quota exceeded", "File too large", "Could not write")

_LEAST_SCRATCH = 100_000_000
"""Bytes of free space. With less than this, a lack of memory is a lack of space for `.aclf/scratch`."""

_COPIES = 3
"""Copies of the store that a run needs at most: to load, to publish, and to make every table again in an upgrade."""

_BYTES_PER_LANDED_BYTE = 6
"""Bytes that one byte of a reply takes at most: in a part, in DuckDB's log, in the store and in its copy."""

_DAMAGED_TEXT = "Corrupt database file"


@contextmanager
def translate_disk_errors(paths: Paths) -> Iterator[None]:
    """Run the block, and raise a full disk, too little memory and a damaged block as errors of this package.

    Raises:
        LoadFailed: The disk is full.
        MemoryExhausted: DuckDB needed more memory than its limit, or the machine has none left.
        StoreUnusable: A block of the store cannot be read.
    """
    try:
        yield
    except (duckdb.Error, OSError, MemoryError) as error:
        reason = str(error).partition("\n")[0]
        if is_disk_full(error):
            # DuckDB puts the system's own words behind the last colon.
            cause = error.strerror if isinstance(error, OSError) else reason.rpartition(": ")[2]
            raise LoadFailed(f"the store could not be written ({cause})", next_step=advise_space(paths)) from error
        if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
            # DuckDB moves what its memory cannot hold to the scratch folder. Without space there, the disk is at fault.
            next_step = advise_space(paths, _LEAST_SCRATCH) if _count_free_bytes(paths) < _LEAST_SCRATCH else None
            cause = reason or "the machine has none left"
            raise MemoryExhausted(f"the rows need more memory than there is ({cause})", next_step=next_step) from error
        if _DAMAGED_TEXT in reason:
            raise StoreUnusable(f"the store {paths.store} is damaged ({reason})") from error
        raise


def is_disk_full(error: Exception) -> bool:
    """Return whether an error says that the disk is full, or that a file may not grow."""
    if isinstance(error, OSError):
        return error.errno in _DISK_FULL_CODES
    return any(text in str(error) for text in _DISK_FULL_TEXTS)


def advise_space(paths: Paths, least: int = 0) -> str:
    """Return the next step for a full disk, with the free and the needed bytes.

    Args:
        paths: The warehouse's paths.
        least: The least number of bytes that a run needs.
    """
    free, needed = _count_free_bytes(paths), max(least, _estimate_need(paths))
    if free > needed:
        return (
            f"raise the limit on your files (a quota, or the size of one file) or free more space beside the warehouse "
            f"({free:,} bytes are free, and a run needs about {needed:,}), then run the command again"
        )
    return (
        f"free some space beside the warehouse ({free:,} bytes are free, and a run needs {needed:,} "
        "and space for the new data), then run the command again"
    )


def _count_free_bytes(paths: Paths) -> int:
    return shutil.disk_usage(paths.warehouse.parent).free


def _estimate_need(paths: Paths) -> int:
    """Return the bytes that a run needs beside the files that are there."""
    files = [paths.store, paths.warehouse, *paths.landing.rglob("*.json")]
    store, warehouse, *landed = (file.stat().st_size if file.exists() else 0 for file in files)
    return _COPIES * max(store, warehouse) + _BYTES_PER_LANDED_BYTE * sum(landed)
