"""`aclf serve` on a real Prefect server: its deployments, its runs, its failures and its end."""

# ruff: noqa: PLC0415 - Prefect reads its settings at its import, which takes seconds

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
import requests
import yaml

from extract.sample.nights import load_night
from flows.cli.options import DEFAULT_CRON, DEFAULT_TIME_ZONE
from tests.support import faults
from tests.support.command_line import Stall, wait_for_end
from tests.support.folders import ROOT
from tests.support.prefect_server import open_prefect_server, wait_until_found
from tests.support.schedule import SYNC, list_descendants, read_pages, run_serve
from warehouse.lock import hold_lock
from warehouse.paths import Paths

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

SEED = "NCT03863002"
BACKFILL = "backfill/aclf"
AT_WORK = {"RUNNING"}
DAY = r"\d{4}-\d\d-\d\d"


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """One Prefect server for all tests of this file."""
    with open_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture
def scheduled(prefect, synced_aclf):
    """The command line of a warehouse with the first night, whose schedule runs."""
    with run_serve(synced_aclf, PREFECT_API_URL=prefect.url, ACLF_ON_FAILURE="cat >> failures.txt"):
        yield synced_aclf


@pytest.mark.slow
def test_serve_registers_two_deployments(prefect, scheduled):
    """Both have the set's name and tags and a limit of one run; the sync has a schedule, and no run has a path."""
    sync, backfill = prefect.deployment(SYNC), prefect.deployment(BACKFILL)
    (schedule,) = sync["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"], schedule["active"]) == (
        DEFAULT_CRON,
        DEFAULT_TIME_ZONE,
        True,
    )
    assert backfill["schedules"] == []
    for deployment, strategy in ((sync, "CANCEL_NEW"), (backfill, "ENQUEUE")):
        assert deployment["global_concurrency_limit"]["limit"] == 1
        assert deployment["concurrency_options"]["collision_strategy"] == strategy
        assert set(deployment["tags"]) == {"aclf-trials", "aclf"}
        assert deployment["parameters"] == {}


@pytest.mark.slow
def test_the_form_of_a_backfill_explains_and_checks_its_fields(prefect, scheduled):
    """The form requires NCT numbers, explains every field, and refuses other texts before a run begins."""
    schema = prefect.deployment(BACKFILL)["parameter_openapi_schema"]
    assert schema["required"] == ["nct_ids"]
    choices = prefect.deployment(SYNC)["parameter_openapi_schema"]["properties"]
    assert (set(schema["properties"]), set(choices)) == (
        {"nct_ids"},
        {"full", "accept_shrink", "accept_empty", "replace_set"},
    )
    for field in (*schema["properties"].values(), *choices.values()):
        assert field["title"]
        assert field["description"]
    for wrong in (
        {},
        {"nct_ids": []},
        {"nct_ids": SEED},
        {"nct_ids": ["NCT1"]},
        {"nct_ids": ["../NCT03863002"]},
    ):
        with pytest.raises(requests.HTTPError, match="409"):
            prefect.start(BACKFILL, **wrong)


@pytest.mark.slow
def test_a_backfill_from_the_form_runs(prefect, scheduled, registry):
    """Numbers as people type them are fetched with the schedule's settings, and the run's page shows what it did."""
    registry.contents = load_night(2)
    flow_run = prefect.wait_for_state(prefect.start(BACKFILL, nct_ids=[" nct03863002", "NCT07329036"]))
    assert flow_run["state_type"] == "COMPLETED"
    assert flow_run["name"] == f"backfill {SEED} and 1 more {datetime.now(UTC):%Y-%m-%d}"
    assert set(flow_run["tags"]) == {"aclf-trials", "aclf"}
    artifacts = prefect.artifacts(flow_run)
    for fact in ("| new | 1 |", "| changed | 1 |", "/NCT03863002) changed: Safety and Efficacy"):
        assert fact in artifacts["summary"]["data"]
    assert {row["nct_id"] for row in json.loads(artifacts["changes"]["data"])} == {SEED, "NCT07329036"}
    assert scheduled.rows("select count(*) from trials") == [(74,)]


@pytest.mark.slow
def test_a_failing_run_leaves_its_message(prefect, scheduled, registry):
    """The run's page shows what happened, what stands and what to do next, and the operator's command receives it."""
    registry.faults.append(faults.status(403))
    flow_run = prefect.wait_for_state(prefect.start(SYNC))
    assert (flow_run["state_type"], flow_run["name"]) == ("FAILED", f"sync aclf {datetime.now(UTC):%Y-%m-%d}")
    page = wait_until_found(lambda: prefect.artifacts(flow_run)["failure"]["data"])
    for part in ("403", "Nothing was published", "its own User-Agent"):
        assert part in page
    sentence = wait_until_found(lambda: (scheduled.folder / "failures.txt").read_text().splitlines()[0])
    assert sentence.startswith(f"aclf: {flow_run['name']}: ")
    assert sentence.endswith(scheduled.stored("select message from ops.runs order by run_id desc")[0][0])


