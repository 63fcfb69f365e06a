"""A lake holds one whole run, with one snapshot for each; a kill leaves the run before, and the next publish heals."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from tests.support.clock import clock_stands_at
from tests.support.command_line import CommandLine
from tests.support.database_rows import find_differing_tables
from tests.support.database_server import PASSWORD
from tests.support.lakes import ReaderRefused, make_lake, make_lake_environment
from tests.support.three_nights import NIGHTS, make_completed_study, make_planned_study
from tests.support.warehouses import EVERYTHING, make_member_study, read_golden_studies

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHANGING = {("ctgov", "information_schema_columns"), ("ctgov", "pg_stat_user_tables")}
"""Views that list the tables of whatever database they are in."""

CALLS = [
    "from trials_as_of('2026-10-01') order by all",
    "from see_also_of('NCT00000007') order by all",
    "from sites_near(38.7, -9.1, 50) order by all",
    "select ctgov.round(2.345, 2), ctgov.initcap('ab cd'), ctgov.to_char(date '2020-01-02', 'YYYY-MM')",
    "select distance_km(1, 2, 3, 4)",
]


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return make_lake_environment(tmp_path_factory.mktemp("lake") / "venv")


@pytest.fixture
def lake(python, database_server, tmp_path):
    """Return a lake that does not exist yet."""
    return make_lake(python, database_server, tmp_path / "files")


@pytest.fixture
def nightly(warehouse):
    """Return a warehouse after its first night."""
    warehouse.serve(make_planned_study(), make_member_study(8))
    with clock_stands_at(NIGHTS[0]):
        warehouse.sync()
    return warehouse


def sync_second_night(warehouse):
    """Sync a night that changes a trial and brings one, whose title has a character that PostgreSQL cannot hold."""
    odd = make_member_study(9, title="a\0b")
    warehouse.serve(make_completed_study(), make_member_study(8), odd)
    with clock_stands_at(NIGHTS[1]):
        warehouse.sync()


def list_snapshots(lake):
    """Return the author and the message of each snapshot, after that of the empty lake."""
    with lake.read() as reader:
        query = "select author, commit_message from ducklake_snapshots('aclf') order by snapshot_id"
        return reader.fetch(query)[1:]


def find_differences(lake, warehouse):
    with lake.read() as reader:
        return find_differing_tables(warehouse.path, reader.fetch)


def test_each_run_is_one_snapshot_that_equals_the_file(nightly, lake):
    """After each night every table has the file's rows, and the lake has one snapshot more, with the run's message."""
    assert lake.publish(nightly.path).returncode == 0
    assert find_differences(lake, nightly) == {}
    assert list_snapshots(lake) == [("aclf", "run 1: 2 new")]
    sync_second_night(nightly)
    assert lake.publish(nightly.path).returncode == 0
    assert find_differences(lake, nightly) == {}
    assert list_snapshots(lake) == [("aclf", "run 1: 2 new"), ("aclf", "run 2: 1 new, 1 changed")]
    with lake.read() as reader:
        assert reader.fetch("select brief_title from trials where nct_id = 'NCT00000009'") == [("a\0b",)]
    # What it holds already is no snapshot.
    assert lake.publish(nightly.path).returncode == 0
    assert len(list_snapshots(lake)) == 2


def test_the_past_can_be_asked(nightly, lake):
    """The snapshot of a run shows the tables as that run had them."""
    lake.publish(nightly.path)
    sync_second_night(nightly)
    lake.publish(nightly.path)
    with lake.read() as reader:
        assert reader.fetch("select count(*) from trials at (version => 1)") == [(2,)]
        assert reader.fetch("select count(*) from trials") == [(3,)]


def test_views_macros_and_comments_are_those_of_the_file(make_warehouse, lake):
    """Views answer alike, with `use` and without, and macros with it; comments are those of the file."""
    made = make_warehouse()
    made.use_condition_set(EVERYTHING)
    made.serve(*read_golden_studies(), make_planned_study())
    made.sync()
    assert lake.publish(made.path).returncode == 0
    with (
        duckdb.connect(str(made.path), read_only=True) as file,
        lake.read() as reader,
        lake.read(wants_use=False) as stranger,
    ):
        file.execute("set timezone = 'UTC'")
        views = file.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
        assert len(views) > 40
        for schema, view in set(views) - CHANGING:
            rows = sorted(file.execute(f'from {schema}."{view}"').fetchall(), key=repr)
            assert sorted(reader.fetch(f'from {schema}."{view}"'), key=repr) == rows, view
            assert sorted(stranger.fetch(f'from aclf.{schema}."{view}"'), key=repr) == rows, view
        for call in CALLS:
            assert reader.fetch(call) == file.execute(call).fetchall(), call
        macros = """select schema_name, function_name, parameters from duckdb_functions()
            where database_name = 'aclf' and not internal order by all"""
        assert reader.fetch(macros) == file.execute(macros).fetchall()
        for kind, of in (("table", "tables"), ("view", "views")):
            comments = f"""select schema_name, {kind}_name, comment from duckdb_{of}()
                where database_name = 'aclf' and not internal and {kind}_name <> 'target' order by all"""
            assert reader.fetch(comments) == file.execute(comments).fetchall()
        columns = """select schema_name, table_name, column_name, columns.comment from duckdb_columns() as columns
            join duckdb_tables() using (database_name, schema_name, table_name)
            where database_name = 'aclf' and table_name <> 'target' order by all"""
        assert reader.fetch(columns) == file.execute(columns).fetchall()


def test_tidying_keeps_the_rows_and_merges_files(nightly, lake):
    """After `--full` each table has the file's rows, the snapshots of a month stay, and a reader cannot write."""
    lake.publish(nightly.path)
    sync_second_night(nightly)
    lake.publish(nightly.path)
    assert lake.publish(nightly.path, "--full").returncode == 0
    assert find_differences(lake, nightly) == {}
    with lake.read() as reader:
        assert reader.fetch("select count(*) from trials at (version => 1)") == [(2,)]
        with pytest.raises(ReaderRefused, match="read-only"):
            reader.fetch("delete from trials")
    assert list_snapshots(lake)[-1] == ("aclf", "tidied")


