"""Sync and backfill as Prefect flow runs: their tasks, artifacts, failures and retries, on a real Prefect server."""

# ruff: noqa: PLC0415 - Prefect reads its settings when it is imported, and takes seconds to be

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from extract.errors import RegistryForbidden
from extract.sample.nights import night
from flows.settings import Settings
from flows.steps import DIRECT_STEPS
from tests.support import faults
from tests.support.command_line import CommandLine, Stall, ended
from tests.support.prefect_server import prefect_server

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

SEED = "NCT03863002"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A sync of the sample where no Prefect server is configured, begun; gives its command line and its process."""
    aclf = CommandLine(tmp_path_factory.mktemp("alone") / "here")
    process = aclf.start("sync", "--json", "--registry", "sample")
    yield aclf, process
    if process.returncode is None:
        ended(process)  # killed, it would leave its server behind


@pytest.fixture(scope="module")
def prefect(tmp_path_factory, alone):  # `alone` needs as long to start a server: let them do it side by side
    """A Prefect server of its own for all tests here."""
    with prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


def today(name):
    """A flow run's name: what it is about, and the day."""
    return f"{name} {datetime.now(UTC):%Y-%m-%d}"


def sync(settings):
    """The sync, as a flow run."""
    from flows.sync import sync as flow

    return flow(settings)


def backfill(settings, nct_ids):
    """The backfill, as a flow run."""
    from flows.backfill import backfill as flow

    return flow(nct_ids, settings)


@pytest.fixture
def settings(tmp_path, registry):
    """What a flow run is told: a warehouse in an empty folder, and the registry on loopback."""
    return Settings(warehouse=str(tmp_path / "aclf.duckdb"), registry=registry.url, patience=2.0)


def test_a_sync_is_a_flow_run_of_its_steps(prefect, settings):
    """The flow run is completed, and each step is a task run under its name, tried once."""
    report = sync(settings)
    assert (report["outcome"], report["inserted"]) == ("published", 73)
    flow_run = prefect.last_flow_run()
    assert (flow_run["name"], flow_run["state_name"]) == (today("sync aclf"), "Completed")
    assert prefect.tasks(flow_run) == [
        (name, "Completed", 1)
        for name in ("ask version", "list condition set", "plan", "fetch", "ask for vanished", "load", "publish")
    ]


def test_a_sync_leaves_its_summary_and_its_changes(prefect, settings, registry, tmp_path):
    """The artifacts tell the counts of the run and the trials that it found changed, and where its report is."""
    sync(settings)
    registry.contents = night(2)
    page = tmp_path / "report.html"
    sync(replace(settings, report=str(page)))
    artifacts = prefect.artifacts(prefect.last_flow_run())
    assert {key: artifact["type"] for key, artifact in artifacts.items()} == {
        "summary": "markdown",
        "changes": "table",
        "report": "markdown",  # which is what Prefect makes of a link
    }
    assert page.as_uri() in artifacts["report"]["data"]
    summary = artifacts["summary"]["data"]
    for fact in ("| listed | 72 |", "| new | 1 |", "| changed | 4 |", "| left the set | 1 |", "| merged | 1 |"):
        assert fact in summary
    changes = {(row["nct_id"], row["outcome"]) for row in json.loads(artifacts["changes"]["data"])}
    assert changes == {
        ("NCT07329036", "inserted"),
        *((nct_id, "updated") for nct_id in ("NCT00614146", SEED, "NCT05985863", "NCT05989958")),
        ("NCT00614146", "left"),
        ("NCT09900001", "merged"),
    }


def test_a_backfill_is_a_flow_run_too(prefect, settings):
    """It names the numbers asked for, and its tasks are the steps of a backfill."""
    assert backfill(settings, [SEED])["inserted"] == 1
    flow_run = prefect.last_flow_run()
    assert flow_run["state_name"] == "Completed"
    assert SEED in flow_run["name"]
    assert [name for name, *_ in prefect.tasks(flow_run)] == ["ask version", "ask for each", "load", "publish"]


