"""Copy a database file, without writing its bytes again where the file system can share them."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FICLONE = 0x40049409
"""Linux's request to let one file have the blocks of another (`ioctl_ficlone(2)`)."""


def copy_file(source: Path, target: Path) -> None:
    """Copy a file; the copy shares the source's blocks where the file system can do so (Btrfs, XFS).

    A shared block is written elsewhere when one of the files changes it, so neither sees the other's changes. This
    takes no time and, until then, no space. A hard link would be no copy: both names would be the same file, and a run
    writes its row into the store in place.

    The copy is not flushed to the disk, and an error or a kill may leave a part of it: the caller gives it a name that
    nobody reads, and renames or removes it.

    Args:
        source: The file, or a link to it. Nobody writes it meanwhile.
        target: The path of the copy. A file there is overwritten.

    Raises:
        OSError: The copy could not be written.
    """
    if not _share_blocks(source, target):
        shutil.copyfile(source, target)


def _share_blocks(source: Path, target: Path) -> bool:
    """Let a new file share the blocks of another, and return whether the system did that."""
    if sys.platform != "linux":
        return False
    from fcntl import ioctl  # noqa: PLC0415 - only some systems have it

    # Systems word a refusal in many ways. Whatever it is, an ordinary copy may succeed, or tells the cause.
    with suppress(OSError), source.open("rb") as original, target.open("wb") as copy:
        ioctl(copy.fileno(), _FICLONE, original.fileno())
        return True
    return False
