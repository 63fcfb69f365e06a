"""A rate limit of a Prefect server is kept by all processes together, and no request is sent without asking it."""

from __future__ import annotations

import time
from collections import deque
from itertools import pairwise

import pytest

from extract.sample.server import RegistryServer
from tests.support.command_line import CommandLine, wait_for_end
from tests.support.made_studies import make_contents
from tests.support.prefect_server import open_prefect_server
from tests.support.warehouses import CONDITION_SET, make_member_study

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

NAME = "registry"
A_SECOND = 2.0
"""Requests that the limit lets go in a second."""

CLOCKS = 0.05
"""Seconds by which two clocks, and the way to the registry, may make a gap shorter."""

AS_IT_WAS = "nothing was published and the warehouse is as it was"


class TimedRequests(deque):
    """The log of a registry that also notes when each request came."""

    def __init__(self):
        super().__init__()
        self.moments = []

    def append(self, request):
        self.moments.append(time.monotonic())
        super().append(request)


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """Yield a Prefect server with the limit, and with one whose slots do not come back by themselves."""
    with open_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        for name, decay in ((NAME, A_SECOND), ("no-rate", 0)):
            path = "/v2/concurrency_limits/"
            server.request("POST", path, name=name, limit=1, active=True, slot_decay_per_second=decay)
        yield server


@pytest.fixture
def made():
    """Yield a registry with seven studies."""
    with RegistryServer(make_contents(*map(make_member_study, range(1, 8)))) as server:
        server.requests = TimedRequests()
        yield server


def make_command_line(folder, server, **settings):
    """Return the command line whose runs ask a registry."""
    aclf = CommandLine(folder, ACLF_REGISTRY=server.url, ACLF_CONDITION_SET="made.toml", **settings)
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    return aclf


def test_two_processes_keep_one_pace(tmp_path, made, prefect):
    """Two syncs at the same time, each without a pace of its own, send no two requests faster than the limit says."""
    settings = {"PREFECT_API_URL": prefect.url, "ACLF_RATE_LIMIT": NAME}
    both = [make_command_line(tmp_path / name, made, **settings) for name in ("one", "two")]
    runs = [wait_for_end(process) for process in [aclf.start("sync", "--direct", "--json") for aclf in both]]
    assert [(run.code, run.err) for run in runs] == [(0, ""), (0, "")]
    moments = made.requests.moments
    assert len(moments) == sum(run.document["requests"] for run in runs) >= 6
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(gaps) >= 1 / A_SECOND - CLOCKS, gaps


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ACLF_RATE_LIMIT": "no-such-limit"}, "'no-such-limit' could not be asked"),
        ({"ACLF_RATE_LIMIT": "no-rate"}, "'no-rate' could not be asked"),
        ({"ACLF_RATE_LIMIT": NAME, "PREFECT_API_URL": "http://127.0.0.1:1/api"}, "'registry' could not be asked"),
    ],
    ids=["no such limit", "a limit without a rate", "no server"],
)
def test_a_run_that_cannot_ask_stops(tmp_path, made, prefect, settings, words):
    """It sends nothing, publishes nothing, and says why in one sentence."""
    aclf = make_command_line(tmp_path / "here", made, **{"PREFECT_API_URL": prefect.url, **settings})
    run = aclf("sync", "--direct")
    assert run.code == 1
    assert words in run.err
    assert f"; {AS_IT_WAS}; " in run.err
    assert run.err.count("\n") == 1
    assert not made.requests
    assert not aclf.warehouse.exists()


def test_a_server_that_goes_away_stops_the_run(tmp_path, made, prefect):
    """A run that was let go once does not go on by itself."""
    limit = prefect.request("GET", f"/v2/concurrency_limits/{NAME}")
    aclf = make_command_line(tmp_path / "here", made, PREFECT_API_URL=prefect.url, ACLF_RATE_LIMIT="short-lived")
    path = "/v2/concurrency_limits/"
    prefect.request("POST", path, name="short-lived", limit=1, active=True, slot_decay_per_second=A_SECOND)
    assert limit["active"]

    def forget_limit(handler):
        prefect.request("DELETE", f"{path}short-lived")
        handler.reply(handler.make_registry_answer())

    made.faults.append(forget_limit)
    run = aclf("sync", "--direct")
    assert (run.code, len(made.requests)) == (1, 1)
    assert "'short-lived' could not be asked" in run.err
    assert not aclf.warehouse.exists()


def test_without_a_server_nothing_is_asked(tmp_path, made):
    """A limit is of no use where nobody else could ask it, so the run is refused."""
    aclf = make_command_line(tmp_path / "here", made, ACLF_RATE_LIMIT=NAME)
    for command in (["sync"], ["sync", "--direct"], ["sync", "--dry-run"], ["sets", "check", "made.toml"]):
        run = aclf(*command)
        assert run.code == 2
        assert "--rate-limit needs a Prefect server that other machines reach too" in run.err
    assert not made.requests
