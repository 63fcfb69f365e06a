"""A PostgreSQL database holds what the published file holds: the whole of one run, and then the whole of the next."""

from __future__ import annotations

import os
import shutil

import psycopg
import pytest

from tests.support.clock import clock_stands_at
from tests.support.database_server import PASSWORD, READER, READER_PASSWORD
from tests.support.three_nights import NIGHTS, make_completed_study, make_planned_study, sync_three_nights
from tests.support.warehouses import EVERYTHING, make_five_members, make_member_study, read_golden_studies
from warehouse.errors import TargetFailed, TargetNewer, TargetOfAnotherStore
from warehouse.targets import postgresql
from warehouse.targets.holdings import read_holdings

FACTS = """
select
  (select run_id from ops.target),
  (select value::bigint from ops.store where key = 'data_run_id'),
  (select max(run_id) from ops.runs),
  (select count(*) from main.trials),
  (select count(*) from ctgov.studies),
  (select count(*) from main.trial_history)
"""
"""Facts of different tables that belong together."""

WITHOUT_INDEX = """
select relname
from pg_class
join pg_attribute on attrelid = pg_class.oid
where attname = 'nct_id' and relkind = 'r' and not exists (select from pg_index where indrelid = pg_class.oid)
"""
"""The tables with NCT numbers that have no index."""

ISOLATIONS = ["read committed", "repeatable read", "serializable"]


def sync_night(warehouse, moment, *studies):
    warehouse.serve(*studies, *make_five_members())
    with clock_stands_at(moment):
        return warehouse.sync()


def test_a_database_holds_each_table_of_the_file(team_database, warehouse):
    """Every row of every table is there, with AACT's types: numbers, lists, documents and bytes."""
    warehouse.use_condition_set(EVERYTHING)
    warehouse.serve(*read_golden_studies())
    warehouse.sync()
    published = team_database.publish(warehouse)
    assert (published.run_id, published.previous_run, published.is_whole) == (1, None, True)
    assert team_database.differs_from(warehouse) == {}
    ((numeric,),) = team_database.fetch(
        "select pg_typeof(param_value_num)::text from ctgov.outcome_measurements limit 1"
    )
    assert numeric == "numeric"
    assert [holding.run_id for holding in read_holdings(warehouse.job("sync").paths)] == [1]


def test_a_night_moves_only_what_has_changed(team_database, warehouse):
    """After three nights in which trials change, leave and return, every table is that of the file."""
    nights = []

    def publish_night():
        nights.append(team_database.publish(warehouse))
        assert team_database.differs_from(warehouse) == {}

    sync_three_nights(warehouse, after_each=publish_night)
    first, second, third = nights
    assert [first.is_whole, second.is_whole, third.is_whole] == [True, False, False]
    assert [night.previous_run for night in nights] == [None, 1, 2]
    assert second.rows < first.rows / 2


def test_the_run_that_is_there_is_not_written_again(team_database, warehouse):
    """A night without news, or a second publish, writes nothing."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    before = team_database.fetch("select xmin::text from ops.target")
    published = team_database.publish(warehouse)
    assert (published.run_id, published.previous_run, published.rows) == (1, 1, 0)
    assert team_database.fetch("select xmin::text from ops.target") == before


def test_missed_nights_are_made_up_for(team_database, warehouse):
    """A database that was away for two nights gets both with the third publish, and not more than changed."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    sync_night(warehouse, NIGHTS[1], make_completed_study())
    sync_night(warehouse, NIGHTS[2], make_completed_study(), make_member_study(30))
    published = team_database.publish(warehouse)
    assert (published.run_id, published.previous_run, published.is_whole) == (3, 1, False)
    assert team_database.differs_from(warehouse) == {}


def test_rows_that_somebody_took_away_come_back(team_database, warehouse):
    """If a table has not as many rows as the file, all rows are replaced."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    team_database.fetch("delete from ctgov.conditions")
    sync_night(warehouse, NIGHTS[1], make_completed_study())
    assert team_database.publish(warehouse).is_whole
    assert team_database.differs_from(warehouse) == {}


def test_everything_is_written_on_request(team_database, warehouse):
    """A value that somebody changed there is right again after `--full`."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    team_database.fetch("update main.trials set brief_title = 'changed by hand'")
    assert team_database.publish(warehouse).rows == 0
    assert "main.trials" in team_database.differs_from(warehouse)
    assert team_database.publish(warehouse, is_full=True).is_whole
    assert team_database.differs_from(warehouse) == {}


