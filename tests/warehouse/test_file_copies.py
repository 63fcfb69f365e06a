"""A copy has the bytes of its source, whether the file system can share them or not."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.support.disks import mounted_sharing_disk
from tests.support.warehouses import CONDITION_SET
from tests.tools.make_store import make_first_night, make_second_night
from warehouse.file_copies import copy_file
from warehouse.paths import Paths
from warehouse.soundness import find_fault

SIZE = 20_000_001
"""Bytes of the copied file: not whole blocks."""


@pytest.fixture
def sharing_folder(tmp_path):
    """A folder on a disk whose files can share blocks."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted_sharing_disk(folder, tmp_path / "image"):
        yield folder


def make_file(path, size=SIZE):
    """Make a file of arbitrary bytes."""
    path.write_bytes(os.urandom(size))
    return path


def count_free_bytes(folder):
    """Return the free space of a disk when everything is written."""
    subprocess.run(["sync", "--file-system", folder], check=True)
    return shutil.disk_usage(folder).free


@pytest.mark.parametrize("size", [0, 1, SIZE])
def test_a_copy_has_the_same_bytes(tmp_path, size):
    """An ordinary disk refuses to share blocks, and the copy is written instead; a longer file there is replaced."""
    source, target = make_file(tmp_path / "source", size), make_file(tmp_path / "target", 2 * SIZE)
    copy_file(source, target)
    assert source.read_bytes() == target.read_bytes()


def test_a_copy_of_a_link_is_a_copy_of_its_file(tmp_path):
    """The warehouse is a link; its copy is a file of its own."""
    (tmp_path / "link").symlink_to(make_file(tmp_path / "source").name)
    copy_file(tmp_path / "link", tmp_path / "target")
    assert not (tmp_path / "target").is_symlink()
    assert (tmp_path / "target").read_bytes() == (tmp_path / "source").read_bytes()


def test_a_copy_that_cannot_be_made_tells_the_cause(tmp_path):
    """The refusal to share blocks does not hide what is wrong with the files."""
    with pytest.raises(FileNotFoundError, match="source"):
        copy_file(tmp_path / "source", tmp_path / "target")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        copy_file(make_file(tmp_path / "source"), tmp_path / "nowhere" / "target")


def test_a_copy_of_shared_blocks_takes_no_space_and_is_its_own_file(sharing_folder):
    """The copy has the same bytes in no space of its own, and keeps them when the source is written."""
    source = make_file(sharing_folder / "source")
    before, free = source.read_bytes(), count_free_bytes(sharing_folder)
    copy_file(source, sharing_folder / "target")
    assert free - count_free_bytes(sharing_folder) < SIZE / 20
    with source.open("r+b") as file:
        file.write(b"other bytes")
    assert (sharing_folder / "target").read_bytes() == before
    assert source.read_bytes() != before


@pytest.mark.slow
def test_nights_on_shared_blocks_are_as_elsewhere(make_warehouse, sharing_folder):
    """Two nights are published from copies of shared blocks, and a lost store is made again from one of them."""
    warehouse = make_warehouse()
    warehouse.folder, warehouse.path = sharing_folder, sharing_folder / "aclf.duckdb"
    warehouse.use_condition_set(CONDITION_SET)
    published = []
    for night in (make_first_night, make_second_night):
        warehouse.serve(*night())
        assert warehouse.sync(accept_shrink=True)["outcome"] == "published"
        published.append(warehouse.path.read_bytes())
    paths = Paths.of(warehouse.path)
    assert paths.get_published_file(1).read_bytes() == published[0]
    paths.store.unlink()
    assert warehouse.sync()["outcome"] == "unchanged"
    assert [find_fault(file) for file in (paths.store, paths.warehouse, paths.get_published_file(1))] == [None] * 3
