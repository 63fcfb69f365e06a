"""A lost or older store is made again, without fetching anything."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

from extract.errors import RunFailed
from tests.support.warehouses import (
    fetch_all_tables,
    fetch_records,
    fetch_rows,
    make_member_study,
    read_test_studies,
    with_value,
)
from warehouse.errors import NewerStore
from warehouse.paths import Paths
from warehouse.store import LEAST_FREED, open_store, replace_store
from warehouse.store_facts import DERIVED_FACT as DERIVED
from warehouse.store_facts import VERSION_FACT, read_store_facts, set_store_fact

START = "protocolSection.statusModule.startDateStruct.date"
MOST_SHIFTED = 500_000
"""Bytes by which a checkpoint may shorten a file, because it writes DuckDB's own account anew."""

DEFINITIONS = {
    "duckdb_schemas": "schema_name, comment, sql",
    "duckdb_tables": "schema_name, table_name, comment, replace(sql, 'file.', '')",
    "duckdb_columns": "schema_name, table_name, column_index, column_name, data_type, is_nullable, comment",
    "duckdb_constraints": "schema_name, table_name, constraint_text, constraint_column_names",
    "duckdb_views": "schema_name, view_name, comment, sql",
    "duckdb_types": "schema_name, type_name, comment, logical_type",
    "duckdb_functions": "schema_name, function_name, comment, parameters, macro_definition",
}
"""What is compared of each kind of object."""

WORDS = re.compile(r"\w+")

WRITER = """
import os, signal, sys, duckdb
connection = duckdb.connect()
connection.execute(f"attach '{sys.argv[1]}' as store")
connection.execute("create table store.main.unfinished as select range as x from range(1000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def two_nights(make_warehouse):
    """A warehouse with the test studies and a study with a bad date; on its second night one trial has changed."""
    warehouse, studies = make_warehouse(), read_test_studies()
    bad = with_value(make_member_study(1), START, "2024-02-30")
    warehouse.serve(*studies.values(), bad)
    warehouse.sync()
    changed = with_value(studies["an_unknown_status"], "protocolSection.statusModule.lastKnownStatus", "RECRUITING")
    warehouse.serve(*{**studies, "an_unknown_status": changed}.values(), bad)
    warehouse.sync(full=True)
    return warehouse


@pytest.fixture
def copied_warehouse(two_nights, tmp_path):
    """A copy of the warehouse after two nights."""
    return two_nights.copy_to(tmp_path)


def read_tables(connection):
    """Read every table except those of ops, and ops.problems."""
    problems = fetch_records(connection, "from ops.problems order by all")
    return {**dict(fetch_all_tables(connection)), "ops.problems": problems}


def read_store(warehouse):
    """Open the store as a run does, and read every table."""
    with open_store(Paths.of(warehouse.path)) as store:
        return read_tables(store)


def read_published(warehouse):
    """Read every table of the published warehouse."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        return read_tables(connection)


def get_store_file(warehouse):
    """Return the path of the store."""
    return Paths.of(warehouse.path).store


def test_lost_store_is_made_from_the_published_warehouse(copied_warehouse):
    """If the store is lost, the next sync has all its tables again, from the published file, and fetches nothing."""
    before = read_published(copied_warehouse)
    get_store_file(copied_warehouse).unlink()
    copied_warehouse.server.requests.clear()
    summary = copied_warehouse.sync()
    assert (summary["outcome"], summary["run_id"], len(copied_warehouse.server.requests)) == ("unchanged", 3, 1)
    assert read_store(copied_warehouse) == before == read_published(copied_warehouse)


def test_published_file_alone_is_enough(copied_warehouse, tmp_path_factory):
    """From a published file alone, copied to another folder, the store is made, and the next night is published."""
    before = read_published(copied_warehouse)
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copyfile(copied_warehouse.path, folder / "aclf.duckdb")
    shutil.copyfile(copied_warehouse.folder / "made.toml", folder / "made.toml")
    copied_warehouse.folder, copied_warehouse.path = folder, folder / "aclf.duckdb"
    assert read_store(copied_warehouse) == before
    copied_warehouse.serve(*(make_member_study(number) for number in range(1, 12)))
    assert copied_warehouse.sync(accept_shrink=True)["outcome"] == "published"
    assert copied_warehouse.path.resolve().parent.parent == folder / ".aclf" / "published"