def test_another_condition_set_replaces_all_rows(team_database, warehouse):
    """Whether a trial counts as a member depends on the sets, also of trials that no run looked at."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    warehouse.use_condition_set(EVERYTHING)
    warehouse.sync(replace_set=True)
    assert team_database.publish(warehouse).is_whole
    assert team_database.differs_from(warehouse) == {}


def test_a_return_to_an_earlier_night_is_followed(team_database, warehouse):
    """What the undone night changed is undone there too, although no run looked at it again."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    paths = warehouse.job("sync").paths
    earlier = shutil.copy(paths.store, paths.state / "earlier")
    sync_night(warehouse, NIGHTS[1], make_completed_study())
    team_database.publish(warehouse)
    shutil.copy(earlier, paths.store)
    # The third night has the first night's studies again, and one more.
    sync_night(warehouse, NIGHTS[2], make_planned_study(), make_member_study(30))
    assert team_database.publish(warehouse).is_whole
    assert team_database.differs_from(warehouse) == {}


def test_an_earlier_versions_tables_become_this_versions(team_database, warehouse):
    """Columns and tables of an upgrade are added, others go, and the database holds all rows."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    team_database.fetch(
        "alter table main.trials drop column brief_title cascade; alter table main.trials add column old_name text;"
        "drop table ctgov.keywords cascade; create table ctgov.old_table (nct_id text);"
        "update ops.target set frame = 'of an earlier version', run_id = 0"
    )
    assert team_database.publish(warehouse).is_whole
    assert team_database.differs_from(warehouse) == {}
    columns = team_database.fetch("select column_name from information_schema.columns where table_name = 'trials'")
    assert ("old_name",) not in columns
    assert team_database.fetch("select to_regclass('ctgov.old_table')") == [(None,)]


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_readers_never_see_half_a_run(team_database, warehouse, monkeypatch, isolation):
    """While a publish is at work, and until a reader's transaction ends, it sees the whole of the run before."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    sync_night(warehouse, NIGHTS[1], make_completed_study(), make_member_study(30))
    seen = []
    finish = postgresql.PostgreSQL.finish

    def look_and_finish(self, *arguments, **options):
        # Every row has been written, and nothing is committed. A reader that had to wait would wait for ever.
        seen.extend(team_database.fetch(FACTS))
        finish(self, *arguments, **options)

    monkeypatch.setattr(postgresql.PostgreSQL, "finish", look_and_finish)
    with database_reader(team_database) as reader:
        reader.execute(f"begin isolation level {isolation}".encode())
        before = reader.execute(FACTS.encode()).fetchone()
        team_database.publish(warehouse)
        within = reader.execute(FACTS.encode()).fetchone()
        reader.execute(b"commit")
        after = reader.execute(FACTS.encode()).fetchone()
    assert before == seen[0] == (1, 1, 1, 6, 6, 6)
    assert after == (2, 2, 2, 7, 7, 8)
    assert within == (after if isolation == "read committed" else before)


def test_comments_and_indexes_are_there(team_database, warehouse):
    """Each table and column says what it means, and a trial's rows are found by its number."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    ((comment,),) = team_database.fetch("select obj_description('main.trials'::regclass)")
    assert comment == warehouse.rows("select comment from duckdb_tables() where table_name = 'trials'")[0][0]
    missing = team_database.fetch(WITHOUT_INDEX)
    assert missing == []


def test_the_reader_may_read_and_nothing_else(team_database, warehouse):
    """The role that the address names may read every table and change none, also the tables of a later version."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse, options=f"?reader={READER}")
    team_database.fetch("drop table ctgov.keywords cascade; update ops.target set run_id = 0, frame = ''")
    team_database.publish(warehouse, options=f"?reader={READER}")
    refused = psycopg.errors.InsufficientPrivilege
    with team_database.server.connect(team_database.name, READER, READER_PASSWORD, autocommit=True) as reader:
        assert reader.execute("select count(*) from main.trials").fetchone() == (6,)
        assert reader.execute("select count(*) from ctgov.keywords").fetchone() == (0,)
        for statement in (
            "delete from main.trials",
            "update ops.target set run_id = 9",
            "insert into ctgov.studies (nct_id) values ('x')",
            "truncate ctgov.studies",
            "drop table main.trials",
            "create table main.mine (a int)",
            "create schema mine",
        ):
            with pytest.raises(refused):
                reader.execute(statement.encode())


