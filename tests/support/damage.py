"""Damage a block of a DuckDB file as a disk does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 16_384
"""Bytes of a block in a warehouse's file."""

_HEADERS = 3 * 4096
"""Bytes before the first block."""


def count_blocks(file: Path) -> int:
    """Return the number of blocks, free ones included."""
    return (file.stat().st_size - _HEADERS) // _BLOCK


def damage_block(file: Path, block: int = 0) -> None:
    """Flip one bit in the middle of a block, also if the file's mode is read-only."""
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[_HEADERS + block * _BLOCK + _BLOCK // 2] ^= 4
    file.write_bytes(content)


def find_data_block(file: Path, table: str) -> int:
    """Return the first block that holds rows of a table; DuckDB opens the file without reading it."""
    query = "select min(block_id) from pragma_storage_info($1) where block_id >= 0"
    with duckdb.connect(str(file), read_only=True) as connection:
        ((block,),) = connection.execute(query, [table]).fetchall()
    return int(block)
