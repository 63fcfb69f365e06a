"""Make a copy of the published file for readers over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.files import flush_to_disk
from warehouse.connect import open_to_compact, skip_log
from warehouse.soundness import find_fault

if TYPE_CHECKING:
    from pathlib import Path


def make_compact_copy(file: Path, copy: Path, scratch: Path) -> None:
    """Copy a published file into a new file with large blocks and without free space.

    A reader over HTTP fetches a file block by block, each with a request. The published file has small blocks, which
    suit a disk. Every table, view, macro and comment goes along.

    Args:
        file: The published file.
        copy: The path of the copy.
        scratch: A folder for what does not fit into memory.

    Raises:
        OSError: The disk changed what was written, or it is full.
        duckdb.Error: A block of the published file is damaged, or the disk is full.
        NoWarehouse: A view in the published file reads another file.
    """
    with open_to_compact(file, copy, scratch) as connection:
        # Nobody needs a log of a file that is thrown away if this fails.
        skip_log(connection)
        connection.execute("copy from database published to store")
        connection.execute("checkpoint store")
    # The whole of a copy is read before anybody else reads it, as it is before the link is turned.
    fault = find_fault(copy)
    if fault is not None:
        raise OSError(f"the disk changed what was written to it: {fault}")
    flush_to_disk(copy)
