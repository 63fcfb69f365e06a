"""Each exit code has its meaning, and the printed summary is the row of the run."""

from __future__ import annotations

import subprocess

import pytest

from tests.support import faults
from tests.support.command_line import Stall, wait_for_end
from tests.support.made_studies import make_contents
from tests.support.warehouses import CONDITION_SET, make_member_study, with_value
from warehouse.lock import hold_lock
from warehouse.paths import Paths

PUBLISHED, FAILED, REFUSED, SET_ASIDE, BUSY = 0, 1, 2, 3, 75
CONTRACT = (
    *("run_id", "outcome", "registry", "condition_set", "data_timestamp", "listed", "planned", "fetched", "inserted"),
    *("updated", "unchanged", "left", "merged", "quarantined", "problems", "drift", "requests", "seconds"),
    *("warehouse", "message"),
)

SOUND = [make_member_study(number) for number in range(1, 4)]
IMPOSSIBLE_DATE = with_value(
    make_member_study(4), "protocolSection.statusModule.startDateStruct", {"date": "2024-02-30"}
)
MISSHAPEN = with_value(make_member_study(4), "protocolSection.designModule", "a text where an object belongs")


@pytest.fixture
def made(aclf, registry):
    """Return the command line, with a condition set of made studies."""
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    aclf.environment["ACLF_CONDITION_SET"] = "made.toml"
    serve(registry, 10, *SOUND)
    return aclf


def serve(registry, day, *studies):
    """Serve the studies as the registry's data of a day in September."""
    registry.contents = make_contents(*studies, data_timestamp=f"2026-09-{day}T09:00:04")


def test_published_and_unchanged_end_with_0(made):
    """A sync that publishes ends with 0, and so does the next, which finds nothing new."""
    first, second = (made("sync", "--direct", "--json") for _ in range(2))
    assert [(run.code, run.document["outcome"]) for run in (first, second)] == [
        (PUBLISHED, "published"),
        (PUBLISHED, "unchanged"),
    ]


def test_failed_ends_with_1_and_refused_with_2(made, registry):
    """A refusal by the registry is a failure; bad input is refused before a request is sent."""
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
    serve(registry, 11, *SOUND, with_value(IMPOSSIBLE_DATE, "protocolSection.identificationModule.briefTitle", "New"))
    second = made("sync", "--direct", "--full", "--json")
    assert (second.code, second.document["updated"], second.document["problems"]) == (PUBLISHED, 1, 1)


@pytest.mark.slow
def test_lenient_ends_with_0(made, registry):
    """With --lenient the summary still counts what was set aside, and the run ends with 0."""
    serve(registry, 10, *SOUND, IMPOSSIBLE_DATE)
    run = made("sync", "--direct", "--json", "--lenient")
    assert (run.code, run.document["problems"]) == (PUBLISHED, 1)


@pytest.mark.slow
def test_a_backfill_ends_with_3_too(made, registry):
    """A value that a backfill newly sets aside counts as in a sync."""
    serve(registry, 10, *SOUND, IMPOSSIBLE_DATE)
    assert made("backfill", "--direct", "NCT00000004").code == SET_ASIDE


@pytest.mark.fault(42)
@pytest.mark.parametrize("command", [["sync"], ["backfill", "NCT00000001"]], ids=["sync", "backfill"])
def test_a_held_lock_ends_with_75(made, registry, command):
    """If another run holds the lock, a second run changes nothing and names the holder (fault 42)."""
    with hold_lock(Paths.of(made.warehouse), "aclf sync"):
        run = made(*command, "--direct", "--json")
    assert run.code == BUSY
    assert run.document["outcome"] == "failed"
    assert run.err == f"aclf: {run.document['message']}\n"
    assert run.err.startswith("aclf: another run holds the lock (aclf sync since 2")
    assert "; this run changed nothing; wait for it to end, or add --wait SECONDS." in run.err
    assert registry.requests == []


@pytest.mark.fault(42)
def test_the_second_of_two_syncs_ends_with_75_or_waits(made, registry):
    """While a sync works, a second one ends with 75 at once; one with --wait runs after it (fault 42)."""
    stall = Stall()
    registry.faults.extend([None, stall.fault()])
    first = made.start("sync", "--direct", "--json")
    stall.wait_for_request(first)
    second = made("sync", "--direct")
    assert (second.code, f"process {first.pid}" in second.err) == (BUSY, True)
    third = made.start("sync", "--direct", "--json", "--wait", "60")
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(1)
    stall.let_go.set()
    outcomes = [run.document["outcome"] for run in map(wait_for_end, (first, third)) if run.code == PUBLISHED]
    assert outcomes == ["published", "unchanged"]


@pytest.mark.quick(1)
@pytest.mark.parametrize("command", [["sync"], ["backfill", "NCT00000001"]], ids=["sync", "backfill"])
def test_the_summary_is_the_row_of_the_run(made, command):
    """--json prints one object with every key of the contract, and `ops.runs` has the same values."""
    summary = made(*command, "--direct", "--json").document
    assert set(CONTRACT) <= set(summary)
    columns = ", ".join(f'"{name}"' for name in CONTRACT)
    assert made.rows(f"select {columns} from ops.runs") == [tuple(summary[name] for name in CONTRACT)]
    assert summary["warehouse"] == str(made.warehouse)


def test_the_summary_of_a_failed_run_has_every_key(made, registry):
    """The object of a failed run has the same keys, and says what the run did until it failed."""
    registry.faults.extend([None, faults.status(403)])
    summary = made("sync", "--direct", "--json").document
    assert set(CONTRACT) <= set(summary)
    assert (summary["outcome"], summary["requests"], summary["data_timestamp"]) == ("failed", 2, "2026-09-10T09:00:04")
