"""On a full disk the run ends in a sentence that says what is needed; once there is room, the next run heals."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager

import pytest

from extract.errors import AclfError, LandingFailed
from flows.pipeline import rebuild
from tests.support.killed_runs import limited
from tests.tools.make_store import first_night, second_night
from warehouse.errors import LoadFailed, PublishFailed

SECOND, THIRD = "2026-10-02 03:00", "2026-10-03 03:00"
MEGABYTE = 1_000_000
NEEDED = re.compile(
    r"free some space beside the warehouse \([\d,]+ bytes are free, and a run needs [\d,]+ and what is new\)"
)
DISKS = {
    # bytes that are free when the run begins, the errors that it may end in
    "for the run's own row": (0, LoadFailed),
    "for its commit": (4096, LoadFailed),
    "for the first reply": (20_000, LandingFailed),
    "for the copy of the store": (120_000, LoadFailed),
    "for nearly all of it": (1_000_000, LoadFailed),
    "for the new rows": (2_000_000, LoadFailed),
    "for the copy to publish": (2_500_000, PublishFailed),
}


@pytest.fixture(scope="module")
def one_night(new_warehouse):
    """A warehouse of one night; the registry has the next."""
    warehouse = new_warehouse()
    warehouse.serve(*first_night())
    warehouse.sync()
    warehouse.serve(*second_night())
    return warehouse


@pytest.fixture
def held(one_night, tmp_path):
    """A copy of it."""
    return one_night.copied(tmp_path)


@contextmanager
def disk(folder, size):
    """A disk of that size, mounted on the folder; it may be made larger."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk of its own can be mounted only by root")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def files(folder):
    """Every file, however deep; no link to one."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def names(warehouse):
    """The files that stay where a run fails: what has landed, and what was there before, are none of its leftovers."""
    there = {str(path.relative_to(warehouse.folder)) for path in files(warehouse.folder)}
    return {name for name in there if not name.startswith(".aclf/landing/") and not name.endswith("store.duckdb.wal")}


def heals(warehouse, error, before):
    """The failure is told, nothing is published or left, and with room again the run is finished."""
    assert isinstance(error, AclfError)
    told = str(error)
    assert error.exit_code == 1
    assert "the warehouse is as it was" in told
    assert NEEDED.search(told) or re.search(r"a reply of [\d,]+ bytes could not be written", told)
    assert told.count(". ") == 0
    assert before == (warehouse.path.read_bytes(), names(warehouse))


@pytest.mark.quick(1)
@pytest.mark.fault(38, 39)
@pytest.mark.parametrize(("free", "expected"), DISKS.values(), ids=DISKS.keys())
def test_a_full_disk_ends_the_run_in_a_sentence(one_night, tmp_path, free, expected):
    """Wherever the room runs out: the bytes that are needed, the old file, no half-made one; with room, all is done."""
    size = sum(-(-path.stat().st_size // 4096) for path in files(one_night.folder)) * 4096
    with disk(tmp_path, size + free):
        held = one_night.copied(tmp_path)
        before = held.path.read_bytes(), names(held)
        with pytest.raises(expected) as failed:
            held.sync(accept_shrink=True)
        heals(held, failed.value, before)
        subprocess.run(["mount", "-o", f"remount,size={20 * MEGABYTE}", tmp_path], check=True)
        assert held.sync(accept_shrink=True)["outcome"] == "published"
        assert held.rows("select max(version) from trial_versions") == [(2,)]


@pytest.mark.quick(1)
@pytest.mark.fault(38, 39)
@pytest.mark.parametrize("size", [0, 300, 1500, 30_000, 1_000_000, 1_950_000, 2_200_000])
def test_a_file_that_may_not_grow_ends_the_run_in_a_sentence(held, size):
    """The same where a limit is set on the size of files."""
    before = held.path.read_bytes(), names(held)
    job = held.job("sync", accept_shrink=True)
    heals(held, limited(size, SECOND, job), before)
    assert limited(20 * MEGABYTE, THIRD, job)["outcome"] == "published"


@pytest.mark.fault(38)
def test_a_rebuild_on_a_full_disk_changes_nothing(held):
    """A rebuild that finds no room fails in the same sentence, and is done once there is room."""
    before = held.path.read_bytes(), names(held)
    heals(held, limited(MEGABYTE, SECOND, held.job("rebuild")), before)
    assert rebuild(held.job("rebuild"))["outcome"] == "published"
