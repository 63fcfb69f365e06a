"""On a full disk the run ends with a sentence that says what it needs; once there is room, the next run succeeds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from extract.errors import AclfError, LandingFailed
from flows.pipeline import rebuild
from tests.support.disks import mounted_disk, mounted_sharing_disk
from tests.support.killed_runs import run_with_size_limit
from tests.tools.make_store import make_first_night, make_second_night
from warehouse.errors import LoadFailed, PublishFailed

SECOND, THIRD = "2026-10-02 03:00", "2026-10-03 03:00"
MEGABYTE = 1_000_000
NEEDED = re.compile(
    r"free some space beside the warehouse \([\d,]+ bytes are free, and a run needs [\d,]+ and space for the new data\)"
    r"|raise the limit on your files .* \([\d,]+ bytes are free, and a run needs about [\d,]+\)"
)
DISKS = {
    # The bytes that are free when the run begins, and the error that it ends with.
    "for the run's own row": (0, LoadFailed),
    "for its commit": (4096, LoadFailed),
    "for the copy of the store": (20_000, LoadFailed),
    "for nearly all of it": (1_000_000, LoadFailed),
    "for a reply": (2_340_000, LandingFailed),
    "for a part": (2_400_000, LandingFailed),
    "for the new rows": (2_480_000, LoadFailed),
    "for the copy to publish": (2_700_000, PublishFailed),
}


@pytest.fixture(scope="module")
def one_night(make_warehouse):
    """Return a warehouse that holds the first night, while its registry serves the second."""
    warehouse = make_warehouse()
    warehouse.serve(*make_first_night())
    warehouse.sync()
    warehouse.serve(*make_second_night())
    return warehouse


@pytest.fixture
def warehouse_copy(one_night, tmp_path):
    """Return a copy of the warehouse, which a test may change."""
    return one_night.copy_to(tmp_path)


def fill_disk(ballast, free):
    """Write a file that leaves so many bytes free on its disk, and return it."""
    size = shutil.disk_usage(ballast.parent).free - free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        os.fsync(file.fileno())
    return ballast


def list_files(folder):
    """Return every file below the folder, but no links to files."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def list_names(warehouse):
    """Return the names of the files that a failed run must not add to: all except landed replies and the store's log.

    Landed replies stay on purpose, because the next run uses them.
    """
    names = {str(path.relative_to(warehouse.folder)) for path in list_files(warehouse.folder)}
    return {name for name in names if not name.startswith(".aclf/landing/") and not name.endswith("store.duckdb.wal")}


def assert_failed_cleanly(warehouse, error, before):
    """Assert that the message says what is needed, and that the run has published and left nothing."""
    assert isinstance(error, AclfError)
    message = str(error)
    assert error.exit_code == 1
    assert "the warehouse is as it was" in message
    assert NEEDED.search(message) or re.search(r"a (reply|part) of [\d,]+ bytes could not be written", message)
    assert message.count(". ") == 0
    assert before == (warehouse.path.read_bytes(), list_names(warehouse))


@pytest.mark.quick(1)
@pytest.mark.fault(38, 39)
@pytest.mark.parametrize(("free", "expected"), DISKS.values(), ids=DISKS.keys())
def test_a_full_disk_ends_the_run_in_a_sentence(one_night, tmp_path, free, expected):
    """A run that finds no room says which bytes it needs and leaves no half-made file; with room it succeeds."""
    # A file takes whole blocks of 4096 bytes on the disk.
    size = sum(-(-path.stat().st_size // 4096) for path in list_files(one_night.folder)) * 4096
    with mounted_disk(tmp_path, size + free):
        warehouse = one_night.copy_to(tmp_path)
        before = warehouse.path.read_bytes(), list_names(warehouse)
        with pytest.raises(expected) as failed:
            warehouse.sync(accept_shrink=True)
        assert_failed_cleanly(warehouse, failed.value, before)
        subprocess.run(["mount", "-o", f"remount,size={20 * MEGABYTE}", tmp_path], check=True)
        assert warehouse.sync(accept_shrink=True)["outcome"] == "published"
        assert warehouse.rows("select max(version) from trial_versions") == [(2,)]


@pytest.mark.slow
@pytest.mark.fault(38)
def test_a_full_disk_of_shared_blocks_ends_the_run_in_a_sentence(one_night, tmp_path):
    """A copy that shares its blocks takes no space, so its first writes find none; the sentence is the same."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted_sharing_disk(disk, tmp_path / "image"):
        warehouse = one_night.copy_to(disk / "folder")
        before = warehouse.path.read_bytes(), list_names(warehouse)
        ballast = fill_disk(disk / "ballast", free=MEGABYTE)
        with pytest.raises(LoadFailed) as failed:
            warehouse.sync(accept_shrink=True)
        assert_failed_cleanly(warehouse, failed.value, before)
        ballast.unlink()
        assert warehouse.sync(accept_shrink=True)["outcome"] == "published"
        assert warehouse.rows("select max(version) from trial_versions") == [(2,)]


@pytest.mark.quick(1)
@pytest.mark.fault(38, 39)
@pytest.mark.parametrize("size", [0, 300, 1500, 30_000, 1_000_000, 1_950_000, 2_200_000])
def test_a_file_that_may_not_grow_ends_the_run_in_a_sentence(warehouse_copy, size):
    """A limit on the size of files ends the run in the same sentence; with a higher limit the next run succeeds."""
    before = warehouse_copy.path.read_bytes(), list_names(warehouse_copy)
    job = warehouse_copy.job("sync", accept_shrink=True)
    assert_failed_cleanly(warehouse_copy, run_with_size_limit(size, SECOND, job), before)
    assert run_with_size_limit(20 * MEGABYTE, THIRD, job)["outcome"] == "published"


@pytest.mark.fault(38)
def test_a_rebuild_on_a_full_disk_changes_nothing(warehouse_copy):
    """A rebuild that finds no room fails with the same sentence, and succeeds once there is room."""
    before = warehouse_copy.path.read_bytes(), list_names(warehouse_copy)
    error = run_with_size_limit(MEGABYTE, SECOND, warehouse_copy.job("rebuild"))
    assert_failed_cleanly(warehouse_copy, error, before)
    assert rebuild(warehouse_copy.job("rebuild"))["outcome"] == "published"
