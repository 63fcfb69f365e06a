"""Writes files so that a reader sees a complete file or none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it, or the file that was there before, even after a power failure.

    An error leaves no temporary file; a killed process may leave one (`.NAME.PID.part`).

    Args:
        path: The path of the file; its folder exists.
        data: All of its bytes.

    Raises:
        OSError: The disk is full, or the folder cannot be written to.
    """
    # A rename replaces a file in one step, but only within a file system. So the temporary file is in the same folder.
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            # The bytes must be on the disk before the name points to them.
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    # The rename itself is on the disk only after the folder is flushed.
    flush_to_disk(path.parent)


def flush_to_disk(path: Path) -> None:
    """Flush a file, or a folder with the renames in it, to the disk, so that it survives a power failure.

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