@pytest.mark.slow
def test_a_second_sync_is_cancelled(prefect, synced_aclf, registry):
    """Of two syncs of the schedule the second is cancelled with the reason, and the first completes."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    with run_serve(synced_aclf, "--patience", "60", PREFECT_API_URL=prefect.url):
        first = prefect.start(SYNC)
        assert stall.reached.wait(100)
        second = prefect.wait_for_state(prefect.start(SYNC))
        assert (second["state_type"], second["state"]["message"]) == (
            "CANCELLED",
            "Deployment concurrency limit reached.",
        )
        stall.let_go.set()
        assert prefect.wait_for_state(first)["state_type"] == "COMPLETED"


@pytest.mark.slow
def test_a_sync_that_may_not_wait_says_who_holds_the_lock(prefect, synced_aclf):
    """With `--wait 0` a scheduled sync fails at once while the warehouse's lock is held."""
    with (
        run_serve(synced_aclf, "--wait", "0", PREFECT_API_URL=prefect.url),
        hold_lock(Paths.of(synced_aclf.warehouse), "aclf rebuild"),
    ):
        refused = prefect.wait_for_state(prefect.start(SYNC))
        assert "another run holds the lock (aclf rebuild since" in refused["state"]["message"]


@pytest.mark.slow
def test_a_sync_waits_for_a_run_of_another_kind(prefect, scheduled, registry):
    """A scheduled sync waits while the warehouse's lock is held."""
    with hold_lock(Paths.of(scheduled.warehouse), "aclf rebuild"):
        waiting = prefect.start(SYNC)
        prefect.wait_for_state(waiting, AT_WORK)
        assert registry.requests == []
    assert prefect.wait_for_state(waiting)["state_type"] == "COMPLETED"


@pytest.mark.slow
def test_an_empty_warehouse_is_filled_at_once(prefect, aclf):
    """Where nothing is published, the first sync does not wait for the night; then every page answers with 200."""
    with run_serve(aclf, PREFECT_API_URL=prefect.url) as (_, output):
        assert "the first sync runs now" in output
        pages = read_pages(output)
        first = prefect.list_due_runs(SYNC)[0]
        ended = prefect.wait_for_state(first["id"])
        assert ended["state"]["message"] == "Run 1, sync: published. 73 new."
        for path in ("/", "/NCT03863002", "/trials/nct03863002", "/health", "/metrics"):
            assert requests.get(f"{pages}{path}", timeout=60).status_code == 200, path
        artifacts = prefect.artifacts(ended)
        assert f"({pages}/)" in artifacts["report"]["data"]
        assert f"[NCT03863002]({pages}/NCT03863002) new: " in artifacts["summary"]["data"]


@pytest.mark.slow
def test_a_paused_schedule_stays_still_although_nothing_is_published(prefect, aclf, registry):
    """Who paused the schedule wants no sync, so none begins at the start."""
    with run_serve(aclf, PREFECT_API_URL=prefect.url):
        sync = prefect.deployment(SYNC)
        (schedule,) = sync["schedules"]
        prefect.request("PATCH", f"/deployments/{sync['id']}/schedules/{schedule['id']}", active=False)
    before = prefect.list_due_runs(SYNC)
    with run_serve(aclf, PREFECT_API_URL=prefect.url):
        assert len(prefect.list_due_runs(SYNC)) == len(before)
        prefect.request("PATCH", f"/deployments/{sync['id']}/schedules/{schedule['id']}", active=True)


def test_a_port_in_use_stops_the_start(aclf, registry):
    """If something answers at the port of the pages, the command ends with 2 before anything starts, and says so."""
    port = registry.url.split(":")[2].split("/")[0]
    run = aclf("serve", "--port", port)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1), run.err
    assert f"something else already answers at 127.0.0.1:{port}" in run.err
    assert "--port" in run.err
    assert registry.requests == []
    assert not (aclf.folder / ".aclf" / "prefect.log").exists()


