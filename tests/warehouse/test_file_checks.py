"""A damaged file is named with the way to restore it, which restores it; a stray log is moved away and told."""

from __future__ import annotations

import signal
import subprocess
import sys

import duckdb
import pytest

from extract.errors import RunFailed
from flows.cli.health import check_warehouse
from flows.pipeline import rebuild
from tests.support.command_line import CommandLine
from tests.support.warehouses import Warehouse, ill
from warehouse.paths import Paths

BLOCK = 16_384
"""Bytes of a block in a warehouse's file."""

WRITER = """
import os, signal, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("create table main.mine as select range as x from range(1000)")
if sys.argv[2] == "die":
    os.kill(os.getpid(), signal.SIGKILL)
print("written", flush=True)
sys.stdin.readline()
"""


def truncated(content: bytes) -> bytes:
    """The first half."""
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """One byte changed in the middle of each block behind the headers."""
    changed = bytearray(content)
    for place in range(3 * 4096 + BLOCK // 2, len(changed), BLOCK):
        changed[place] ^= 0xFF
    return bytes(changed)


DAMAGES = [truncated, flipped, lambda _: b"", lambda _: b"this is no database\n" * 1000]
NAMES = ["truncated", "a flipped byte", "empty", "no database"]
damaged = pytest.mark.parametrize("damage", DAMAGES, ids=NAMES)


@pytest.fixture(scope="module")
def two_runs(new_warehouse):
    """A warehouse with two published runs."""
    warehouse = new_warehouse()
    for trials in (5, 6):
        warehouse.serve(*(ill(number) for number in range(1, trials)))
        warehouse.sync()
    return warehouse


@pytest.fixture
def held(two_runs, tmp_path) -> Warehouse:
    """A copy of it."""
    return two_runs.copied(tmp_path)


def spoil(file, damage):
    """Damage a file, as a disk does: whatever its mode."""
    content = damage(file.read_bytes())
    file.chmod(0o644)
    file.write_bytes(content)


def faults_of(warehouse):
    """What a check-up finds damaged: each file's name with its remedy."""
    found = check_warehouse(Paths.of(warehouse.path))
    assert found["sound"] == all(file["fault"] is None for file in found["files"])
    return {file["file"].rpartition("/")[2]: file["remedy"] for file in found["files"] if file["fault"]}


def trials(warehouse):
    """How many trials the warehouse holds."""
    return warehouse.rows("select count(*) from trials")


@pytest.mark.quick(1)
@pytest.mark.fault(46)
@damaged
def test_a_damaged_warehouse_is_made_again_from_the_store(held, damage):
    """The published file is named, with `aclf rebuild`; that gives all of it back, without a request."""
    spoil(held.path.resolve(), damage)
    assert faults_of(held) == {"aclf.duckdb": "`aclf rebuild` makes it again from the store"}
    held.server.requests.clear()
    rebuild(held.job("rebuild"))
    assert (faults_of(held), trials(held), held.server.requests) == ({}, [(5,)], [])


@pytest.mark.quick(1)
@pytest.mark.fault(46)
@damaged
def test_a_damaged_store_is_made_again_from_the_warehouse(held, damage):
    """The store is named; a run that meets it fails in a sentence; moved away, the next run makes it again."""
    store = Paths.of(held.path).store
    spoil(store, damage)
    assert faults_of(held) == {
        "store.duckdb": "move it away and run `aclf sync`: it is made again from the warehouse",
    }
    held.serve(*(ill(number) for number in range(1, 8)))
    with pytest.raises(RunFailed, match=r"move \.aclf/store\.duckdb away and run the command again") as failed:
        held.sync()
    assert failed.value.exit_code == 1
    assert trials(held) == [(5,)]
    store.rename(held.folder / "damaged")
    held.sync()
    assert (faults_of(held), trials(held)) == ({}, [(7,)])


@pytest.mark.slow
@pytest.mark.fault(46)
def test_where_both_are_damaged_an_earlier_run_is_gone_back_to(held):
    """The command that the check-up names turns the link; then the store is made again, and the night is fetched."""
    paths = Paths.of(held.path)
    for file in (held.path.resolve(), paths.store):
        spoil(file, truncated)
    remedy = faults_of(held)["aclf.duckdb"]
    subprocess.run(remedy.split("`")[1], shell=True, check=True, cwd=held.folder)
    assert trials(held) == [(4,)]
    assert set(faults_of(held)) == {"store.duckdb"}
    paths.store.unlink()
    held.sync()
    assert (faults_of(held), trials(held)) == ({}, [(5,)])


@pytest.mark.slow
@pytest.mark.fault(46)
def test_where_nothing_is_sound_all_is_fetched_again(held):
    """With every file damaged the advice is to move them away; the sync after it has all trials."""
    paths = Paths.of(held.path)
    for file in (*paths.versions.iterdir(), paths.store):
        spoil(file, truncated)
    assert "fetches all again" in faults_of(held)["aclf.duckdb"]
    for file in (held.path, paths.store):
        file.unlink()
    held.sync()
    assert (faults_of(held), trials(held)) == ({}, [(5,)])


@pytest.mark.fault(46)
def test_the_command_line_tells_the_damage(held):
    """`aclf check` ends with 1 and has one line for the file: what is wrong with it and what to do."""
    spoil(held.path.resolve(), truncated)
    ended = CommandLine(held.folder)("check")
    assert (ended.code, ended.err) == (1, "")
    (line,) = [line for line in ended.out.splitlines() if line.startswith("damaged")]
    assert str(held.path) in line
    assert line.endswith("; `aclf rebuild` makes it again from the store.")


def written(file, then):
    """A process that has written into a published file and then waits, or dies; on disk its log lies beside it."""
    file.chmod(0o644)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, file, then], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if then == "die":
        assert process.wait() == -signal.SIGKILL
    else:
        assert process.stdout.readline() == "written\n"
    return process


