"""A publish to a database that is killed or cut off leaves the old run or the new one, and the next publish heals."""

from __future__ import annotations

import pytest
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_fixed

from tests.support.clock import clock_stands_at
from tests.support.cut_commits import commit_without_answer
from tests.support.database_server import PASSWORD, run_database_server
from tests.support.disks import mounted_disk
from tests.support.killed_publishes import MOMENTS, call_at, start_doomed_publish, wait_until_killed
from tests.support.team_database import create_team_database
from tests.support.three_nights import NIGHTS, make_completed_study, make_planned_study
from tests.support.warehouses import make_five_members, make_member_study
from warehouse.errors import TargetFailed
from warehouse.targets.addresses import parse_address
from warehouse.targets.holdings import read_holdings
from warehouse.targets.publishing import publish_to

FACTS = """
select
  (select run_id from ops.target),
  (select value::bigint from ops.store where key = 'data_run_id'),
  (select max(run_id) from ops.runs),
  (select count(*) from main.trials),
  (select count(*) from ctgov.studies),
  (select count(*) from main.trial_history)
"""
OLD, NEW = (1, 1, 1, 6, 6, 6), (2, 2, 2, 7, 7, 8)
COMMITTED = {"after the commit", "before it is noted"}
"""The moments after which the database holds the new run."""

CUT_OFF = ["after the lock", "after the first deletes", "in the middle of a copy", "when all rows are there"]
LONGEST_SECONDS = 60


@pytest.fixture
def two_nights(warehouse):
    """Return a function that syncs a second night, once the first one is published."""
    sync_night(warehouse, NIGHTS[0], make_planned_study())

    def sync_second_night():
        sync_night(warehouse, NIGHTS[1], make_completed_study(), make_member_study(30))

    return sync_second_night


def sync_night(warehouse, moment, *studies):
    warehouse.serve(*studies, *make_five_members())
    with clock_stands_at(moment):
        warehouse.sync()


def publish_again(team_database, warehouse):
    """Publish as soon as the server has noticed that the killed process is gone."""
    gone = Retrying(
        retry=retry_if_exception_message(match=".*another process is publishing"),
        stop=stop_after_delay(LONGEST_SECONDS),
        wait=wait_fixed(0.05),
        reraise=True,
    )
    return gone(team_database.publish, warehouse)