@pytest.mark.slow
def test_missed_nights_run_once(prefect, synced_aclf):
    """Of three syncs missed while the schedule was down, one runs at its start and the others are cancelled."""
    with run_serve(synced_aclf, PREFECT_API_URL=prefect.url):
        deployment = prefect.deployment(SYNC)["id"]
    missed = [
        prefect.request(
            "POST",
            f"/deployments/{deployment}/create_flow_run",
            state={
                "type": "SCHEDULED",
                "state_details": {"scheduled_time": (datetime.now(UTC) - timedelta(days=days)).isoformat()},
            },
        )["id"]
        for days in (3, 2, 1)
    ]
    with run_serve(synced_aclf, PREFECT_API_URL=prefect.url):
        assert sorted(prefect.wait_for_state(run)["state_type"] for run in missed) == [
            "CANCELLED",
            "CANCELLED",
            "COMPLETED",
        ]
    assert synced_aclf.stored("select count(*) from ops.runs") == [(2,)]


@pytest.mark.slow
def test_a_paused_deployment_or_schedule_stays_paused(prefect, synced_aclf):
    """A restart resumes neither a deployment nor a schedule, and an end pauses neither."""
    with run_serve(synced_aclf, PREFECT_API_URL=prefect.url):
        sync = prefect.deployment(SYNC)
    assert (prefect.deployment(SYNC)["paused"], prefect.deployment(SYNC)["schedules"][0]["active"]) == (False, True)
    prefect.request("POST", f"/deployments/{sync['id']}/pause_deployment")
    prefect.request("PATCH", f"/deployments/{sync['id']}/schedules/{sync['schedules'][0]['id']}", active=False)
    with run_serve(synced_aclf, "--cron", "5 5 * * *", PREFECT_API_URL=prefect.url):
        again = prefect.deployment(SYNC)
        (schedule,) = again["schedules"]
        assert (again["paused"], schedule["active"], schedule["schedule"]["cron"]) == (True, False, "5 5 * * *")
        prefect.request("POST", f"/deployments/{sync['id']}/resume_deployment")
        prefect.request("PATCH", f"/deployments/{sync['id']}/schedules/{schedule['id']}", active=True)


@pytest.mark.slow
def test_a_killed_schedule_blocks_no_later_run(prefect, synced_aclf, registry):
    """After a power cut during a sync the next start marks the dead run as crashed, and the next sync runs."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    with run_serve(synced_aclf, PREFECT_API_URL=prefect.url) as (process, _):
        dead = prefect.start(SYNC)
        stall.wait_for_request(process)
        for child in list_descendants(process.pid):
            os.kill(child, signal.SIGKILL)
        process.kill()
        wait_for_end(process)
    stall.let_go.set()
    with run_serve(synced_aclf, PREFECT_API_URL=prefect.url):
        crashed = prefect.wait_for_state(dead)
        assert crashed["state_type"] == "CRASHED"
        page = wait_until_found(lambda: prefect.artifacts(crashed)["failure"]["data"])
        assert "the schedule was started again" in page
        assert prefect.wait_for_state(prefect.start(SYNC))["state_type"] == "COMPLETED"


@pytest.mark.quick(1)
@pytest.mark.parametrize("wrong", [["--cron", "at night"], ["--time-zone", "Liver/Failure"], ["--condition-set", "x"]])
def test_a_schedule_that_cannot_be_used_is_refused(aclf, wrong):
    """A cron line, zone or set that cannot be used ends the command with 2 before anything starts."""
    run = aclf("serve", *wrong, ACLF_PORT="0")
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1), run.err


@pytest.mark.slow
def test_a_warehouse_has_one_schedule(prefect, scheduled):
    """A second `aclf serve` on the same warehouse ends with 75 and says why."""
    run = scheduled("serve", PREFECT_API_URL=prefect.url)
    assert (run.code, run.out) == (75, "")
    assert f"the schedule of {scheduled.warehouse} runs already" in run.err


def test_prefect_yaml_says_the_same(prefect):
    """For people who run workers: flows, names, texts, tags, schedule, zone and limits equal those of `aclf serve`."""
    from flows.schedule.deployments import make_backfill_deployment, make_sync_deployment

    text = (ROOT / "prefect.yaml").read_text()
    deployments = [
        make_sync_deployment(["aclf"], DEFAULT_CRON, DEFAULT_TIME_ZONE),
        make_backfill_deployment(["aclf"]),
    ]
    for written, served in zip(yaml.safe_load(text)["deployments"], deployments, strict=True):
        flow = served.flow_name
        assert written["entrypoint"] == f"flows/{flow}.py:{flow}"
        assert (written["name"], written["tags"], written["description"]) == (
            served.name,
            served.tags,
            served.description,
        )
        assert written["concurrency_limit"] == {
            "limit": served.concurrency_limit,
            "collision_strategy": served.concurrency_options.collision_strategy.value,
        }
        schedules = [(line["cron"], line["timezone"], line["slug"]) for line in written.get("schedules", [])]
        assert schedules == [(line.schedule.cron, line.schedule.timezone, line.slug) for line in served.schedules or []]
        assert served.parameters == written.get("parameters", {})
    assert "http" not in text
