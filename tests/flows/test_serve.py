"""`aclf serve` on a real Prefect server: what it registers, what runs, what a failure leaves, and how it ends."""

# ruff: noqa: PLC0415 - Prefect reads its settings when it is imported, and takes seconds to be

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
import requests
import yaml

from flows.cli.options import DEFAULT_CRON, DEFAULT_TIME_ZONE
from flows.settings import Settings
from tests.support import faults
from tests.support.command_line import Stall, ended
from tests.support.folders import ROOT
from tests.support.prefect_server import eventually, prefect_server
from tests.support.schedule import SYNC, below, serving
from warehouse.lock import run_lock
from warehouse.paths import Paths

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

SEED = "NCT03863002"
BACKFILL = "backfill/aclf"
AT_WORK = {"RUNNING"}
DAY = r"\d{4}-\d\d-\d\d"


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """A Prefect server of its own for all tests here."""
    with prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture
def scheduled(prefect, aclf):
    """The schedule of an empty warehouse, served; gives its command line."""
    with serving(aclf, PREFECT_API_URL=prefect.url, ACLF_ON_FAILURE="cat >> failures.txt"):
        yield aclf


@pytest.mark.slow
def test_what_is_registered(prefect, scheduled):
    """Two deployments named after the set: schedule with its zone, limits, tags, version, and the settings as told."""
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
        told = deployment["parameters"]["settings"]
        assert (told["warehouse"], told["patience"], told["wait"]) == (str(scheduled.warehouse), 5.0, 3600.0)


@pytest.mark.slow
def test_the_form_of_a_backfill(prefect, scheduled):
    """Its form wants NCT numbers, explains every field, and takes nothing that is no number before a run begins."""
    schema = prefect.deployment(BACKFILL)["parameter_openapi_schema"]
    assert schema["required"] == ["nct_ids"]
    fields = schema["definitions"]["Settings"]["properties"]
    assert set(fields) == set(Settings.__dataclass_fields__)
    for field in (*schema["properties"].values(), *fields.values()):
        assert field["title"]
        assert field["description"]
    for wrong in ({}, {"nct_ids": []}, {"nct_ids": SEED}, {"nct_ids": ["NCT1"]}, {"nct_ids": ["../NCT03863002"]}):
        with pytest.raises(requests.HTTPError, match="409"):
            prefect.start(BACKFILL, **wrong)


@pytest.mark.slow
def test_a_backfill_that_its_form_asks_for(prefect, scheduled):
    """Numbers as people type them are fetched with the schedule's settings, and the run's page tells what it did."""
    flow_run = prefect.reached(prefect.start(BACKFILL, nct_ids=[" nct03863002", "NCT05881668"]))
    assert flow_run["state_type"] == "COMPLETED"
    assert flow_run["name"] == f"backfill {SEED} and 1 more {datetime.now(UTC):%Y-%m-%d}"
    assert set(flow_run["tags"]) == {"aclf-trials", "aclf"}
    artifacts = prefect.artifacts(flow_run)
    assert "| new | 2 |" in artifacts["summary"]["data"]
    assert {row["nct_id"] for row in json.loads(artifacts["changes"]["data"])} == {SEED, "NCT05881668"}
    assert scheduled.rows("select count(*) from trials") == [(2,)]


@pytest.mark.slow
def test_a_failing_run_leaves_its_sentence(prefect, scheduled, registry):
    """What happened, what stands and what to do next are on the run's page, and the command is given them."""
    registry.faults.append(faults.status(403))
    flow_run = prefect.reached(prefect.start(SYNC))
    assert (flow_run["state_type"], flow_run["name"]) == ("FAILED", f"sync aclf {datetime.now(UTC):%Y-%m-%d}")
    page = eventually(lambda: prefect.artifacts(flow_run)["failure"]["data"])
    for part in ("403", "Nothing was published", "honest User-Agent"):
        assert part in page
    sentence = eventually(lambda: (scheduled.folder / "failures.txt").read_text().splitlines()[0])
    assert sentence.startswith(f"aclf: {flow_run['name']}: ")
    assert sentence.endswith(scheduled.stored("select message from ops.runs")[0][0])


@pytest.mark.slow
def test_a_sync_while_another_is_at_work(prefect, scheduled, registry):
    """Of two syncs of the schedule the second is cancelled, with the reason, and the first is not disturbed."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    first = prefect.start(SYNC, settings={**prefect.deployment(SYNC)["parameters"]["settings"], "patience": 60})
    assert stall.reached.wait(100)
    second = prefect.reached(prefect.start(SYNC))
    assert (second["state_type"], second["state"]["message"]) == ("CANCELLED", "Deployment concurrency limit reached.")
    stall.let_go.set()
    assert prefect.reached(first)["state_type"] == "COMPLETED"


@pytest.mark.slow
def test_a_sync_waits_for_a_run_of_another_kind(prefect, scheduled, registry):
    """While the warehouse's lock is held a scheduled sync waits for it; told not to, it fails and says who holds it."""
    settings = prefect.deployment(SYNC)["parameters"]["settings"]
    with run_lock(Paths.of(scheduled.warehouse), "aclf rebuild"):
        refused = prefect.reached(prefect.start(SYNC, settings={**settings, "wait": 0}))
        assert "another run holds the lock (aclf rebuild since" in refused["state"]["message"]
        waiting = prefect.start(SYNC)
        prefect.reached(waiting, AT_WORK)
        assert registry.requests == []
    assert prefect.reached(waiting)["state_type"] == "COMPLETED"


