"""A damaged file is named with a remedy that works; a stray log is moved away and reported."""

from __future__ import annotations

import signal
import subprocess
import sys

import duckdb
import pytest

from extract.errors import RunFailed
from flows import pipeline
from flows.cli.health import check_warehouse
from flows.pipeline import rebuild
from tests.support.command_line import CommandLine
from tests.support.warehouses import Warehouse, make_member_study
from warehouse import connect
from warehouse.errors import NoWarehouse, StoreUnusable
from warehouse.paths import Paths
from warehouse.published_files import list_published_files

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


def truncate(content: bytes) -> bytes:
    """Return the first half."""
    return content[: len(content) // 2]


def flip_bytes(content: bytes) -> bytes:
    """Change one byte in the middle of each block behind the headers."""
    changed = bytearray(content)
    for offset in range(3 * 4096 + BLOCK // 2, len(changed), BLOCK):
        changed[offset] ^= 0xFF
    return bytes(changed)


DAMAGES = [truncate, flip_bytes, lambda _: b"", lambda _: b"this is not a database\n" * 1000]
NAMES = ["truncated", "a flipped byte", "empty", "not a database"]
damaged = pytest.mark.parametrize("damage", DAMAGES, ids=NAMES)


@pytest.fixture(scope="module")
def two_runs(make_warehouse):
    """A warehouse with two published runs."""
    warehouse = make_warehouse()
    for trials in (5, 6):
        warehouse.serve(*(make_member_study(number) for number in range(1, trials)))
        warehouse.sync()
    return warehouse


@pytest.fixture
def copied(two_runs, tmp_path) -> Warehouse:
    """A copy of the warehouse with two published runs."""
    return two_runs.copy_to(tmp_path)


def damage_file(file, damage):
    """Damage a file as a disk does, also if its mode is read-only."""
    content = damage(file.read_bytes())
    file.chmod(0o644)
    file.write_bytes(content)


def find_remedies(warehouse):
    """Return the remedy of each damaged file that a check-up finds, by the name of the file."""
    checkup = check_warehouse(Paths.of(warehouse.path))
    assert checkup["sound"] == all(file["fault"] is None for file in checkup["files"])
    return {file["file"].rpartition("/")[2]: file["remedy"] for file in checkup["files"] if file["fault"]}


def count_trials(warehouse):
    """Return the number of trials in the warehouse, as rows."""
    return warehouse.rows("select count(*) from trials")


@pytest.mark.quick(1)
@pytest.mark.fault(46)
@damaged
def test_damaged_warehouse_is_rebuilt_from_the_store(copied, damage):
    """The published file is named with `aclf rebuild`, which restores all of it without a request."""
    damage_file(copied.path.resolve(), damage)
    assert find_remedies(copied) == {"aclf.duckdb": "`aclf rebuild` builds it again from the store"}
    copied.server.requests.clear()
    rebuild(copied.job("rebuild"))
    assert (find_remedies(copied), count_trials(copied), copied.server.requests) == ({}, [(5,)], [])


@pytest.mark.quick(1)
@pytest.mark.fault(46)
@damaged
def test_damaged_store_is_created_again_from_the_warehouse(copied, damage):
    """The store is named, and a run on it fails with a sentence; once it is moved away, the next run creates it."""
    store = Paths.of(copied.path).store
    damage_file(store, damage)
    assert find_remedies(copied) == {
        "store.duckdb": "move it away and run `aclf sync`, which creates it again from the warehouse",
    }
    copied.serve(*(make_member_study(number) for number in range(1, 8)))
    with pytest.raises(RunFailed, match=r"move \.aclf/store\.duckdb away and run the command again") as failed:
        copied.sync()
    assert failed.value.exit_code == 1
    assert count_trials(copied) == [(5,)]
    store.rename(copied.folder / "damaged")
    copied.sync()
    assert (find_remedies(copied), count_trials(copied)) == ({}, [(7,)])


@pytest.mark.slow
@pytest.mark.fault(46)
def test_with_both_damaged_an_earlier_run_is_restored(copied):
    """The command in the remedy turns the link; then the store is created again and the night is fetched."""
    paths = Paths.of(copied.path)
    for file in (copied.path.resolve(), paths.store):
        damage_file(file, truncate)
    remedy = find_remedies(copied)["aclf.duckdb"]
    subprocess.run(remedy.split("`")[1], shell=True, check=True, cwd=copied.folder)
    assert count_trials(copied) == [(4,)]
    assert set(find_remedies(copied)) == {"store.duckdb"}
    paths.store.unlink()
    copied.sync()
    assert (find_remedies(copied), count_trials(copied)) == ({}, [(5,)])


@pytest.mark.slow
@pytest.mark.fault(46)
def test_with_every_file_damaged_everything_is_fetched_again(copied):
    """The remedy is to move the files away; the next sync fetches all trials."""
    paths = Paths.of(copied.path)
    for file in (*list_published_files(paths), paths.store):
        damage_file(file, truncate)
    assert f"move {copied.path} and {paths.state} away" in find_remedies(copied)["aclf.duckdb"]
    for file in (copied.path, paths.store):
        file.unlink()
    # Nothing is fetched again as long as somebody might still need the damaged files.
    with pytest.raises(NoWarehouse, match="no published file is sound"):
        copied.sync()
    paths.state.rename(copied.folder / "damaged")
    copied.sync()
    assert (find_remedies(copied), count_trials(copied)) == ({}, [(5,)])


@pytest.mark.fault(46)
def test_command_line_reports_the_damage(copied):
    """`aclf check` ends with 1 and prints one line for the file: what is wrong with it and what to do."""
    damage_file(copied.path.resolve(), truncate)
    run = CommandLine(copied.folder)("check")
    assert (run.code, run.err) == (1, "")
    (line,) = [line for line in run.out.splitlines() if line.startswith("damaged")]
    assert str(copied.path) in line
    assert line.endswith("; `aclf rebuild` builds it again from the store.")


def start_writer(file, then):
    """Start a process that writes into a published file and then waits, or dies; its log stays beside the file."""
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
def test_stray_log_is_moved_away_and_reported(copied):
    """The log of a killed process is found, moved away by the next run, and never read again."""
    paths = Paths.of(copied.path)
    with start_writer(copied.path, "die"):
        pass
    log = paths.get_log(copied.path.resolve())
    assert copied.rows("select count(*) from mine") == [(1000,)]
    assert find_remedies(copied) == {log.name: "the next run moves it away"}
    run_summary = copied.sync()
    assert "a stray log beside .aclf/published/run-000002/aclf.duckdb was moved to" in run_summary["message"]
    assert (paths.strays / "run-000002-aclf.duckdb.wal").exists()
    assert (find_remedies(copied), count_trials(copied)) == ({}, [(5,)])
    assert copied.rows("select count(*) from duckdb_tables() where table_name = 'mine'") == [(0,)]


@pytest.mark.fault(44)
def test_log_beside_the_link_is_moved_away_too(copied):
    """DuckDB reads the log of the file that the link leads to; a log beside the link itself is a stray one too."""
    log = Paths.of(copied.path).get_log(copied.path)
    log.write_bytes(b"what a copy of another warehouse has left")
    assert count_trials(copied) == [(5,)]
    assert find_remedies(copied) == {log.name: "the next run moves it away"}
    assert log.name in copied.sync()["message"]
    assert not log.exists()


@pytest.mark.fault(40, 44)
def test_file_that_is_being_written_is_left_alone(copied):
    """A sync publishes while an analyst has the published file open to write; the new file lacks what he wrote."""
    file = copied.path.resolve()
    with start_writer(copied.path, "wait") as analyst:
        copied.serve(*(make_member_study(number) for number in range(1, 8)))
        assert copied.sync()["message"] == "2 new."
        assert Paths.of(copied.path).get_log(file).exists()
        assert count_trials(copied) == [(7,)]
        analyst.communicate("end\n")
    assert count_trials(copied) == [(7,)]
    assert copied.rows("select count(*) from duckdb_tables() where table_name = 'mine'") == [(0,)]
    with duckdb.connect(str(file), read_only=True) as edited:
        assert edited.execute("select count(*) from mine").fetchall() == [(1000,)]


def lose_store_and_link(warehouse, leads_to=None):
    """Remove the store and the link; the link can also lead nowhere."""
    Paths.of(warehouse.path).store.unlink()
    warehouse.path.unlink()
    if leads_to:
        warehouse.path.symlink_to(leads_to)


LOST_LINKS = [".aclf/published/run-00002.duckdb", "aclf.duckdb", None]


@pytest.mark.fault(46)
@pytest.mark.parametrize("leads_to", LOST_LINKS, ids=["to nothing", "to itself", "no link"])
def test_lost_link_without_a_store_stops_every_run(copied, leads_to):
    """A sync, a dry run and a rebuild are refused before any request; the advice brings the whole history back."""
    lose_store_and_link(copied, leads_to)
    copied.server.requests.clear()
    for run in (pipeline.sync, pipeline.dry_run, pipeline.rebuild):
        with pytest.raises(NoWarehouse, match=r"go back to run-000002/aclf\.duckdb") as refused:
            run(copied.job("sync"))
    assert (refused.value.exit_code, copied.server.requests) == (2, [])
    subprocess.run(str(refused.value).split("`")[1], shell=True, check=True, cwd=copied.folder)
    assert copied.sync()["run_id"] == 3
    assert count_trials(copied) == [(5,)]


@pytest.mark.fault(46)
def test_lost_link_is_named_missing_and_not_damaged(copied):
    """`aclf check` says that the link leads nowhere; with a store it can be made again, and the next sync does so."""
    lose_store_and_link(copied, "elsewhere.duckdb")
    run = CommandLine(copied.folder)("check")
    line = run.out.splitlines()[0]
    assert line.startswith(
        f"missing  {copied.path} the link {copied.path} leads to elsewhere.duckdb, which is not there;"
    )
    assert (run.code, "damaged" in run.out) == (1, False)
    query = CommandLine(copied.folder)("query", "select 1")
    assert (query.code, "run `aclf check`" in query.err) == (2, True)


@pytest.mark.fault(46)
def test_empty_database_is_no_store(copied):
    """An empty database at the store's path, as a slip of the shell makes one, does not replace the history."""
    store = Paths.of(copied.path).store
    store.unlink()
    duckdb.connect(str(store)).close()
    assert copied.sync()["run_id"] == 3
    assert count_trials(copied) == [(5,)]
    assert copied.stored("select count(*) from archive.study_versions") == [(5,)]


@pytest.mark.fault(46)
def test_reader_that_holds_the_store_is_named(copied, monkeypatch):
    """The sentence tells to close the other program. It does not tell to move a sound store away."""
    monkeypatch.setattr(connect, "_LOCK_PATIENCE", 0)
    store = Paths.of(copied.path).store
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "open\n"
        with pytest.raises(StoreUnusable, match="close the program that has it open") as failed:
            copied.sync()
        reader.communicate("\n")
    assert "away" not in failed.value.next_step
    copied.sync()
