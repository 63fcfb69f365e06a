"""What each exit code means, and that the report printed is the row of the run."""

from __future__ import annotations

import subprocess

import pytest

from tests.support import faults
from tests.support.command_line import Stall, ended
from tests.support.made_studies import made_contents
from tests.support.warehouses import CONDITION_SET, ill, put
from warehouse.lock import run_lock
from warehouse.paths import Paths

PUBLISHED, FAILED, REFUSED, SET_ASIDE, BUSY = 0, 1, 2, 3, 75
CONTRACT = (
    *("run_id", "outcome", "registry", "condition_set", "data_timestamp", "listed", "planned", "fetched", "inserted"),
    *("updated", "unchanged", "left", "merged", "quarantined", "problems", "drift", "requests", "seconds"),
    *("warehouse", "message"),
)

SOUND = [ill(number) for number in range(1, 4)]
IMPOSSIBLE_DATE = put(ill(4), "protocolSection.statusModule.startDateStruct", {"date": "2024-02-30"})
MISSHAPEN = put(ill(4), "protocolSection.designModule", "a text where an object belongs")


@pytest.fixture
def made(aclf, registry):
    """The command line, with a condition set of made studies."""
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    aclf.environment["ACLF_CONDITION_SET"] = "made.toml"
    serve(registry, 10, *SOUND)
    return aclf


def serve(registry, day, *studies):
    """The registry's data of another day."""
    registry.contents = made_contents(*studies, data_timestamp=f"2026-09-{day}T09:00:04")


def test_published_and_unchanged_end_with_0(made):
    """A sync that publishes ends with 0, and so does the next, which finds nothing new."""
    first, second = (made("sync", "--direct", "--json") for _ in range(2))
    assert [(run.code, run.document["outcome"]) for run in (first, second)] == [
        (PUBLISHED, "published"),
        (PUBLISHED, "unchanged"),
    ]


def test_failed_ends_with_1_and_refused_with_2(made, registry):
    """What the registry refuses is a failure; what cannot be right is refused before it is asked."""
    registry.faults.append(faults.status(403))
    assert made("sync", "--direct").code == FAILED
    assert made("sync", "--direct", "--condition-set", "nowhere.toml").code == REFUSED


def test_a_record_newly_set_aside_ends_with_3_once(made, registry):
    """A record that cannot be read ends the run with 3 on its first night, and with 0 from then on."""
    serve(registry, 10, *SOUND, MISSHAPEN)
    first = made("sync", "--direct", "--json")
    assert (first.code, first.document["outcome"], first.document["quarantined"]) == (SET_ASIDE, "published", 1)
    serve(registry, 11, *SOUND, MISSHAPEN)
    second = made("sync", "--direct", "--full", "--json")
    assert (second.code, second.document["outcome"], second.document["quarantined"]) == (PUBLISHED, "unchanged", 1)


@pytest.mark.fault(25)
def test_a_value_newly_set_aside_ends_with_3_once(made, registry):
    """A value that cannot be read ends the run with 3, and not again when its record changes elsewhere."""
    serve(registry, 10, *SOUND, IMPOSSIBLE_DATE)
    first = made("sync", "--direct", "--json")
    assert (first.code, first.document["outcome"], first.document["problems"]) == (SET_ASIDE, "published", 1)
    assert first.document["message"] == "4 new; set aside: 1 value."
    serve(registry, 11, *SOUND, put(IMPOSSIBLE_DATE, "protocolSection.identificationModule.briefTitle", "New"))
    second = made("sync", "--direct", "--full", "--json")
    assert (second.code, second.document["updated"], second.document["problems"]) == (PUBLISHED, 1, 1)


@pytest.mark.slow
def test_lenient_ends_with_0(made, registry):
    """With --lenient what is set aside is reported as ever, and the run ends with 0."""
    serve(registry, 10, *SOUND, IMPOSSIBLE_DATE)
    run = made("sync", "--direct", "--json", "--lenient")
    assert (run.code, run.document["problems"]) == (PUBLISHED, 1)


@pytest.mark.slow
def test_a_backfill_ends_with_3_too(made, registry):
    """What a backfill newly sets aside counts as that of a sync does."""
    serve(registry, 10, *SOUND, IMPOSSIBLE_DATE)
    assert made("backfill", "--direct", "NCT00000004").code == SET_ASIDE


@pytest.mark.fault(42)
@pytest.mark.parametrize("command", [["sync"], ["backfill", "NCT00000001"]], ids=["sync", "backfill"])
def test_a_held_lock_ends_with_75(made, registry, command):
    """Where another run holds the lock, a second one changes nothing and says who holds it (fault 42)."""
    with run_lock(Paths.of(made.warehouse), "aclf sync"):
        run = made(*command, "--direct", "--json")
    assert run.code == BUSY
    assert run.document["outcome"] == "failed"
    assert run.err == f"aclf: {run.document['message']}\n"
    assert run.err.startswith("aclf: another run holds the lock (aclf sync since 2")
    assert "; this run changed nothing; wait for it to end, or let --wait SECONDS do so." in run.err
    assert registry.requests == []


@pytest.mark.fault(42)
def test_the_second_of_two_ends_with_75_or_waits(made, registry):
    """While a sync is at work another ends with 75 at once, one told to --wait goes on after it (fault 42)."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    first = made.start("sync", "--direct", "--json")
    stall.holds(first)
    second = made("sync", "--direct")
    assert (second.code, f"process {first.pid}" in second.err) == (BUSY, True)
    third = made.start("sync", "--direct", "--json", "--wait", "60")
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(1)
    stall.let_go.set()
    outcomes = [run.document["outcome"] for run in map(ended, (first, third)) if run.code == PUBLISHED]
    assert outcomes == ["published", "unchanged"]


@pytest.mark.quick(1)
@pytest.mark.parametrize("command", [["sync"], ["backfill", "NCT00000001"]], ids=["sync", "backfill"])
def test_the_report_is_the_row_of_the_run(made, command):
    """--json prints one object with every key of the contract, and `ops.runs` holds the same values."""
    report = made(*command, "--direct", "--json").document
    assert set(CONTRACT) <= set(report)
    columns = ", ".join(f'"{name}"' for name in CONTRACT)
    assert made.rows(f"select {columns} from ops.runs") == [tuple(report[name] for name in CONTRACT)]
    assert report["warehouse"] == str(made.warehouse)


def test_a_failed_report_has_every_key(made, registry):
    """The object of a failed run has the same keys, and what it did until then."""
    registry.faults.extend([None, faults.status(403)])
    report = made("sync", "--direct", "--json").document
    assert set(CONTRACT) <= set(report)
    assert (report["outcome"], report["requests"], report["data_timestamp"]) == ("failed", 2, "2026-09-10T09:00:04")