@pytest.mark.slow
def test_missed_nights_are_made_up_for_once(prefect, aclf):
    """Of three nights that passed while the schedule was down one runs at its start, and the others are cancelled."""
    with serving(aclf, PREFECT_API_URL=prefect.url):
        deployment = prefect.deployment(SYNC)["id"]
    missed = [
        prefect.asked(
            "POST",
            f"/deployments/{deployment}/create_flow_run",
            state={
                "type": "SCHEDULED",
                "state_details": {"scheduled_time": (datetime.now(UTC) - timedelta(days=days)).isoformat()},
            },
        )["id"]
        for days in (3, 2, 1)
    ]
    with serving(aclf, PREFECT_API_URL=prefect.url):
        assert sorted(prefect.reached(run)["state_type"] for run in missed) == ["CANCELLED", "CANCELLED", "COMPLETED"]
    assert aclf.stored("select count(*) from ops.runs") == [(1,)]


@pytest.mark.slow
def test_what_was_paused_stays_paused(prefect, aclf):
    """A restart resumes neither a paused deployment nor a paused schedule, and an end pauses neither."""
    with serving(aclf, PREFECT_API_URL=prefect.url):
        sync = prefect.deployment(SYNC)
    assert (prefect.deployment(SYNC)["paused"], prefect.deployment(SYNC)["schedules"][0]["active"]) == (False, True)
    prefect.asked("POST", f"/deployments/{sync['id']}/pause_deployment")
    prefect.asked("PATCH", f"/deployments/{sync['id']}/schedules/{sync['schedules'][0]['id']}", active=False)
    with serving(aclf, "--cron", "5 5 * * *", PREFECT_API_URL=prefect.url):
        again = prefect.deployment(SYNC)
        (schedule,) = again["schedules"]
        assert (again["paused"], schedule["active"], schedule["schedule"]["cron"]) == (True, False, "5 5 * * *")
        prefect.asked("POST", f"/deployments/{sync['id']}/resume_deployment")
        prefect.asked("PATCH", f"/deployments/{sync['id']}/schedules/{schedule['id']}", active=True)


@pytest.mark.slow
def test_a_killed_schedule_leaves_nothing_in_the_way(prefect, aclf, registry):
    """After a power cut in the middle of a sync the next start tells of the dead run, and the next has its turn."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    with serving(aclf, PREFECT_API_URL=prefect.url) as (process, _):
        dead = prefect.start(SYNC)
        stall.holds(process)
        for child in below(process.pid):
            os.kill(child, signal.SIGKILL)
        process.kill()
        ended(process)
    stall.let_go.set()
    with serving(aclf, PREFECT_API_URL=prefect.url):
        told = prefect.reached(dead)
        assert told["state_type"] == "CRASHED"
        page = eventually(lambda: prefect.artifacts(told)["failure"]["data"])
        assert "the schedule was started again" in page
        assert prefect.reached(prefect.start(SYNC))["state_type"] == "COMPLETED"


@pytest.mark.quick(1)
@pytest.mark.parametrize("wrong", [["--cron", "at night"], ["--time-zone", "Liver/Failure"], ["--condition-set", "x"]])
def test_a_schedule_that_cannot_be_is_refused(aclf, wrong):
    """A cron line, zone or set that cannot be used ends it with 2 before anything is started."""
    run = aclf("serve", *wrong)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1), run.err


@pytest.mark.slow
def test_one_schedule_a_warehouse(prefect, scheduled):
    """A second `aclf serve` on the same warehouse ends with 75 and says why."""
    run = scheduled("serve", PREFECT_API_URL=prefect.url)
    assert (run.code, run.out) == (75, "")
    assert f"the schedule of {scheduled.warehouse} runs already" in run.err


def test_prefect_yaml_says_the_same(prefect):
    """For those who run workers: flows, names, texts, tags, schedule, zone and limits are those of `aclf serve`."""
    from flows.schedule.deployments import make_backfill_deployment, make_sync_deployment

    text = (ROOT / "prefect.yaml").read_text()
    served = [
        make_sync_deployment(Settings(), "aclf", DEFAULT_CRON, DEFAULT_TIME_ZONE),
        make_backfill_deployment(Settings(), "aclf"),
    ]
    for there, here in zip(yaml.safe_load(text)["deployments"], served, strict=True):
        flow = here.flow_name
        assert there["entrypoint"] == f"flows/{flow}.py:{flow}"
        assert (there["name"], there["tags"], there["description"]) == (here.name, here.tags, here.description)
        assert there["concurrency_limit"] == {
            "limit": here.concurrency_limit,
            "collision_strategy": here.concurrency_options.collision_strategy.value,
        }
        told = [(line["cron"], line["timezone"], line["slug"]) for line in there.get("schedules", [])]
        assert told == [(line.schedule.cron, line.schedule.timezone, line.slug) for line in here.schedules or []]
        assert there["parameters"] == {"settings": {"wait": 3600.0}}
    assert "http" not in text
