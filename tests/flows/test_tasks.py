"""Sync and backfill as Prefect flow runs: their tasks, artifacts, failures and retries, on a real Prefect server."""

# ruff: noqa: PLC0415 - Prefect reads its settings at its import, which takes seconds

from __future__ import annotations

import json
import logging
import signal
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from extract.errors import RegistryForbidden
from extract.sample.nights import load_night
from flows.settings import HANDED_OVER, Settings
from flows.steps import DIRECT_STEPS
from tests.support import faults
from tests.support.command_line import CommandLine, Stall, wait_for_end
from tests.support.prefect_server import open_prefect_server

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

SEED = "NCT03863002"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The command line and the process of a sync of the sample that has no Prefect server configured."""
    aclf = CommandLine(tmp_path_factory.mktemp("alone") / "here")
    process = aclf.start("sync", "--json", "--registry", "sample")
    yield aclf, process
    if process.returncode is None:
        wait_for_end(process)  # a killed process would leave its server behind


@pytest.fixture(scope="module")
def prefect(tmp_path_factory, alone):  # `alone` starts a server too: let both start at the same time
    """One Prefect server for all tests of this file."""
    with open_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


def name_of_today(name):
    """Return a flow run's name: what it is about, and the day."""
    return f"{name} {datetime.now(UTC):%Y-%m-%d}"


def run_sync_flow(settings):
    """Run the sync as a flow run."""
    from flows.sync import sync

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(HANDED_OVER, json.dumps(asdict(settings)))
        return sync()


def run_backfill_flow(settings, nct_ids):
    """Run the backfill as a flow run."""
    from flows.backfill import backfill

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(HANDED_OVER, json.dumps(asdict(settings)))
        return backfill(nct_ids)


@pytest.fixture
def settings(tmp_path, registry):
    """The settings of a flow run: a warehouse in an empty folder, and the registry on loopback."""
    return Settings(warehouse=str(tmp_path / "aclf.duckdb"), registry=registry.url, patience=2.0)


def test_a_sync_is_a_flow_run_of_its_steps(prefect, settings):
    """The flow run completes, and each step is a task run under its name that ran once."""
    summary = run_sync_flow(settings)
    assert (summary["outcome"], summary["inserted"]) == ("published", 73)
    flow_run = prefect.last_flow_run()
    assert (flow_run["name"], flow_run["state_name"]) == (name_of_today("sync aclf"), "Completed")
    assert flow_run["state"]["message"] == "Run 1, sync: published. 73 new."
    assert prefect.tasks(flow_run) == [
        (name, "Completed", 1)
        for name in ("ask version", "list condition sets", "plan", "fetch", "ask for vanished", "load", "publish")
    ]


def test_a_sync_leaves_its_summary_and_its_changes(prefect, settings, registry):
    """The artifacts show the counts of the run and the trials that it found changed, and lead to the pages of serve."""
    run_sync_flow(settings)
    registry.contents = load_night(2)
    run_sync_flow(replace(settings, pages="http://127.0.0.1:4201"))
    artifacts = prefect.artifacts(prefect.last_flow_run())
    assert {key: artifact["type"] for key, artifact in artifacts.items()} == {
        "summary": "markdown",
        "changes": "table",
        "report": "markdown",  # Prefect makes this type of a link
    }
    assert "(http://127.0.0.1:4201/)" in artifacts["report"]["data"]
    table = artifacts["summary"]["data"]
    for fact in ("| listed | 72 |", "| new | 1 |", "| changed | 4 |", "| left the set | 1 |", "| merged | 1 |"):
        assert fact in table
    changes = {(row["nct_id"], row["outcome"]) for row in json.loads(artifacts["changes"]["data"])}
    assert changes == {
        ("NCT07329036", "inserted"),
        *((nct_id, "updated") for nct_id in ("NCT00614146", SEED, "NCT05985863", "NCT05989958")),
        ("NCT00614146", "left"),
        ("NCT09900001", "merged"),
    }


def test_a_backfill_is_a_flow_run_of_its_steps(prefect, settings):
    """Its name has the requested number, and its tasks are the steps of a backfill."""
    assert run_backfill_flow(settings, [SEED])["inserted"] == 1
    flow_run = prefect.last_flow_run()
    assert flow_run["state_name"] == "Completed"
    assert SEED in flow_run["name"]
    assert [name for name, *_ in prefect.tasks(flow_run)] == ["ask version", "ask for each", "load", "publish"]


@pytest.mark.fault(60)
def test_a_failure_is_the_message_of_the_flow_run(prefect, settings, registry):
    """If the registry refuses, the flow run fails with the error's message alone, and the task is not retried.

    Its log has the message as an error, and no traceback.
    """
    registry.faults.extend([None, None, faults.status(403)])
    with pytest.raises(RegistryForbidden) as failure:
        run_sync_flow(settings)
    flow_run = prefect.last_flow_run()
    assert flow_run["state_name"] == "Failed"
    assert flow_run["state"]["message"] == str(failure.value)
    assert prefect.tasks(flow_run)[-1] == ("fetch", "Failed", 1)
    log = prefect.read_log(flow_run)
    assert str(failure.value) in [line["message"] for line in log if line["level"] == logging.ERROR]
    assert "Traceback" not in "".join(line["message"] for line in log)