def test_another_warehouse_is_refused(team_database, warehouse, make_warehouse):
    """Two warehouses in one database would undo each other every night."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    other = make_warehouse()
    sync_night(other, NIGHTS[0], make_planned_study())
    with pytest.raises(TargetOfAnotherStore, match="holds another warehouse; the warehouse file is published"):
        team_database.publish(other)
    assert team_database.differs_from(warehouse) == {}


def test_a_database_that_is_not_ours_is_refused(team_database, warehouse):
    """AACT's own copy, or anything else, is not written over."""
    team_database.fetch("create schema ctgov; create table ctgov.studies (nct_id text)")
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    with pytest.raises(TargetOfAnotherStore, match=r"has ctgov\.studies, which aclf-trials did not make"):
        team_database.publish(warehouse)
    assert team_database.fetch("select count(*) from pg_namespace where nspname in ('main', 'ops')") == [(0,)]


def test_an_older_run_is_refused(team_database, warehouse):
    """A copy of the warehouse on another machine, that is a night behind, does not turn the database back."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    behind = warehouse.copy_to(warehouse.folder / "behind")
    sync_night(warehouse, NIGHTS[1], make_completed_study())
    team_database.publish(warehouse)
    with pytest.raises(TargetNewer, match="holds run 2, and the warehouse run 1"):
        team_database.publish(behind)
    assert team_database.differs_from(warehouse) == {}


def test_two_do_not_publish_at_once(team_database, warehouse):
    """The second one is refused at once, and the database gets each run once."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    with database_reader(team_database) as other:
        other.execute(b"begin")
        other.execute(b"select pg_advisory_xact_lock(hashtextextended('aclf-trials publish', 0))")
        with pytest.raises(TargetFailed, match="another process is publishing"):
            team_database.publish(warehouse)
        other.execute(b"rollback")
    assert team_database.publish(warehouse).is_whole


def test_what_a_reader_made_stays(team_database, warehouse):
    """Tables and views of other schemas outlast every publish."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    team_database.fetch("create schema mine; create view mine.titles as select nct_id, brief_title from main.trials")
    sync_night(warehouse, NIGHTS[1], make_completed_study())
    team_database.publish(warehouse)
    team_database.publish(warehouse, is_full=True)
    assert team_database.fetch("select count(*) from mine.titles") == [(6,)]


@pytest.mark.parametrize(
    ("change", "reason", "next_step"),
    [
        ({"password": "wrong"}, "password authentication failed", "put the password into ~/.pgpass or PGPASSWORD"),
        ({"password": ""}, "no password supplied", "put the password into ~/.pgpass or PGPASSWORD"),
        ({"database": "nothing"}, 'database "nothing" does not exist', "create the database"),
        ({"port": 9}, "Connection refused", "check its address"),
        ({"options": "?reader=nobody_here"}, 'role "nobody_here" does not exist', "create the role"),
        ({"options": "?sslmode=require"}, "server does not support SSL", "check its address"),
        (
            {"user": READER, "password": READER_PASSWORD},
            "permission denied for database",
            "let the user create schemas",
        ),
    ],
)
def test_a_failure_says_what_to_do_and_leaks_no_password(
    team_database, warehouse, monkeypatch, change, reason, next_step
):
    """The sentence has PostgreSQL's own reason; the database is as it was, and no password is anywhere."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    monkeypatch.setenv("PGPASSWORD", change.get("password", PASSWORD))
    server = team_database.server
    address = server.make_address(
        change.get("database", team_database.name), change.get("user", "aact"), change.get("options", "")
    ).replace(str(server.port), str(change.get("port", server.port)))
    summary = warehouse.sync(publish_to=[address])
    (target,) = summary["targets"]
    assert reason in target["failure"]
    assert "; the warehouse file is published, and the target is as it was; " + next_step in target["failure"]
    assert summary["outcome"] in {"published", "unchanged"}
    assert team_database.fetch("select count(*) from pg_namespace where nspname = 'main'") == [(0,)]
    for secret in (PASSWORD, READER_PASSWORD):
        assert secret not in str(summary)
        files = [file for file in warehouse.folder.rglob("*") if file.is_file()]
        assert not [file for file in files if secret.encode() in file.read_bytes()]


def test_a_view_on_a_column_that_goes_stops_the_publish(team_database, warehouse):
    """An upgrade that drops a column does not drop a reader's view with it: the reader is told first."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())
    team_database.publish(warehouse)
    team_database.fetch(
        "alter table main.trials add column old_name text; create view public.old as select old_name from main.trials;"
        "update ops.target set frame = 'of an earlier version', run_id = 0"
    )
    with pytest.raises(TargetFailed, match="drop what depends on it"):
        team_database.publish(warehouse)
    team_database.fetch("drop view public.old")
    assert team_database.publish(warehouse).is_whole


def database_reader(team_database):
    return team_database.server.connect(team_database.name, password=os.environ["PGPASSWORD"], autocommit=True)