@pytest.mark.quick(3)
@pytest.mark.parametrize("is_full", [False, True], ids=["in part", "whole"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_publish_leaves_a_whole_run(team_database, warehouse, two_nights, moment, is_full):
    """A reader meanwhile has no error and sees one run; afterwards the next publish brings every table in step."""
    team_database.publish(warehouse)
    two_nights()
    paths = warehouse.job("sync").paths
    child = start_doomed_publish(paths, team_database.address, moment, is_full=is_full)
    seen = {OLD}
    while child.is_alive():
        seen |= set(team_database.fetch(FACTS))
    wait_until_killed(child)
    stands = NEW if moment in COMMITTED else OLD
    assert seen <= {OLD, stands}
    assert [holding.run_id for holding in read_holdings(paths)] == [1]
    published = publish_again(team_database, warehouse)
    assert (published.run_id, published.previous_run) == (2, stands[0])
    assert team_database.fetch(FACTS) == [NEW]
    assert team_database.differs_from(warehouse) == {}
    assert [holding.run_id for holding in read_holdings(paths)] == [2]


@pytest.mark.quick(1)
@pytest.mark.parametrize("moment", [name for name in MOMENTS if name not in COMMITTED])
def test_a_killed_first_publish_leaves_an_empty_database(team_database, warehouse, two_nights, moment):
    """Not even a schema is there, and the next publish makes all."""
    child = start_doomed_publish(warehouse.job("sync").paths, team_database.address, moment, is_full=False)
    wait_until_killed(child)
    assert team_database.fetch("select count(*) from pg_namespace where nspname in ('main', 'ops')") == [(0,)]
    assert publish_again(team_database, warehouse).is_whole
    assert team_database.differs_from(warehouse) == {}


def assert_failed(team_database, warehouse, reason):
    """Publish, and assert that this fails with a reason, and is noted beside the run that the database holds."""
    with pytest.raises(TargetFailed, match=reason) as failed:
        team_database.publish(warehouse)
    (holding,) = read_holdings(warehouse.job("sync").paths)
    assert (holding.run_id, holding.failure) == (1, str(failed.value))


@pytest.mark.quick(1)
@pytest.mark.parametrize("moment", CUT_OFF)
def test_a_connection_that_is_cut_leaves_the_old_run(team_database, warehouse, two_nights, monkeypatch, moment):
    """An administrator, or a network device, ends the connection: the publish fails with its sentence."""
    team_database.publish(warehouse)
    two_nights()
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'aclf publish'"
    with monkeypatch.context() as patched:
        call_at(MOMENTS[moment], lambda: team_database.fetch(cut), patched.setattr)
        assert_failed(team_database, warehouse, "did not take the run .*the target is as it was; ")
    assert team_database.fetch(FACTS) == [OLD]
    assert publish_again(team_database, warehouse).run_id == 2
    assert team_database.differs_from(warehouse) == {}


@pytest.mark.quick(1)
@pytest.mark.parametrize("moment", CUT_OFF)
def test_a_server_that_is_killed_has_the_old_run_when_it_is_back(
    own_server, warehouse, two_nights, monkeypatch, moment
):
    """The machine of the database fails: the publish fails with its sentence, and the next one heals."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with create_team_database(own_server) as team_database:
        team_database.publish(warehouse)
        two_nights()
        with monkeypatch.context() as patched:
            call_at(MOMENTS[moment], own_server.restart_at_once, patched.setattr)
            assert_failed(team_database, warehouse, "did not take the run .*the target is as it was; ")
        with own_server.connect(team_database.name, autocommit=True) as reader:
            reader.execute(b"set timezone = 'UTC'")
            team_database.reader = reader
            assert team_database.fetch(FACTS) == [OLD]
            assert team_database.publish(warehouse).run_id == 2
            assert team_database.differs_from(warehouse) == {}


@pytest.fixture(scope="module")
def own_server():
    """Yield a PostgreSQL of these tests alone, which they may kill."""
    with run_database_server() as server:
        yield server


def test_a_full_disk_of_the_scratch_folder_leaves_the_old_run(team_database, warehouse, two_nights):
    """The rows are written aside first; if there is no room for them, nothing is sent half."""
    team_database.publish(warehouse)
    two_nights()
    scratch = warehouse.job("sync").paths.scratch
    scratch.mkdir(exist_ok=True)
    with mounted_disk(scratch, 64 << 10):
        (scratch / "full").write_bytes(bytes(64 << 10))
        assert_failed(team_database, warehouse, "could not be written aside")
        assert [file.name for file in scratch.iterdir()] == ["full"]
    assert team_database.fetch(FACTS) == [OLD]
    assert team_database.publish(warehouse).run_id == 2
    assert team_database.differs_from(warehouse) == {}


def test_a_commit_without_an_answer_is_told_as_one(team_database, warehouse, two_nights):
    """If the connection ends between the commit and its answer, nobody knows here; the next publish finds out."""
    team_database.publish(warehouse)
    two_nights()
    with commit_without_answer(team_database.server.port) as port:
        address = team_database.address.replace(str(team_database.server.port), str(port))
        with pytest.raises(TargetFailed, match="the target holds this run or the one before; run `aclf publish`"):
            publish_to(warehouse.job("sync").paths, parse_address(address))
    assert team_database.fetch(FACTS) == [NEW]
    assert team_database.publish(warehouse).rows == 0
    assert team_database.differs_from(warehouse) == {}


def test_a_note_that_cannot_be_written_hides_nothing(team_database, warehouse, two_nights):
    """The failure of a publish is told although it cannot be noted, and a publish that went well is told as that."""
    targets = warehouse.job("sync").paths.targets
    targets.write_text("a file where the folder of the notes belongs")
    with pytest.raises(TargetFailed, match="Connection refused"):
        publish_to(warehouse.job("sync").paths, parse_address("postgresql://aact@127.0.0.1:9/nowhere"))
    with pytest.raises(TargetFailed, match=r"holds run 1, but no note .*published, and so is the target; see that"):
        team_database.publish(warehouse)
    assert team_database.differs_from(warehouse) == {}
    targets.unlink()
    assert team_database.publish(warehouse).rows == 0
    assert [holding.run_id for holding in read_holdings(warehouse.job("sync").paths)] == [1]