def test_a_lake_is_tidied_each_week(nightly, lake):
    """A publish tidies the lake if that was last done more than a week ago, and not before."""
    lake.publish(nightly.path)
    assert lake.publish(nightly.path).returncode == 0
    assert len(list_snapshots(lake)) == 1
    with lake.read(may_write=True) as writer:
        writer.fetch("update ops.target set tidied_at = tidied_at - interval 8 day")
    assert lake.publish(nightly.path).returncode == 0
    assert list_snapshots(lake)[-1] == ("aclf", "tidied")
    assert find_differences(lake, nightly) == {}
    count = len(list_snapshots(lake))
    assert lake.publish(nightly.path).returncode == 0
    assert len(list_snapshots(lake)) == count


def test_tables_of_another_version_become_those_of_the_file(nightly, lake):
    """Where the catalog has changed, columns and tables come and go, and what others made in their own schema stays."""
    lake.publish(nightly.path)
    with lake.read(may_write=True) as writer:
        for statement in (
            "alter table trials drop column acronym",
            "alter table trials add column gone integer",
            "alter table trials drop column enrollment",
            "alter table trials add column enrollment varchar",
            "create table gone (number integer)",
            "create or replace view sites as select 1 as number",
            "create macro gone_too(x) as x + 1",
            "comment on table trials is 'another'",
            "create schema mine",
            "create view mine.titles as select brief_title from aclf.main.trials",
            "update ops.target set frame = 'another'",
        ):
            writer.fetch(statement)
    sync_second_night(nightly)
    assert lake.publish(nightly.path).returncode == 0
    assert find_differences(lake, nightly) == {}
    columns = (
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'main' and {} order by all"
    )
    with lake.read() as reader, duckdb.connect(str(nightly.path), read_only=True) as file:
        ours, theirs = columns.format("database_name = 'aclf'"), columns.format("not internal")
        assert reader.fetch(ours) == file.execute(theirs).fetchall()
        assert reader.fetch("select count(*) from mine.titles") == [(3,)]
        assert reader.fetch("select count(*) from sites") == file.execute("select count(*) from sites").fetchall()
        found = reader.fetch("select function_name from duckdb_functions() where function_name = 'gone_too'")
        assert found == []


