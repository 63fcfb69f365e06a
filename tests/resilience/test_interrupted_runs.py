"""A run that is killed or interrupted publishes nothing, is noted as failed, and the next one goes on where it was."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import pytest

from extract.sample.server import RegistryServer
from flows.errors import InternalError, Interrupted, Terminated
from flows.run import as_aclf_error
from flows.signals import catch_signals
from tests.support.command_line import CommandLine, Stall, ended
from tests.support.made_studies import made_contents
from tests.support.warehouses import CONDITION_SET, ill

STUDIES = 450
"""In batches of 200 they are three requests."""

KILLED, INTERRUPTED, TERMINATED = -signal.SIGKILL, 130, 143
AS_IT_WAS = "nothing was published and the warehouse is as it was"


@pytest.fixture(scope="module")
def server():
    """A registry with enough studies for three batches."""
    with RegistryServer(made_contents(*(ill(number) for number in range(1, STUDIES + 1)))) as server:
        yield server


def stopped(folder, server, number, *flags):
    """The command line in a folder where a signal stopped a sync while its third batch was on its way; how it ended."""
    aclf = CommandLine(folder, ACLF_REGISTRY=server.url, ACLF_CONDITION_SET="made.toml")
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    stall = Stall()
    server.requests.clear()
    server.faults.extend([None, None, None, None, stall.fault()])
    process = aclf.start("sync", "--direct", *flags)
    stall.holds(process)
    process.send_signal(number)
    return aclf, ended(process)


def batches(server):
    """The numbers asked for in each request for records."""
    return [request.query["filter.ids"].split(",") for request in server.requests if "filter.ids" in request.query]


@dataclass
class Killed:
    """A run that was killed, the state right after it, and the run after that."""

    aclf: CommandLine
    code: int
    published: bool
    asked: list
    asked_next: list
    report: dict


@pytest.fixture(scope="module")
def killed(tmp_path_factory, server):
    """A sync killed in its third batch, and the next one."""
    aclf, run = stopped(tmp_path_factory.mktemp("killed") / "here", server, signal.SIGKILL)
    published, asked = aclf.warehouse.is_symlink(), batches(server)
    server.requests.clear()
    report = aclf("sync", "--direct", "--json").document
    return Killed(aclf, run.code, published, asked, batches(server), report)


@pytest.mark.fault(35)
def test_a_killed_run_publishes_nothing(killed):
    """Killed in its third batch, a first run leaves no warehouse (fault 35)."""
    assert (killed.code, killed.published) == (KILLED, False)
    assert [len(batch) for batch in killed.asked] == [200, 200, 50]


@pytest.mark.fault(35, 43)
def test_a_killed_run_is_taken_up_where_it_was(killed):
    """The next run fetches the batch that had not landed, and that alone, and publishes all (faults 35, 43)."""
    assert killed.asked_next == killed.asked[2:]
    counts = {name: killed.report[name] for name in ("outcome", "fetched", "inserted")}
    assert counts == {"outcome": "published", "fetched": STUDIES, "inserted": STUDIES}
    assert killed.aclf.rows("select count(*) from trials") == [(STUDIES,)]


def test_a_killed_run_is_noted_by_the_next(killed):
    """No run stays `running`: the next one notes that it was killed, and that nothing was lost."""
    assert killed.aclf.rows("select outcome, message from ops.runs order by run_id")[0] == (
        "failed",
        f"the run was killed before it ended; {AS_IT_WAS}; the next run went on where it was.",
    )


@pytest.mark.fault(35)
def test_nothing_of_a_killed_run_is_left(killed):
    """Once a run has published, no reply, no scratch file and no half-made file lies about."""
    kept = {".aclf", ".aclf/lock", ".aclf/published", ".aclf/published/run-000002.duckdb", ".aclf/store.duckdb"}
    assert killed.aclf.files() - {".aclf/landing", ".aclf/scratch"} == {*kept, "aclf.duckdb", "made.toml"}


@pytest.mark.quick(1)
@pytest.mark.fault(36)
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)], ids=["Ctrl-C", "SIGTERM"]
)
def test_an_interrupted_run_says_so_and_is_noted(tmp_path, server, number, code):
    """Ctrl-C and SIGTERM end a run with 130 and 143 and one sentence, noted as its message (fault 36)."""
    aclf, run = stopped(tmp_path / "here", server, number)
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
    assert len(batches(server)) == 1


@pytest.mark.fault(36)
@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, Interrupted), (signal.SIGTERM, Terminated)])
def test_an_interrupt_that_another_error_hides_is_still_one(number, error):
    """What a signal breaks on its way, as a lock, does not hide that a person ended the run (fault 36)."""

    def broken_lock():
        try:
            signal.raise_signal(number)
        finally:
            raise RuntimeError("cannot release un-acquired lock")

    with catch_signals(), pytest.raises(RuntimeError) as broken:
        broken_lock()
    assert type(as_aclf_error(broken.value)) is error


def test_a_fault_without_a_signal_is_a_fault():
    """A command that heard no signal calls an error what it is, whatever an earlier one heard."""
    with catch_signals():
        assert type(as_aclf_error(RuntimeError("cannot release un-acquired lock"))) is InternalError


def test_an_interrupted_run_prints_its_report_as_json(tmp_path, server):
    """With --json standard output is one document even then: the run, failed, with the sentence."""
    _, run = stopped(tmp_path / "here", server, signal.SIGTERM, "--json")
    assert run.document["outcome"] == "failed"
    assert run.err == f"aclf: {run.document['message']}\n"
