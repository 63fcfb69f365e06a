"""What a full disk and a damaged store are told as: DuckDB and the system say neither what stands nor what to do."""

from __future__ import annotations

import errno
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from warehouse.errors import LoadFailed, StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.paths import Paths

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_IN_WORDS = ("No space left on device", "Disk quota exceeded", "File too large", "Could not write")
_DAMAGED_IN_WORDS = "Corrupt database file"


@contextmanager
def translate_disk_errors(paths: Paths) -> Iterator[None]:
    """Within it, a full disk and a damaged block of the store end in an error with a sentence.

    Raises:
        LoadFailed: the disk is full.
        StoreUnusable: a block of the store cannot be read.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        reason = str(error).partition("\n")[0]
        if is_disk_full(error):
            last = error.strerror if isinstance(error, OSError) else reason.rpartition(": ")[2]
            raise LoadFailed(f"the store could not be written ({last})", next_step=advise_space(paths)) from error
        if _DAMAGED_IN_WORDS in reason:
            raise StoreUnusable(f"the store {paths.store} is damaged ({reason})") from error
        raise


def is_disk_full(error: Exception) -> bool:
    """Whether it says that the disk is full, or that a file may not grow."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return any(words in str(error) for words in _FULL_IN_WORDS)


def advise_space(paths: Paths) -> str:
    """What to do about a full disk, in bytes: a run copies the store twice, to load and to publish."""
    store = paths.store.stat().st_size if paths.store.exists() else 0
    free = shutil.disk_usage(paths.warehouse.parent).free
    return (
        f"free some space beside the warehouse ({free:,} bytes are free, and a run needs {2 * store:,} "
        "and what is new), then run the command again"
    )
