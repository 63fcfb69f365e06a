"""Mount small disks, which a test may fill."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SHARING_MAKERS = {"mkfs.xfs": "310M", "mkfs.btrfs": "120M"}
"""What makes a file system that can share blocks, and the smallest disk that it takes."""


@contextmanager
def mounted_disk(folder: Path, size: int) -> Iterator[None]:
    """Run the block with a disk of this size mounted on the folder; it can be made larger in the block."""
    with _mounted(folder, ["-t", "tmpfs", "-o", f"size={size}", "tmpfs"]):
        yield


@contextmanager
def mounted_sharing_disk(folder: Path, image: Path) -> Iterator[None]:
    """Run the block with a disk mounted on the folder whose files can share blocks.

    Args:
        folder: an empty folder.
        image: where the file is made that holds the disk.
    """
    maker = next((maker for maker in _SHARING_MAKERS if shutil.which(maker)), None)
    if maker is None:
        pytest.skip(f"none of {', '.join(_SHARING_MAKERS)} is installed")
    subprocess.run(["truncate", "-s", _SHARING_MAKERS[maker], image], check=True)
    subprocess.run([maker, "-q", image], check=True, capture_output=True)
    with _mounted(folder, ["-o", "loop", image]):
        yield


@contextmanager
def _mounted(folder: Path, disk: Sequence[str | Path]) -> Iterator[None]:
    mounted = subprocess.run(["mount", *disk, folder], capture_output=True, check=False, text=True)
    if mounted.returncode:
        pytest.skip(f"this disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)