@pytest.mark.fault(44)
def test_a_stray_log_is_moved_aside_and_told(held):
    """What a killed process wrote into the warehouse is found, moved away by the next run, and never read again."""
    paths = Paths.of(held.path)
    with written(held.path, "die"):
        pass
    log = paths.log_of(held.path.resolve())
    assert held.rows("select count(*) from mine") == [(1000,)]
    assert faults_of(held) == {log.name: "the next run moves it away"}
    report = held.sync()
    assert "a log that lay beside run-000002.duckdb belonged to nobody and was moved to" in report["message"]
    assert (paths.strays / log.name).exists()
    assert (faults_of(held), trials(held)) == ({}, [(5,)])
    assert held.rows("select count(*) from duckdb_tables() where table_name = 'mine'") == [(0,)]


@pytest.mark.fault(44)
def test_a_log_beside_the_link_is_moved_aside_too(held):
    """DuckDB reads the log of the file that the link leads to; one beside the link itself is still nobody's."""
    log = Paths.of(held.path).log_of(held.path)
    log.write_bytes(b"what a copy of another warehouse has left")
    assert trials(held) == [(5,)]
    assert faults_of(held) == {log.name: "the next run moves it away"}
    assert log.name in held.sync()["message"]
    assert not log.exists()


@pytest.mark.slow
@pytest.mark.fault(44)
def test_a_stray_log_does_not_meet_a_version_of_the_same_number(held):
    """Gone back to an earlier run, with the store lost, a number comes again; the log of its first file is not read."""
    paths = Paths.of(held.path)
    with written(held.path, "die"):
        pass
    held.path.unlink()
    held.path.symlink_to(".aclf/published/run-000001.duckdb")
    paths.store.unlink()
    assert held.sync()["run_id"] == 2
    assert held.path.resolve() == paths.version(2)
    assert held.rows("select count(*) from duckdb_tables() where table_name = 'mine'") == [(0,)]


@pytest.mark.fault(40, 44)
def test_a_file_that_is_being_written_is_left_alone(held):
    """While an analyst has the published file open to write, a sync publishes; the next open sees that alone."""
    file = held.path.resolve()
    with written(held.path, "wait") as analyst:
        held.serve(*(ill(number) for number in range(1, 8)))
        assert held.sync()["message"] == "2 new."
        assert Paths.of(held.path).log_of(file).exists()
        assert trials(held) == [(7,)]
        analyst.communicate("end\n")
    assert trials(held) == [(7,)]
    assert held.rows("select count(*) from duckdb_tables() where table_name = 'mine'") == [(0,)]
    with duckdb.connect(str(file), read_only=True) as edited:
        assert edited.execute("select count(*) from mine").fetchall() == [(1000,)]