@pytest.mark.fault(60)
def test_a_failure_is_the_message_of_the_flow_run(prefect, settings, registry):
    """A registry that refuses fails the flow run, whose message is the sentence; nothing is tried again for it."""
    registry.faults.extend([None, None, faults.status(403)])
    with pytest.raises(RegistryForbidden) as failure:
        sync(settings)
    flow_run = prefect.last_flow_run()
    assert flow_run["state_name"] == "Failed"
    assert str(failure.value) in flow_run["state"]["message"]
    assert prefect.tasks(flow_run)[-1] == ("fetch", "Failed", 1)


@pytest.mark.slow
def test_a_step_that_dies_of_something_else_is_tried_again(prefect, settings, monkeypatch):
    """A fetch that ends by an error nobody foresaw is run a second time, and the run is completed."""
    from flows.orchestration.tasks import make_tasks

    deaths = [OSError("the network is gone")]

    def dies_once(run, ids):
        if deaths:
            raise deaths.pop()
        return DIRECT_STEPS.ask_for_each(run, ids)

    steps = make_tasks(replace(DIRECT_STEPS, ask_for_each=dies_once))
    at_once = steps.ask_for_each.with_options(retry_delay_seconds=0)
    monkeypatch.setattr("flows.backfill.TASKS", replace(steps, ask_for_each=at_once))
    assert backfill(settings, [SEED])["inserted"] == 1
    assert ("ask for each", "Completed", 2) in prefect.tasks(prefect.last_flow_run())


def test_the_command_line_runs_through_the_configured_server(prefect, aclf):
    """With a Prefect API configured a backfill is a flow run there, and standard output is the report alone."""
    run = aclf("backfill", "--json", SEED, PREFECT_API_URL=prefect.url)
    assert (run.code, run.err, run.document["inserted"]) == (0, "", 1)
    flow_run = prefect.last_flow_run()
    assert (flow_run["state_name"], flow_run["parameters"]["settings"]["registry"]) == (
        "Completed",
        run.document["registry"],
    )


@pytest.mark.slow
def test_a_failed_flow_run_ends_the_command_as_a_direct_one_does(prefect, aclf, registry):
    """The exit code is that of the failure, and standard error is its sentence and nothing of Prefect's."""
    registry.faults.append(faults.status(403))
    run = aclf("sync", "--json", PREFECT_API_URL=prefect.url)
    assert (run.code, run.document["outcome"]) == (1, "failed")
    assert run.err == f"aclf: {run.document['message']}\n"
    assert prefect.last_flow_run()["state_name"] == "Failed"


@pytest.mark.quick(1)
@pytest.mark.fault(36)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_flow_run_ends_the_command_as_a_direct_one_does(prefect, aclf, registry, number, code):
    """Ctrl-C and SIGTERM end it with 130 and 143 and one sentence, and the run is noted as failed (fault 36)."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    process = aclf.start("sync", PREFECT_API_URL=prefect.url, ACLF_PATIENCE="60")
    stall.holds(process)
    process.send_signal(number)
    run = ended(process)
    assert (run.code, run.out, run.err.count("\n")) == (code, "", 1), run.err
    assert aclf.stored("select outcome from ops.runs") == [("failed",)]
    assert prefect.last_flow_run()["state_type"] in {"CRASHED", "CANCELLED", "FAILED"}


@pytest.mark.fault(60)
def test_a_sync_needs_no_server_to_be_there(alone):
    """Without a configured API a sync starts a server of its own; the flow run stays in Prefect's home."""
    aclf, process = alone
    run = ended(process)
    assert (run.code, run.err, run.document["inserted"]) == (0, "", 73)
    with closing(sqlite3.connect(aclf.environment["PREFECT_HOME"] + "/prefect.db")) as database:
        assert database.execute("select name, state_name from flow_run").fetchall() == [
            (today("sync aclf"), "Completed")
        ]
        assert database.execute("select count(*) from task_run where state_name = 'Completed'").fetchall() == [(7,)]
