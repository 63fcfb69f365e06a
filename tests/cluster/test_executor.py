"""A Dask cluster of real processes makes the tables of one machine, and what goes wrong there ends in a sentence."""

from __future__ import annotations

import os
import signal

import orjson
import pytest

from extract.sample.server import RegistryServer
from tests.support.command_line import CommandLine, wait_for_end
from tests.support.dask_cluster import run_dask_cluster
from tests.support.disturbed_workers import (
    MOMENTS,
    kill_a_worker_once,
    kill_each_worker_at,
    let_workers_wait,
    wait_until_ended,
)
from tests.support.made_studies import make_contents
from tests.support.prefect_server import open_prefect_server, wait_until_found
from tests.support.schedule import list_descendants
from tests.support.warehouses import CONDITION_SET, make_member_study
from tests.tools.compare_warehouses import find_differences

pytestmark = pytest.mark.timeout(300)

SEVEN = "NCT00000007"
LONGEST_SECONDS = 280
AS_IT_WAS = "nothing was published and the warehouse is as it was"
STUDIES = 1300
"""Two parts: so many come by pages of 1,000 records, and a page is a part."""


@pytest.fixture(scope="module")
def many():
    """Yield a registry with studies for three parts."""
    with RegistryServer(make_contents(*map(make_member_study, range(1, STUDIES + 1)))) as server:
        yield server


@pytest.fixture
def few():
    """Yield a registry with seven studies."""
    with RegistryServer(make_contents(*map(make_member_study, range(1, 8)))) as server:
        yield server


@pytest.fixture(scope="module")
def one_machine(tmp_path_factory, many):
    """Return the warehouse whose parts this machine made, and how many requests it took."""
    aclf = make_command_line(tmp_path_factory.mktemp("one"), many)
    run = aclf("sync", "--direct", "--workers", "0", "--json")
    assert (run.code, run.document["inserted"]) == (0, STUDIES), run.err
    return aclf.warehouse, run.document["requests"]


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """Yield a Prefect server for these tests."""
    with open_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


def make_command_line(folder, server, **settings):
    """Return the command line whose runs ask a registry."""
    aclf = CommandLine(folder / "here", ACLF_REGISTRY=server.url, ACLF_CONDITION_SET="made.toml", **settings)
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    return aclf


def list_made_parts(prefect, count):
    """Return the states of the tasks that made the parts of the last flow run, once there are so many that ended."""
    states = [state for name, state, _ in prefect.tasks(prefect.last_flow_run()) if name == "make part"]
    if states.count("Completed") < count:
        raise LookupError(states)
    return states


def make_another_version(folder):
    """Return the environment of a process for which another version of the package is installed."""
    metadata = folder / "aclf_trials-9.9.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: aclf-trials\nVersion: 9.9\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_local_cluster_with_a_killed_worker_makes_the_tables_of_one_machine(tmp_path, many, one_machine, moment):
    """One of two workers dies in the middle: no request and no row is different, and nothing is set aside.

    The first file of JSON that a worker reads is one of the package, while it is asked which version it has.
    """
    warehouse, requests = one_machine
    aclf = make_command_line(tmp_path, many)
    arguments = ["sync", "--dask", "local", "--workers", "2", "--json"]
    run = wait_for_end(aclf.start(*arguments, **kill_a_worker_once(tmp_path, moment)), LONGEST_SECONDS)
    assert run.code == 0, run.err
    assert not (tmp_path / "nobody was killed yet").exists()
    assert (run.document["requests"], run.document["quarantined"], run.err) == (requests, 0, "")
    assert find_differences(warehouse, aclf.warehouse) == []
    assert not (aclf.folder / ".aclf" / "landing").exists()


@pytest.mark.slow
def test_a_cluster_at_an_address_makes_the_tables_of_one_machine(tmp_path, many, one_machine, prefect):
    """Its two workers share no folder with the run, each part is a task of the flow run, and one worker dies."""
    warehouse, requests = one_machine
    aclf = make_command_line(tmp_path, many, PREFECT_API_URL=prefect.url)
    dies_once = kill_a_worker_once(tmp_path, "begins to write a part")
    with run_dask_cluster(tmp_path, 2, PREFECT_API_URL=prefect.url, **dies_once) as cluster:
        run = wait_for_end(aclf.start("sync", "--dask", cluster.address, "--json"), LONGEST_SECONDS)
        assert run.code == 0, run.err
        # The workers tell Prefect a little later than they tell the run.
        parts = wait_until_found(lambda: list_made_parts(prefect, 2))
    assert parts == ["Completed"] * 2
    assert not (tmp_path / "nobody was killed yet").exists()
    assert (run.document["requests"], run.err) == (requests, "")
    assert find_differences(warehouse, aclf.warehouse) == []
    assert list(tmp_path.rglob("aclf-part-*")) == []


