"""With no Prefect API configured, `aclf serve` starts its own server, ends with it, and touches no other."""

from __future__ import annotations

import signal
from socket import create_server

import pytest
import requests

from tests.support.command_line import CommandLine, Stall, wait_for_end
from tests.support.prefect_server import Prefect
from tests.support.schedule import SYNC, list_descendants, list_processes, run_serve

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def free_port():
    """A port on loopback that nothing listens on."""
    with create_server(("127.0.0.1", 0)) as socket:
        return socket.getsockname()[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_serve_starts_its_own_server_and_ends_with_it(tmp_path, registry, free_port, number, code):
    """It prints where its own server's pages are; a signal ends the schedule, a run at work and the server."""
    aclf = CommandLine(tmp_path / "here", ACLF_REGISTRY=registry.url, PREFECT_SERVER_API_PORT=str(free_port))
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    with run_serve(aclf) as (process, output):
        pages = f"http://127.0.0.1:{free_port}"
        assert f"Prefect's pages are at {pages}, " in output
        assert "<html" in requests.get(pages, timeout=60).text
        Prefect(f"{pages}/api").start(SYNC)
        stall.wait_for_request(process)
        children = list_descendants(process.pid)
        process.send_signal(number)
        run = wait_for_end(process)
    assert (run.code, run.err.count("the schedule was stopped; the published warehouse is whole")) == (code, 1), run.err
    assert len(children) >= 2
    assert list_processes().keys() & children == set()
    assert aclf.stored("select outcome from ops.runs") == [("failed",)]


def test_an_address_that_is_taken_is_refused(aclf, registry):
    """If something already answers at the address of its own server, it says so and does not touch it."""
    port = registry.url.split(":")[2].split("/")[0]
    run = aclf("serve", PREFECT_SERVER_API_PORT=port)
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert f"PREFECT_API_URL=http://127.0.0.1:{port}/api" in run.err
    assert registry.requests == []