def test_an_expected_failure_of_a_step_that_runs_once_has_no_traceback(prefect, settings, registry):
    """Prefect logs the traceback of a task without retries; of an error of ours it is left out."""
    registry.faults.append(faults.status(403))
    with pytest.raises(RegistryForbidden):
        run_sync_flow(settings)
    flow_run = prefect.last_flow_run()
    assert prefect.tasks(flow_run)[-1] == ("ask version", "Failed", 1)
    messages = "".join(line["message"] for line in prefect.read_log(flow_run))
    assert "Task run failed with exception: RegistryForbidden" in messages
    assert "Traceback" not in messages


def test_a_fault_of_the_program_keeps_its_traceback(prefect, settings, monkeypatch):
    """Who has to report an unexpected error finds its traceback in the log of the flow run."""
    from flows.orchestration.tasks import make_tasks

    def fail(run):
        raise ZeroDivisionError

    monkeypatch.setattr("flows.sync.TASK_STEPS", make_tasks(replace(DIRECT_STEPS, ask_version=fail)))
    with pytest.raises(ZeroDivisionError):
        run_sync_flow(settings)
    flow_run = prefect.last_flow_run()
    assert (flow_run["state_name"], "ZeroDivisionError" in flow_run["state"]["message"]) == ("Failed", True)
    assert "Traceback" in "".join(line["message"] for line in prefect.read_log(flow_run))


def test_a_night_without_news_says_so(prefect, settings):
    """A sync that finds nothing new completes, and its state says so."""
    run_sync_flow(settings)
    assert run_sync_flow(settings)["outcome"] == "unchanged"
    state = prefect.last_flow_run()["state"]
    assert (state["type"], state["message"]) == ("COMPLETED", "Run 2, sync: unchanged. Nothing has changed.")


@pytest.mark.slow
def test_a_step_with_an_unexpected_error_is_retried(prefect, settings, monkeypatch):
    """A fetch that ends with an error that is not ours runs a second time, and the run completes."""
    from flows.orchestration.tasks import make_tasks

    errors = [OSError("the network is gone")]

    def fail_once(run, nct_ids):
        if errors:
            raise errors.pop()
        return DIRECT_STEPS.ask_for_each(run, nct_ids)

    steps = make_tasks(replace(DIRECT_STEPS, ask_for_each=fail_once))
    retried_at_once = steps.ask_for_each.with_options(retry_delay_seconds=0)
    monkeypatch.setattr("flows.backfill.TASK_STEPS", replace(steps, ask_for_each=retried_at_once))
    assert run_backfill_flow(settings, [SEED])["inserted"] == 1
    assert ("ask for each", "Completed", 2) in prefect.tasks(prefect.last_flow_run())


def test_the_command_line_runs_through_the_configured_server(prefect, aclf):
    """With a Prefect API configured, a backfill is a flow run there, and standard output is only the summary."""
    run = aclf("backfill", "--json", SEED, PREFECT_API_URL=prefect.url)
    assert (run.code, run.err, run.document["inserted"]) == (0, "", 1)
    flow_run = prefect.last_flow_run()
    assert (flow_run["state_name"], flow_run["parameters"]) == ("Completed", {"nct_ids": [SEED]})


@pytest.mark.slow
def test_a_failed_flow_run_ends_the_command_as_a_direct_one_does(prefect, aclf, registry):
    """The exit code is the error's, and standard error is its message without a word of Prefect's."""
    registry.faults.append(faults.status(403))
    run = aclf("sync", "--json", PREFECT_API_URL=prefect.url)
    assert (run.code, run.document["outcome"]) == (1, "failed")
    assert run.err == f"aclf: {run.document['message']}\n"
    assert prefect.last_flow_run()["state_name"] == "Failed"


@pytest.mark.quick(1)
@pytest.mark.fault(36)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_flow_run_ends_the_command_as_a_direct_one_does(prefect, aclf, registry, number, code):
    """Ctrl-C and SIGTERM end it with 130 and 143 and one sentence, and the run is recorded as failed (fault 36)."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    process = aclf.start("sync", PREFECT_API_URL=prefect.url, ACLF_PATIENCE="60")
    stall.wait_for_request(process)
    process.send_signal(number)
    run = wait_for_end(process)
    assert (run.code, run.out, run.err.count("\n")) == (code, "", 1), run.err
    assert aclf.stored("select outcome from ops.runs") == [("failed",)]
    assert prefect.last_flow_run()["state_type"] in {"CRASHED", "CANCELLED", "FAILED"}


@pytest.mark.fault(60)
def test_a_sync_starts_its_own_server(alone):
    """Without a configured API a sync starts a server of its own, and Prefect's home keeps the flow run."""
    aclf, process = alone
    run = wait_for_end(process)
    assert (run.code, run.err, run.document["inserted"]) == (0, "", 73)
    with closing(sqlite3.connect(aclf.environment["PREFECT_HOME"] + "/prefect.db")) as database:
        assert database.execute("select name, state_name from flow_run").fetchall() == [
            (name_of_today("sync aclf"), "Completed")
        ]
        assert database.execute("select count(*) from task_run where state_name = 'Completed'").fetchall() == [(7,)]