@pytest.mark.slow
def test_a_record_that_kills_worker_after_worker_is_quarantined(tmp_path):
    """It is requested in halves until it stands alone, as with worker processes beside the run."""
    with RegistryServer(make_contents(make_member_study(6), make_member_study(7))) as two:
        aclf = make_command_line(tmp_path, two)
        arguments = ["sync", "--dask", "local", "--workers", "1", "--json"]
        run = wait_for_end(aclf.start(*arguments, **kill_each_worker_at(tmp_path, SEVEN)), LONGEST_SECONDS)
    assert (run.code, run.document["inserted"], run.document["quarantined"]) == (3, 1, 1), run.err
    # The batch of two, then its halves.
    assert sum("filter.ids" in request.query for request in two.requests) == 3
    reason = "2 workers of the local Dask cluster died before they had made a part"
    assert aclf.rows("select nct_id, path, reason from ops.quarantine") == [(SEVEN, "", reason)]


@pytest.mark.slow
def test_workers_that_do_not_fit_are_refused(tmp_path, many, prefect):
    """Another version would make other rows; a worker without a Prefect server would start one of its own."""
    aclf = make_command_line(tmp_path, many, PREFECT_API_URL=prefect.url)
    unfit = {
        "has aclf-trials 9.9 with": {"PREFECT_API_URL": prefect.url, **make_another_version(tmp_path)},
        "has no PREFECT_API_URL, so it would start a Prefect server of its own": {},
    }
    for words, environment in unfit.items():
        with run_dask_cluster(tmp_path, 1, **environment) as cluster:
            run = aclf("sync", "--dask", cluster.address)
        assert run.code == 1
        assert words in run.err
        assert AS_IT_WAS in run.err
        assert run.err.count("\n") == 1
    assert not aclf.warehouse.exists()


@pytest.mark.slow
def test_a_scheduler_that_dies_ends_the_run(tmp_path, many, prefect):
    """The run does not wait for parts that nobody makes, and the next run requests nothing again."""
    aclf = make_command_line(tmp_path, many, PREFECT_API_URL=prefect.url)
    waits, pipe = let_workers_wait(tmp_path, "begins to write a part")
    with run_dask_cluster(tmp_path, 1, PREFECT_API_URL=prefect.url, **waits) as cluster:
        process = aclf.start("sync", "--dask", cluster.address)
        with pipe.open("wb"):
            os.killpg(cluster.scheduler.pid, signal.SIGKILL)
            run = wait_for_end(process)
    assert run.code == 1
    assert f"the Dask cluster at {cluster.address} was lost during the run; {AS_IT_WAS}" in run.err
    many.requests.clear()
    assert aclf("sync", "--direct").code == 0
    # Nothing is fetched by number, because every page is usable.
    assert not any("filter.ids" in request.query for request in many.requests)


@pytest.mark.slow
def test_a_local_cluster_ends_with_its_run(tmp_path, few):
    """A run that is killed leaves no worker."""
    aclf = make_command_line(tmp_path, few)
    waits, pipe = let_workers_wait(tmp_path, "begins to write a part")
    with aclf.start("sync", "--dask", "local", "--workers", "2", **waits) as process:
        with pipe.open("wb"):
            started = list_descendants(process.pid)
            process.kill()
        process.communicate()
    assert len(started) >= 3
    wait_until_ended(started)


@pytest.mark.slow
def test_the_password_stays_with_those_who_have_it(tmp_path, many, prefect):
    """The run's Prefect settings do not go to the workers, whose log would quote them when a part fails."""
    secret = "sesame-77"
    aclf = make_command_line(tmp_path, many, PREFECT_API_URL=prefect.url, PREFECT_API_AUTH_STRING=f"admin:{secret}")
    nobody = "http://127.0.0.1:1/api"
    with run_dask_cluster(tmp_path, 1, PREFECT_API_URL=nobody) as cluster:
        run = aclf("sync", "--dask", cluster.address)
        log = cluster.log.read_text()
    assert run.code == 1
    assert f"the Dask cluster at {cluster.address} could not make a part" in run.err
    assert "answer_on_worker" in log or "make part" in log
    assert secret not in run.out + run.err + log


def test_a_cluster_that_nobody_runs_is_refused_before_any_request(tmp_path, few):
    """What contradicts itself, or needs a server that nobody has named, ends with 2."""
    aclf = make_command_line(tmp_path, few)
    for arguments, words in (
        (["--dask", "local", "--direct"], "--direct runs without Prefect"),
        (["--dask", "local", "--workers", "0"], "--workers 0 makes the rows in the run's own process"),
        (["--dask", "tcp://10.0.0.5:8786", "--workers", "2"], "are started there"),
        (["--dask", "10.0.0.5"], "takes `local`, or an address such as"),
        (["--dask", "tcp://10.0.0.5:8786"], "PREFECT_API_URL names none"),
    ):
        run = aclf("sync", *arguments)
        assert run.code == 2, arguments
        assert words in run.err
    assert not few.requests
    assert orjson.loads(aclf("sync", "--dask", "local", "--direct", "--json").out)["outcome"] == "failed"
