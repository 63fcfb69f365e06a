"""A worker process that dies, a part that cannot be written or a run that ends meanwhile costs as little as it can."""

from __future__ import annotations

import signal
import sys

import orjson
import pytest

from extract.errors import LandingFailed
from extract.sample.server import RegistryServer
from flows.errors import WorkersUnusable
from tests.support.command_line import CommandLine, wait_for_end
from tests.support.disturbed_workers import (
    MOMENTS,
    kill_a_worker_once,
    kill_each_worker_at,
    let_workers_wait,
    list_workers,
    wait_until_ended,
)
from tests.support.killed_runs import kill_at_step, list_steps, run_with_size_limit
from tests.support.made_studies import make_contents
from tests.support.warehouses import CONDITION_SET, TIME_COLUMNS, make_member_study
from warehouse.health.cleanup import clean_up
from warehouse.paths import Paths

FIRST, SECOND = "2026-10-01 03:00", "2026-10-02 03:00"
SEVEN = "NCT00000007"
QUARANTINE = "select nct_id, path, reason from ops.quarantine"
AS_IT_WAS = "nothing was published and the warehouse is as it was"
BEGIN_ROUND = "warehouse.loading.load.load_round < flows.loading.Loading._load_ready: commit; begin"
WRITE_PART = "extract.files.write_aside < warehouse.part_files.write_part: open"


def serve_seven(warehouse, seventh=None):
    """Serve seven trials of the set."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 7)), seventh or make_member_study(7))


def list_requested(warehouse):
    """Return the numbers in each request for records, and forget the requests."""
    requested = [request.query.get("filter.ids") for request in warehouse.server.requests]
    warehouse.server.requests.clear()
    return [ids.split(",") for ids in requested if ids]


def list_parts(warehouse):
    """Return the names of the files in the folder of parts."""
    return sorted(file.name for file in Paths.of(warehouse.path).landing.glob("parts/*"))


def disturb(monkeypatch, environment):
    """Set the environment in which the next runs start their workers."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def undisturbed(make_warehouse):
    """The tables of a warehouse whose parts no worker made."""
    warehouse = make_warehouse()
    serve_seven(warehouse)
    warehouse.sync(workers=0)
    return warehouse.tables(without=TIME_COLUMNS)


@pytest.mark.quick(1)
@pytest.mark.fault(35)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_in_the_middle_of_a_part_costs_nothing(warehouse, tmp_path, monkeypatch, undisturbed, moment):
    """The run goes on with another worker, asks for nothing twice, and ends with the same tables."""
    serve_seven(warehouse)
    disturb(monkeypatch, kill_a_worker_once(tmp_path, moment))
    summary = warehouse.sync(workers=1)
    assert not (tmp_path / "nobody was killed yet").exists()
    assert (summary["inserted"], summary["quarantined"]) == (7, 0)
    assert len(list_requested(warehouse)) == 1
    assert warehouse.tables(without=TIME_COLUMNS) == undisturbed
    assert not Paths.of(warehouse.path).landing.exists()


@pytest.mark.fault(35, 57)
def test_a_record_that_always_kills_its_worker_is_quarantined(tmp_path):
    """It alone is set aside, with the reason, and the exit code says so; without that fault the next run loads it."""
    with RegistryServer(make_contents(*(make_member_study(number) for number in range(1, 8)))) as server:
        aclf = CommandLine(tmp_path / "here", ACLF_REGISTRY=server.url, ACLF_CONDITION_SET="made.toml")
        (aclf.folder / "made.toml").write_text(CONDITION_SET)
        run = aclf("sync", "--direct", "--json", "--workers", "1", **kill_each_worker_at(tmp_path, SEVEN))
        assert (run.code, run.document["inserted"], run.document["quarantined"]) == (3, 6, 1)
        # The batch of seven, then halves: 1-3, 4-7, 4-5, 6-7, 6, 7.
        assert sum("filter.ids" in request.query for request in server.requests) == 7
        reason = "a worker process was ended by SIGKILL before it had made its part"
        assert aclf.rows(QUARANTINE) == [(SEVEN, "", reason)]
        assert [aclf("sync", "--direct", "--workers", "1").code, aclf.rows(QUARANTINE)] == [0, []]


