"""A killed or interrupted run publishes nothing and is noted as failed; the next run continues where it ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import pytest

from extract.sample.server import RegistryServer
from flows.errors import InternalError, Interrupted, Terminated
from flows.signals import as_aclf_error, catch_signals
from tests.support.command_line import CommandLine, Stall, wait_for_end
from tests.support.made_studies import make_contents
from tests.support.warehouses import CONDITION_SET, make_member_study

STUDIES = 450
"""Enough for three requests, because a batch has at most 200 studies."""

KILLED, INTERRUPTED, TERMINATED = -signal.SIGKILL, 130, 143
AS_IT_WAS = "nothing was published and the warehouse is as it was"


@pytest.fixture(scope="module")
def server():
    """Yield a registry with enough studies for three batches."""
    with RegistryServer(make_contents(*(make_member_study(number) for number in range(1, STUDIES + 1)))) as server:
        yield server


def stop_sync(folder, server, number, *flags):
    """Send a signal to a sync while it waits for its third batch; return the command line and the sync's result."""
    aclf = CommandLine(folder, ACLF_REGISTRY=server.url, ACLF_CONDITION_SET="made.toml")
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    stall = Stall()
    server.requests.clear()
    # Version, listing and two batches are answered; the third batch is not.
    server.faults.extend([None, None, None, None, stall.fault()])
    process = aclf.start("sync", "--direct", *flags)
    stall.wait_for_request(process)
    process.send_signal(number)
    return aclf, wait_for_end(process)


def list_batches(server):
    """Return the NCT numbers of each request for records."""
    return [request.query["filter.ids"].split(",") for request in server.requests if "filter.ids" in request.query]


@dataclass
class KilledRun:
    """A run that was killed, the state right after it, and the summary of the next run."""

    aclf: CommandLine
    code: int
    is_published: bool
    batches: list
    next_batches: list
    next_summary: dict


@pytest.fixture(scope="module")
def killed_run(tmp_path_factory, server):
    """Kill a sync in its third batch, and run the next one."""
    aclf, run = stop_sync(tmp_path_factory.mktemp("killed") / "here", server, signal.SIGKILL)
    is_published, batches = aclf.warehouse.is_symlink(), list_batches(server)
    server.requests.clear()
    next_summary = aclf("sync", "--direct", "--json").document
    return KilledRun(aclf, run.code, is_published, batches, list_batches(server), next_summary)


@pytest.mark.fault(35)
def test_a_killed_run_publishes_nothing(killed_run):
    """Killed in its third batch, a first run leaves no warehouse (fault 35)."""
    assert (killed_run.code, killed_run.is_published) == (KILLED, False)
    assert [len(batch) for batch in killed_run.batches] == [200, 200, 50]


@pytest.mark.fault(35, 43)
def test_the_next_run_continues_a_killed_run(killed_run):
    """The next run fetches only the batch that had not landed, and publishes everything (faults 35, 43)."""
    assert killed_run.next_batches == killed_run.batches[2:]
    counts = {name: killed_run.next_summary[name] for name in ("outcome", "fetched", "inserted")}
    assert counts == {"outcome": "published", "fetched": STUDIES, "inserted": STUDIES}
    assert killed_run.aclf.rows("select count(*) from trials") == [(STUDIES,)]


def test_a_killed_run_is_noted_by_the_next(killed_run):
    """No run stays `running`: the next run notes that it was killed, and that nothing was lost."""
    assert killed_run.aclf.rows("select outcome, message from ops.runs order by run_id")[0] == (
        "failed",
        f"the run was killed before it ended; {AS_IT_WAS}; the next run continued from there.",
    )


@pytest.mark.fault(35)
def test_nothing_of_a_killed_run_is_left(killed_run):
    """Once a run has published, no reply, no scratch file and no half-made file is left."""
    published = {"published", "published/run-000002", "published/run-000002/aclf.duckdb", "published/run-000002.duckdb"}
    kept = {".aclf", *(f".aclf/{name}" for name in {"lock", "store.duckdb", *published})}
    assert killed_run.aclf.files() - {".aclf/landing", ".aclf/scratch"} == {*kept, "aclf.duckdb", "made.toml"}


@pytest.mark.quick(1)
@pytest.mark.fault(36)
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)], ids=["Ctrl-C", "SIGTERM"]
)
def test_an_interrupted_run_says_so_and_is_noted(tmp_path, server, number, code):
    """Ctrl-C ends a run with 130 and SIGTERM with 143, with one sentence that is noted as its message (fault 36)."""
    aclf, run = stop_sync(tmp_path / "here", server, number)
    assert (run.code, run.out) == (code, "")
    assert run.err.startswith("aclf: ")
    assert run.err.endswith(".\n")
    assert run.err.count("\n") == 1
    assert "interrupted" in run.err
    assert AS_IT_WAS in run.err
    assert aclf.stored("select outcome, message from ops.runs") == [("failed", run.err.removeprefix("aclf: ")[:-1])]
    assert not aclf.warehouse.exists()
    server.requests.clear()
    assert aclf("sync", "--direct").code == 0
    assert len(list_batches(server)) == 1


@pytest.mark.fault(36)
@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, Interrupted), (signal.SIGTERM, Terminated)])
def test_an_interrupt_that_another_error_hides_is_still_reported(number, error):
    """An error that a signal causes, such as a broken lock, does not hide the signal (fault 36)."""

    def break_lock():
        try:
            signal.raise_signal(number)
        finally:
            raise RuntimeError("cannot release un-acquired lock")

    with catch_signals(), pytest.raises(RuntimeError) as broken:
        break_lock()
    assert type(as_aclf_error(broken.value)) is error


def test_an_error_without_a_signal_is_an_internal_error():
    """A command that received no signal reports an unexpected error as one, also after an earlier signal."""
    with catch_signals():
        assert type(as_aclf_error(RuntimeError("cannot release un-acquired lock"))) is InternalError


def test_an_interrupted_run_prints_its_summary_as_json(tmp_path, server):
    """With --json an interrupted run also prints one document: its summary, as failed, with the sentence."""
    _, run = stop_sync(tmp_path / "here", server, signal.SIGTERM, "--json")
    assert run.document["outcome"] == "failed"
    assert run.err == f"aclf: {run.document['message']}\n"
