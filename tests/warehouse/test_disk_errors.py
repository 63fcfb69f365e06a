"""What DuckDB and the system say about disk and memory becomes an error that says what stands and what to do next."""

from __future__ import annotations

import errno
import shutil

import duckdb
import pytest

from tests.support.warehouses import make_five_members, with_value
from warehouse import connect
from warehouse.disk_errors import advise_space, translate_disk_errors
from warehouse.errors import LoadFailed, MemoryExhausted, StoreUnusable
from warehouse.paths import Paths

LONG_TEXTS = (
    "create table texts as select repeat(md5(number::varchar), 100) as text from range(10000) as numbers(number)"
)
"""A table of 32 MB."""


@pytest.fixture
def paths(tmp_path):
    """Return the paths of an empty folder."""
    return Paths.of(tmp_path / "aclf.duckdb")


def test_too_little_memory_does_not_speak_of_the_disk(paths):
    """What needs more than DuckDB's limit ends in one line about memory."""
    with (
        duckdb.connect(config={"memory_limit": "16MB", "temp_directory": ""}) as connection,
        pytest.raises(MemoryExhausted, match="the rows need more memory than there is") as raised,
        translate_disk_errors(paths),
    ):
        connection.execute(LONG_TEXTS)
    assert "disk" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_machine_without_memory_has_the_same_sentence(paths):
    """Python's own error about memory, which has no text, gets the same class and a whole sentence."""
    with (
        pytest.raises(MemoryExhausted, match=r"more memory than there is \(the machine has none left\);"),
        translate_disk_errors(paths),
    ):
        raise MemoryError


def test_without_space_for_scratch_the_advice_is_about_the_disk(paths, monkeypatch):
    """DuckDB calls it a lack of memory when it cannot move data to the scratch folder; the disk is what lacks space."""
    nearly_full = shutil.disk_usage(paths.warehouse.parent)._replace(free=50_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly_full)
    error = duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 256.0 KiB")
    advice = r"free some space beside the warehouse \(50,000,000 bytes are free"
    with pytest.raises(MemoryExhausted, match=advice), translate_disk_errors(paths):
        raise error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), LoadFailed),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), LoadFailed),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), LoadFailed),
        (duckdb.IOException("IO Error: Corrupt database file: computed checksum 1 does not match 2"), StoreUnusable),
        (duckdb.IOException("IO Error: something else"), duckdb.IOException),
        (PermissionError(errno.EACCES, "Permission denied"), PermissionError),
    ],
)
def test_each_cause_gets_its_own_error(paths, error, expected):
    """A full disk and a damaged block are told apart, and what is neither passes unchanged."""
    with pytest.raises(expected) as raised, translate_disk_errors(paths):
        raise error
    assert type(raised.value) is expected


def test_a_run_that_lacks_memory_changes_nothing(warehouse, monkeypatch):
    """A night that needs more memory than there is ends in that sentence, and yesterday's file stands."""
    warehouse.serve(*make_five_members())
    warehouse.sync()
    before = warehouse.path.read_bytes()
    text = "An invented sentence. " * 20_000
    longer = [
        with_value(study, "protocolSection.descriptionModule.briefSummary", text) for study in make_five_members()
    ]
    warehouse.serve(*longer)
    monkeypatch.setattr(connect, "get_memory_limit", lambda: 3_000_000)
    with pytest.raises(MemoryExhausted, match="the warehouse is as it was"):
        warehouse.sync()
    assert warehouse.path.read_bytes() == before


@pytest.mark.fault(38)
@pytest.mark.parametrize(
    ("free", "advice"),
    [
        (100, "free some space beside the warehouse (100 bytes are free, and a run needs 6,000 and"),
        (9000, "raise the limit on your files (a quota, or the size of one file) or free more space"),
    ],
)
def test_need_counts_the_copies_and_the_replies(paths, monkeypatch, free, advice):
    """A run needs three copies of the store (3 x 1,000), and six bytes for each byte of replies (6 x 500)."""
    (paths.landing / "question").mkdir(parents=True)
    paths.store.write_bytes(bytes(1000))
    (paths.landing / "question" / "batch.json").write_bytes(bytes(500))
    disk = shutil.disk_usage(paths.warehouse.parent)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)
    assert advise_space(paths).startswith(advice)
