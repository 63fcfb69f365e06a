"""A file is sound only if every block of it can be read."""

from __future__ import annotations

import duckdb
import pytest

from tests.support.damage import count_blocks, damage_block
from tests.support.warehouses import fetch_rows
from warehouse.paths import Paths
from warehouse.soundness import find_fault
from warehouse.store import open_store


@pytest.mark.slow
@pytest.mark.fault(46)
def test_every_block_in_use_is_read(tmp_path):
    """A flipped bit in any block that is in use is found, also in the blocks that hold DuckDB's own metadata."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    with open_store(paths):
        pass
    with duckdb.connect(str(paths.store), read_only=True) as connection:
        free = "select free_blocks from pragma_database_size() where database_name = 'store'"
        ((free_blocks,),) = fetch_rows(connection, free)
    sound = paths.store.read_bytes()
    missed = 0
    for block in range(count_blocks(paths.store)):
        damage_block(paths.store, block)
        missed += find_fault(paths.store) is None
        paths.store.write_bytes(sound)
    assert missed <= free_blocks