@pytest.mark.fault(35)
def test_workers_that_do_not_start_end_the_run_at_once(warehouse, tmp_path, monkeypatch):
    """No record has caused it: nothing is requested in halves, and the sentence repeats the worker's last line."""
    serve_seven(warehouse)
    (tmp_path / "sitecustomize.py").write_text(
        'import sys\nif "flows.part_worker" in sys.orig_argv:\n    raise SystemExit("no such library")\n'
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(
        WorkersUnusable, match=r"ended with exit code 1 .*\(SystemExit: no such library\); .* --workers 0"
    ) as failed:
        warehouse.sync(workers=1)
    assert AS_IT_WAS in str(failed.value)
    assert len(list_requested(warehouse)) == 1
    assert warehouse.sync(workers=0)["inserted"] == 7
    assert list_requested(warehouse) == []


@pytest.mark.fault(35)
def test_a_worker_that_cannot_be_started_ends_the_run(warehouse, tmp_path, monkeypatch):
    """The sentence says what the system said."""
    serve_seven(warehouse)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(WorkersUnusable, match=r"could not be started \(No such file or directory\)"):
        warehouse.sync(workers=1)


@pytest.mark.quick(1)
@pytest.mark.fault(38, 39)
@pytest.mark.parametrize("workers", [1, 0])
def test_a_part_that_finds_no_room_ends_the_run_in_a_sentence(warehouse, workers):
    """No part is left half written, and once there is room the next run goes on without a request for records."""
    warehouse.serve(*(make_member_study(number, title="A" * 50_000) for number in range(1, 31)))
    job = warehouse.job("sync", workers=workers)
    # The empty store and a batch of three have room, but the part of all thirty does not.
    error = run_with_size_limit(2_500_000, FIRST, job)
    assert isinstance(error, LandingFailed)
    assert "a part of " in str(error)
    assert f"File too large; {AS_IT_WAS}" in str(error)
    assert list_parts(warehouse) == []
    assert len(list_requested(warehouse)) == 10
    summary = run_with_size_limit(100_000_000, SECOND, job)
    assert not isinstance(summary, Exception), summary
    assert summary["inserted"] == 30
    assert list_requested(warehouse) == []


@pytest.mark.quick(1)
@pytest.mark.fault(35, 36)
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 143), (signal.SIGINT, 130)],
    ids=["kill", "SIGTERM", "Ctrl-C"],
)
def test_a_run_that_ends_while_its_worker_is_at_work(tmp_path, number, code):
    """The worker ends with it, in the middle of its part; the run says so, and the next one goes on from there."""
    environment, pipe = let_workers_wait(tmp_path)
    with RegistryServer(make_contents(*(make_member_study(number) for number in range(1, 8)))) as server:
        aclf = CommandLine(tmp_path / "here", ACLF_REGISTRY=server.url, ACLF_CONDITION_SET="made.toml")
        (aclf.folder / "made.toml").write_text(CONDITION_SET)
        process = aclf.start("sync", "--direct", "--workers", "1", **environment)
        with pipe.open("wb"):  # opens when the worker reads a reply
            workers = list_workers(process.pid)
            process.send_signal(number)
            run = wait_for_end(process)
            wait_until_ended(workers)
        assert (len(workers), run.code, run.out) == (1, code, "")
        if number != signal.SIGKILL:
            assert run.err.count("\n") == 1
            assert "interrupted" in run.err
            assert AS_IT_WAS in run.err
        assert {file for file in aclf.files() if file.endswith((".part", ".arrow"))} == set()
        server.requests.clear()
        assert aclf("sync", "--direct", "--workers", "1").code == 0
        assert not any("filter.ids" in request.query for request in server.requests)
        assert aclf.rows("select count(*) from trials") == [(7,)]
        assert not (aclf.folder / ".aclf" / "landing").exists()


@pytest.mark.fault(35, 43)
def test_the_parts_of_a_killed_run_are_used(warehouse):
    """The next run makes no part again, and leaves none."""
    serve_seven(warehouse)
    job = warehouse.job("sync", workers=0)
    kill_at_step(BEGIN_ROUND, 1, FIRST, job)
    assert len(list_parts(warehouse)) == 1
    assert WRITE_PART not in list_steps(SECOND, job)
    assert list_parts(warehouse) == []
    assert warehouse.rows("select count(*) from trials") == [(7,)]


def test_a_cleanup_removes_only_what_is_half_written(tmp_path):
    """Whole replies and parts stay for the next run."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    whole = {paths.landing / "parts" / "a.arrow", paths.landing / "question" / "a.json"}
    half = {file.with_name(f".{file.name}.123.456.part") for file in whole}
    for file in whole | half:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps({}))
    clean_up(paths)
    assert {file for file in paths.landing.rglob("*") if file.is_file()} == whole