@pytest.mark.fault(44)
def test_log_of_a_lost_store_is_not_read_into_the_new_store(copied_warehouse):
    """What a killed process wrote into the log of a lost store is not in the new store."""
    killed = subprocess.run([sys.executable, "-c", WRITER, get_store_file(copied_warehouse)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Paths.of(copied_warehouse.path).store_log.exists()
    before = read_published(copied_warehouse)
    get_store_file(copied_warehouse).unlink()
    assert read_store(copied_warehouse) == before
    assert not Paths.of(copied_warehouse.path).store_log.exists()


@pytest.mark.fault(43)
def test_new_store_is_whole_in_its_file(tmp_path):
    """If a process dies right after it made the store, the store can be opened: no table is only in the log."""
    first, left = tmp_path / "first", tmp_path / "left"
    first.mkdir()
    with open_store(Paths(first / "aclf.duckdb")) as dying:
        set_store_fact(dying, "written", "after that")
        shutil.copytree(first, left)
    assert Paths(left / "aclf.duckdb").store_log.exists()
    with open_store(Paths(left / "aclf.duckdb")) as healed:
        assert read_store_facts(healed)["written"] == "after that"


@pytest.mark.parametrize("length", [1, 1_000_000])
def test_a_copy_that_may_be_thrown_away_has_no_log(tmp_path, length):
    """What a load commits to the store's copy is in the copy's file, few bytes or many, and was never in a log."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    with open_store(paths):
        pass
    with replace_store(paths) as connection:
        connection.execute(f"insert into ops.store values ('first', repeat('x', {length}))")
        assert not paths.get_log(paths.next_store).exists()
        whole = shutil.copyfile(paths.next_store, tmp_path / "copied.duckdb")
    with duckdb.connect(str(whole), read_only=True) as copied:
        assert copied.execute("select strlen(value) from ops.store where key = 'first'").fetchall() == [(length,)]


def leave_free_blocks(paths, size):
    """Leave at least `size` free bytes amid the file of a store, which a plain checkpoint cannot give back."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"attach '{paths.store}' as store; use store")
        # Random texts, because others would be compressed.
        connection.execute(
            f"create table ops.dropped as select uuid()::varchar || uuid()::varchar as x from range({size // 40})"
        )
        connection.execute("checkpoint; create table ops.kept as select 'x' as x; checkpoint")
        connection.execute("drop table ops.dropped; checkpoint")


def read_definitions(file):
    """Read the definition and the comment of every schema, table, column, constraint, view, macro and type of a file.

    And the compression of the documents.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as file (read_only)")
        found = {
            name: fetch_rows(connection, f"select {columns} from {name}() where database_name = 'file' order by all")
            for name, columns in DEFINITIONS.items()
        }
        storage = "pragma_storage_info('file.archive.study_versions') where column_name = 'document'"
        found["compression"] = fetch_rows(connection, f"select distinct compression from {storage} order by all")
    # The columns of `* exclude (…)` are a set: DuckDB writes them in any order.
    for name in ("duckdb_views", "duckdb_functions"):
        found[name] = [(*others, sorted(WORDS.findall(text))) for *others, text in found[name]]
    return found


def count_bytes(paths):
    """Return the size of the store's file."""
    return paths.store.stat().st_size


def test_free_space_is_given_back_with_the_next_load(copied_warehouse):
    """A store of free blocks is written anew: a small file with the same rows, definitions and comments."""
    paths = Paths.of(copied_warehouse.path)
    leave_free_blocks(paths, 2 * LEAST_FREED)
    before, definitions, size = read_store(copied_warehouse), read_definitions(paths.store), count_bytes(paths)
    assert ("ZSTD",) in definitions["compression"]
    assert len(definitions["duckdb_views"]) > 30
    with replace_store(paths):
        pass
    assert count_bytes(paths) < size - LEAST_FREED
    assert read_definitions(paths.store) == definitions
    assert read_store(copied_warehouse) == before


def test_a_night_that_gives_space_back_publishes_as_any_other(copied_warehouse):
    """The night's own rows are in the small file, and the file that is published is as small."""
    paths = Paths.of(copied_warehouse.path)
    leave_free_blocks(paths, 2 * LEAST_FREED)
    copied_warehouse.serve(*(make_member_study(number) for number in range(1, 12)))
    assert copied_warehouse.sync(accept_shrink=True)["outcome"] == "published"
    assert copied_warehouse.path.stat().st_size < LEAST_FREED
    assert copied_warehouse.rows("select count(*) from trials where in_condition_set") == [(11,)]


@pytest.mark.parametrize("dropped", [0, LEAST_FREED // 2])
def test_a_little_free_space_is_left_to_the_next_nights(copied_warehouse, dropped):
    """A store with less free space than is worth the work is copied as it is: its blocks stay where they are."""
    paths = Paths.of(copied_warehouse.path)
    leave_free_blocks(paths, dropped)
    size = count_bytes(paths)
    with replace_store(paths):
        pass
    assert count_bytes(paths) >= size - MOST_SHIFTED


def test_tables_of_another_catalog_are_made_again(copied_warehouse):
    """If another catalog made the tables of a store, they are made again from its records, and are equal."""
    before = read_store(copied_warehouse)
    with open_store(Paths.of(copied_warehouse.path)) as store:
        digest = read_store_facts(store)[DERIVED]
        set_store_fact(store, DERIVED, "another")
        for table in ("main.trials", "ctgov.conditions", "codes.phase"):
            store.execute(f"delete from {table}")
        store.execute("drop table ctgov.facilities")
        store.execute("create table ctgov.former as select 1 as x")
    assert read_store(copied_warehouse) == before
    with open_store(Paths.of(copied_warehouse.path)) as store:
        assert read_store_facts(store)[DERIVED] == digest


def test_rebuilt_tables_keep_their_comments(copied_warehouse):
    """Tables that were made again have the same comments as before."""
    query = "select table_name, column_name, comment from duckdb_columns() where database_name = 'store' order by all"
    with open_store(Paths.of(copied_warehouse.path)) as store:
        before = store.execute(query).fetchall()
        set_store_fact(store, DERIVED, "another")
    with open_store(Paths.of(copied_warehouse.path)) as store:
        assert store.execute(query).fetchall() == before


@pytest.mark.fault(50)
def test_store_of_a_newer_version_is_refused(copied_warehouse):
    """A store that a newer version of the package wrote is not changed, and the message says to upgrade."""
    with open_store(Paths.of(copied_warehouse.path)) as store:
        set_store_fact(store, VERSION_FACT, "99")
    before = read_published(copied_warehouse)
    copied_warehouse.server.requests.clear()
    with pytest.raises(NewerStore, match=r"newer version of aclf-trials.*upgrade aclf-trials") as refused:
        copied_warehouse.sync()
    assert (refused.value.exit_code, copied_warehouse.server.requests) == (2, [])
    assert read_published(copied_warehouse) == before
    assert copied_warehouse.stored("select value from ops.store where key = 'schema_version'") == [("99",)]


@pytest.mark.fault(46)
@pytest.mark.parametrize("content", [b"", b"not a database"])
def test_damaged_store_is_refused_and_made_again_once_moved_away(copied_warehouse, content):
    """A store that is not a database stops the run. The message says what to do, and after that the next sync works."""
    get_store_file(copied_warehouse).write_bytes(content)
    before = read_published(copied_warehouse)
    with pytest.raises(RunFailed, match=r"cannot be opened.*move \.aclf/store\.duckdb away"):
        copied_warehouse.sync()
    assert read_published(copied_warehouse) == before
    get_store_file(copied_warehouse).rename(copied_warehouse.folder / "damaged")
    assert copied_warehouse.sync()["outcome"] == "unchanged"
    assert read_store(copied_warehouse) == before


def test_store_is_written_for_duckdb_1_2(tmp_path):
    """No checkpoint reuses what an earlier one wrote: DuckDB 1.2 cannot find it in such a file."""
    reused = "select value from duckdb_settings() where name like '%metadata_reuse' and value <> 'false'"
    with open_store(Paths.of(tmp_path / "aclf.duckdb")) as store:
        assert store.execute(reused).fetchall() == []


def test_first_run_makes_an_empty_store(tmp_path):
    """If there is no store and no warehouse, the new store has every table, and only lists that are ours have rows."""
    with open_store(Paths.of(tmp_path / "aclf.duckdb")) as store:
        tables = dict(fetch_all_tables(store))
    assert len(tables) > 20
    ours = {name for name, rows in tables.items() if rows}
    assert {name for name in ours if not name.startswith("codes.")} == {"main.rules", "raw.term_kinds"}
