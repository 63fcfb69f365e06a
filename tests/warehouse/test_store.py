"""The private store can be lost, or be older than the package: it is made again, and nothing is fetched for it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

from extract.errors import RunFailed
from tests.support.warehouses import ill, put, records, whole_tables, written_studies
from warehouse.errors import NewerStore
from warehouse.paths import Paths
from warehouse.store import open_store
from warehouse.store_facts import DERIVED_FACT as DERIVED
from warehouse.store_facts import VERSION_FACT, read_store_facts, set_store_fact

START = "protocolSection.statusModule.startDateStruct.date"
WRITER = """
import os, signal, sys, duckdb
connection = duckdb.connect()
connection.execute(f"attach '{sys.argv[1]}' as store")
connection.execute("create table store.main.unfinished as select range as x from range(1000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def two_nights(new_warehouse):
    """A warehouse of the made studies and of one with a bad date; on its second night one trial has changed."""
    warehouse, studies = new_warehouse(), written_studies()
    bad = put(ill(1), START, "2024-02-30")
    warehouse.serve(*studies.values(), bad)
    warehouse.sync()
    changed = put(studies["an_unknown_status"], "protocolSection.statusModule.lastKnownStatus", "RECRUITING")
    warehouse.serve(*{**studies, "an_unknown_status": changed}.values(), bad)
    warehouse.sync(full=True)
    return warehouse


@pytest.fixture
def held(two_nights, tmp_path):
    """A copy of it."""
    return two_nights.copied(tmp_path)


def everything(connection):
    """Every table but the history of runs, the problems too."""
    problems = records(connection, "from ops.problems order by all")
    return {**dict(whole_tables(connection)), "ops.problems": problems}


def stored(warehouse):
    """Every table of the store, opened as a run opens it."""
    with open_store(Paths.of(warehouse.path)) as store:
        return everything(store)


def published(warehouse):
    """Every table of the published warehouse."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        return everything(connection)


def store_file(warehouse):
    """The store."""
    return Paths.of(warehouse.path).store


def test_a_lost_store_is_made_of_the_published_warehouse(held):
    """With the store gone, the next sync has all its tables again from the published file and fetches nothing."""
    before = published(held)
    store_file(held).unlink()
    held.server.requests.clear()
    report = held.sync()
    assert (report["outcome"], report["run_id"], len(held.server.requests)) == ("unchanged", 3, 1)
    assert stored(held) == before == published(held)


def test_all_private_state_can_be_lost_but_the_published_file(held, tmp_path_factory):
    """Of a published file alone, carried to another folder, the store is made, and the next night is published."""
    before = published(held)
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copyfile(held.path, folder / "aclf.duckdb")
    shutil.copyfile(held.folder / "made.toml", folder / "made.toml")
    held.folder, held.path = folder, folder / "aclf.duckdb"
    assert stored(held) == before
    held.serve(*(ill(number) for number in range(1, 12)))
    assert held.sync(accept_shrink=True)["outcome"] == "published"
    assert held.path.resolve().parent == folder / ".aclf" / "published"


@pytest.mark.fault(44)
def test_a_log_without_its_store_is_not_read_into_the_new_one(held):
    """What a killed process wrote into the log of a store that is gone does not turn up in the one made anew."""
    killed = subprocess.run([sys.executable, "-c", WRITER, store_file(held)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Paths.of(held.path).store_log.exists()
    before = published(held)
    store_file(held).unlink()
    assert stored(held) == before
    assert not Paths.of(held.path).store_log.exists()


@pytest.mark.fault(43)
def test_a_new_store_is_whole_in_its_file(tmp_path):
    """What a process that dies right after it made the store leaves can be opened: no table is in the log alone."""
    first, left = tmp_path / "first", tmp_path / "left"
    first.mkdir()
    with open_store(Paths(first / "aclf.duckdb")) as dying:
        set_store_fact(dying, "written", "after that")
        shutil.copytree(first, left)
    assert Paths(left / "aclf.duckdb").store_log.exists()
    with open_store(Paths(left / "aclf.duckdb")) as healed:
        assert read_store_facts(healed)["written"] == "after that"


def test_another_catalog_has_its_tables_made_again(held):
    """A store whose tables were made by another catalog has them made from its records, and they are equal."""
    before = stored(held)
    with open_store(Paths.of(held.path)) as store:
        digest = read_store_facts(store)[DERIVED]
        set_store_fact(store, DERIVED, "another")
        for table in ("main.trials", "ctgov.conditions", "codes.phase"):
            store.execute(f"delete from {table}")
        store.execute("drop table ctgov.facilities")
        store.execute("create table ctgov.former as select 1 as x")
    assert stored(held) == before
    with open_store(Paths.of(held.path)) as store:
        assert read_store_facts(store)[DERIVED] == digest


def test_remade_tables_keep_their_comments(held):
    """Tables that were made again are commented like those made first."""
    query = "select table_name, column_name, comment from duckdb_columns() where database_name = 'store' order by all"
    with open_store(Paths.of(held.path)) as store:
        before = store.execute(query).fetchall()
        set_store_fact(store, DERIVED, "another")
    with open_store(Paths.of(held.path)) as store:
        assert store.execute(query).fetchall() == before


@pytest.mark.fault(50)
def test_a_store_of_a_newer_version_is_refused(held):
    """A store that a newer version of the package wrote is not touched: the message says to upgrade."""
    with open_store(Paths.of(held.path)) as store:
        set_store_fact(store, VERSION_FACT, "99")
    before = published(held)
    held.server.requests.clear()
    with pytest.raises(NewerStore, match=r"newer version of aclf-trials.*upgrade aclf-trials") as refused:
        held.sync()
    assert (refused.value.exit_code, held.server.requests) == (2, [])
    assert published(held) == before
    assert held.stored("select value from ops.store where key = 'schema_version'") == [("99",)]


@pytest.mark.fault(46)
@pytest.mark.parametrize("content", [b"", b"not a database"])
def test_a_damaged_store_is_refused_and_moved_away_it_is_remade(held, content):
    """A store that is no database stops the run with the way out; taken, the next sync goes on."""
    store_file(held).write_bytes(content)
    before = published(held)
    with pytest.raises(RunFailed, match=r"cannot be opened.*move \.aclf/store\.duckdb away"):
        held.sync()
    assert published(held) == before
    store_file(held).rename(held.folder / "damaged")
    assert held.sync()["outcome"] == "unchanged"
    assert stored(held) == before


def test_the_first_run_of_all_makes_an_empty_store(tmp_path):
    """Where there is neither store nor warehouse, the store is made with every table, empty but for the code lists."""
    with open_store(Paths.of(tmp_path / "aclf.duckdb")) as store:
        tables = dict(whole_tables(store))
    assert len(tables) > 20
    assert {name for name, rows in tables.items() if rows and not name.startswith("codes.")} == set()
