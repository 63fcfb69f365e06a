"""With no Prefect API configured, `aclf serve` starts its own server, ends with it, and touches no other."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.support.command_line import CommandLine, Stall, wait_for_end
from tests.support.prefect_server import Prefect
from tests.support.schedule import SYNC, find_free_port, list_descendants, list_processes, read_pages, run_serve

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(300)]


def read_prefect_pages(output):
    """Return the address of Prefect's pages, from the first lines of `aclf serve`."""
    return output.partition("pages are at ")[2].partition(",")[0]


def read_password(aclf):
    """Return the password of the server that the schedule of a warehouse has started."""
    return (aclf.folder / ".aclf" / "prefect-password").read_text().strip()


def is_server(process):
    """Return whether a process is a Prefect server of ours."""
    return b"flows.orchestration.server_process" in Path(f"/proc/{process}/cmdline").read_bytes()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_serve_starts_its_own_server_and_ends_with_it(aclf, registry, number, code):
    """It prints where its own server's pages are; a signal ends the schedule, a run at work and the server."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    with run_serve(aclf, own_server=True) as (process, output):
        pages = read_prefect_pages(output)
        assert f"password in {aclf.folder}/.aclf/prefect-password." in output
        assert Prefect(f"{pages}/api", read_password(aclf)).deployment(SYNC)["name"] == "aclf"
        assert "<html" in requests.get(pages, timeout=60).text
        # The first sync runs at once.
        stall.wait_for_request(process)
        children = list_descendants(process.pid)
        process.send_signal(number)
        run = wait_for_end(process)
    assert (run.code, run.err.count("the schedule was stopped; the published warehouse is whole")) == (code, 1), run.err
    assert len(children) >= 2
    assert list_processes().keys() & children == set()
    assert aclf.stored("select outcome from ops.runs") == [("failed",)]


def test_a_server_that_dies_ends_the_schedule_in_one_sentence(aclf, registry):
    """Without its server the schedule ends at once, with the processes of its runs, and says where to read why."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    with run_serve(aclf, own_server=True) as (process, _):
        (server,) = [child for child in list_descendants(process.pid) if is_server(child)]
        stall.wait_for_request(process)
        children = list_descendants(process.pid)
        os.kill(server, signal.SIGKILL)
        run = wait_for_end(process)
    assert (run.code, run.err.count("\n")) == (1, 1), run.err
    assert run.err.startswith("aclf: Prefect's server has ended")
    assert "prefect.log" in run.err
    assert list_processes().keys() & children == set()


def test_a_server_that_dies_ends_a_single_run_too(aclf, registry):
    """So does a sync whose own server is gone, and the next run continues."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    process = aclf.start("sync")
    stall.wait_for_request(process)
    (server,) = [child for child in list_descendants(process.pid) if is_server(child)]
    os.kill(server, signal.SIGKILL)
    run = wait_for_end(process)
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1), run.err
    assert run.err.startswith("aclf: Prefect's server has ended; the warehouse is whole")
    stall.let_go.set()
    assert aclf("sync", "--direct").code == 0


def test_of_several_schedules_on_one_port_one_runs(tmp_path, registry):
    """Started at the same time, one takes the port and the others end in a sentence about it."""
    port = str(find_free_port())
    lines = [CommandLine(tmp_path / name, ACLF_REGISTRY=registry.url) for name in ("one", "two", "three")]
    started = [
        line.start("serve", ACLF_PORT="0", PREFECT_SERVER_API_PORT=port, PREFECT_HOME=str(line.folder / "prefect"))
        for line in lines
    ]
    # Those that end close their output without a word; the one that runs says so on it.
    said = [process.stdout.readline() for process in started]
    for process in started:
        process.terminate()
    ended = [wait_for_end(process) for process in started]
    assert sorted(run.code for run in ended) == [1, 1, 143]
    for text, run in zip(said, ended, strict=True):
        assert ("The schedule runs" in text) is (run.code == 143)
        assert (f"something else already answers at 127.0.0.1:{port}" in run.err) is (run.code == 1)


def test_an_address_that_is_taken_is_refused(aclf, registry):
    """If something already answers at the address of its own server, it says so and does not touch it."""
    port = registry.url.split(":")[2].split("/")[0]
    run = aclf("serve", PREFECT_SERVER_API_PORT=port, ACLF_PORT="0")
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert f"PREFECT_API_URL=http://127.0.0.1:{port}/api" in run.err
    assert registry.requests == []


def test_a_database_of_another_version_is_the_cause_that_is_told(aclf):
    """If Prefect's server ends while it starts, the run ends at once, and its sentence quotes the server's error."""
    home = aclf.folder.parent / "prefect"
    home.mkdir()
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        database.execute("create table alembic_version (version_num text)")
        database.execute("insert into alembic_version values ('ffffffffffff')")
        database.commit()
    run = aclf("sync")
    assert (run.code, run.err.count("\n")) == (1, 1), run.err
    assert "Prefect's server does not start" in run.err
    assert "Can't locate revision identified by 'ffffffffffff'" in run.err
    assert "set PREFECT_HOME to another folder" in run.err


def test_nothing_is_imported_from_the_working_folder(aclf):
    """Files named as modules that we and Prefect import are not executed, whichever process looks for them."""
    for name in ("prefect", "flows", "extract", "uvicorn", "json", "sitecustomize"):
        (aclf.folder / f"{name}.py").write_text(f"open({str(aclf.folder.parent / 'executed')!r}, 'w')\n")
    with run_serve(aclf, own_server=True) as (_, output):
        prefect = Prefect(f"{read_prefect_pages(output)}/api", read_password(aclf))
        (first,) = prefect.list_due_runs(SYNC)
        assert prefect.wait_for_state(first["id"])["state_type"] == "COMPLETED"
        assert requests.get(read_pages(output), timeout=60).status_code == 200
    assert not (aclf.folder.parent / "executed").exists()