@pytest.mark.parametrize("seconds", [0, 0.01, 0.1, 0.3])
def test_a_kill_leaves_the_run_before(nightly, lake, seconds):
    """Killed with all rows written, or in the commit: readers see one whole run, and the next publish heals."""
    lake.publish(nightly.path)
    with lake.read() as reader:
        before = {table: reader.fetch(f"select count(*) from {table}") for table in ("trials", "ops.runs")}
        sync_second_night(nightly)
        assert lake.publish_and_kill(nightly.path, seconds) != 0
        after = {table: reader.fetch(f"select count(*) from {table}") for table in before}
    messages = [message for _, message in list_snapshots(lake)]
    if len(messages) == 1:
        assert after == before
    else:
        assert seconds
        assert messages[1] == "run 2: 1 new, 1 changed"
    assert lake.publish(nightly.path).returncode == 0
    assert find_differences(lake, nightly) == {}


def test_an_older_run_and_another_store_are_refused(nightly, lake, make_warehouse, tmp_path):
    """The lake keeps its run, and the sentence says what it holds."""
    earlier = nightly.copy_to(tmp_path / "earlier")
    sync_second_night(nightly)
    lake.publish(nightly.path)
    older = lake.publish(earlier.path)
    assert (older.returncode, "holds run 2, and the warehouse run 1" in older.stderr) == (1, True)
    other = make_warehouse()
    other.serve(make_member_study(5))
    other.sync()
    refused = lake.publish(other.path)
    assert (refused.returncode, "holds another warehouse" in refused.stderr) == (1, True)
    assert find_differences(lake, nightly) == {}


def test_a_folder_with_other_files_is_refused(nightly, lake):
    """Tidying deletes files that the lake does not know, so a new lake never begins among others."""
    lake.folder.mkdir()
    (lake.folder / "mine.parquet").write_text("mine")
    refused = lake.publish(nightly.path)
    assert (refused.returncode, "where there are others" in refused.stderr) == (1, True)
    assert [file.name for file in lake.list_files()] == ["mine.parquet"]


def test_two_do_not_publish_at_once(nightly, lake):
    """While another process holds the lock of the lake, a publish is refused."""
    lake.publish(nightly.path)
    sync_second_night(nightly)
    with lake.server.connect(lake.database) as session:
        session.execute("select pg_advisory_lock(hashtextextended('aclf-trials publish to a lake', 0))")
        refused = lake.publish(nightly.path)
    assert (refused.returncode, "another process is publishing" in refused.stderr) == (1, True)
    assert lake.publish(nightly.path).returncode == 0


def test_a_failure_shows_no_password(nightly, lake):
    """The sentence of a server that is not there names the lake and not the password."""
    away = replace(lake, server=replace(lake.server, port=9))
    failed = away.publish(nightly.path)
    assert failed.returncode == 1
    assert "did not take the run" in failed.stderr
    assert PASSWORD not in failed.stdout + failed.stderr


def test_a_duckdb_without_the_extension_says_what_to_do(nightly, lake):
    """The locked DuckDB has no extension for lakes here: the sentence names its version and how to get one."""
    command = CommandLine(nightly.folder / "elsewhere", HOME=str(nightly.folder), PGPASSWORD=PASSWORD)
    refused = command("publish", "--warehouse", nightly.path, "--to", lake.address)
    assert refused.code == 1
    assert f"DuckDB v{duckdb.__version__} has no extension ducklake here" in refused.err
    assert "install ducklake; install postgres" in refused.err
