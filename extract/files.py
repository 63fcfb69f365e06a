"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place so that a reader sees all of it or the one before, whatever happens.

    The bytes go to a temporary file in the same folder (`.NAME.PID.part`), are flushed to the disk, take the
    name by rename, and the folder is flushed too. A failure leaves no temporary file; a killed process may.

    Args:
        path: Where the file shall stand; its folder exists.
        data: All of its bytes.

    Raises:
        OSError: The disk is full, or the folder cannot be written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush_to_disk(path.parent)


def flush_to_disk(path: Path) -> None:
    """Flush a file, or a folder with the renames in it, to the disk, so that it outlasts a loss of power.

    Args:
        path: An existing file or folder.

    Raises:
        OSError: It cannot be opened or flushed.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
