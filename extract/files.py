"""Writes files so that a reader sees a complete file or none."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUFFER_BYTES = 1 << 20
"""A part is thousands of short writes, which go to the system together."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it, or the file that was there before, even after a power failure.

    Args:
        path: The path of the file; its folder exists.
        data: All of its bytes.

    Raises:
        OSError: The disk is full, or the folder cannot be written to.
    """
    with write_aside(path) as file:
        file.write(data)


@contextmanager
def write_aside(path: Path, *, is_flushed: bool = True) -> Iterator[BinaryIO]:
    """Give the block a file to write and read, and put it in place, whole and on the disk, when the block ends.

    An error leaves no temporary file; a killed process may leave one (`.NAME.PID.THREAD.part`).

    Args:
        path: The path of the file; its folder exists.
        is_flushed: Whether the file has to survive a power failure. Without that it may be there and have other bytes.

    Raises:
        OSError: The disk is full, or the folder cannot be written to.
    """
    # A rename replaces a file in one step, but only within a file system. So the temporary file is in the same folder.
    part = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.part")
    try:
        with part.open("w+b", buffering=_BUFFER_BYTES) as file:
            yield file
            file.flush()
            # The bytes must be on the disk before the name points to them.
            if is_flushed:
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    # The rename itself is on the disk only after the folder is flushed.
    if is_flushed:
        flush_to_disk(path.parent)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
