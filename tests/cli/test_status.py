"""`aclf status` says fresh, stale or failed, in a few lines and in the exit code, so that a monitor can use it."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from extract.errors import RegistryForbidden, StudyNotFound
from flows.status import format_status, read_status
from tests.support import faults
from tests.support.warehouses import make_member_study
from warehouse.errors import PublishFailed
from warehouse.paths import Paths

FRESH, NOT_FRESH = 0, 1


@pytest.fixture
def synced_once(warehouse):
    """Return a warehouse that was synced once, with three trials."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 4)))
    warehouse.sync()
    return warehouse


def read(warehouse, max_age=36.0):
    """Return the status of a warehouse."""
    return read_status(Paths.of(warehouse.path), max_age)


def age_by(warehouse, hours):
    """Move the last sync of a warehouse this many hours into the past."""
    with duckdb.connect(str(warehouse.path.parent / ".aclf" / "store.duckdb")) as store:
        store.execute("update ops.runs set finished_at = $1", [datetime.now(UTC) - timedelta(hours=hours)])


def test_after_a_sync_the_data_is_fresh(synced_aclf):
    """The status names the night of the data, the trials and the file, and ends with 0; --json says the same."""
    run = synced_aclf("status")
    assert (run.code, run.err) == (FRESH, "")
    first, *others = run.out.splitlines()
    assert first.startswith("Fresh: the last good sync ended ")
    assert [" ".join(line.split()) for line in others] == [
        "data of 2026-09-10T09:00:04 UTC, from sample",
        "condition set aclf (Acute-on-chronic liver failure)",
        "trials in the set 73",
        f"warehouse {synced_aclf.warehouse}",
    ]
    document = synced_aclf("status", "--json").document
    assert {name: document[name] for name in ("state", "data_timestamp", "trials", "failure", "waits")} == {
        "state": "fresh",
        "data_timestamp": "2026-09-10T09:00:04",
        "trials": 73,
        "failure": None,
        "waits": False,
    }
    assert 0 <= document["age_hours"] < 24


def test_older_data_than_max_age_is_stale(synced_aclf):
    """With --max-age 0 nothing is fresh: the command ends with 1, and names the limit."""
    run = synced_aclf("status", "--max-age", "0")
    assert (run.code, run.out.startswith("Stale: ")) == (NOT_FRESH, True)
    assert "more than 0 hours" in run.out


@pytest.mark.quick(1)
@pytest.mark.parametrize(("hours", "state"), [(35.9, "fresh"), (36.1, "stale")])
def test_a_day_and_a_half_is_the_limit(synced_once, hours, state):
    """A missed night is stale, and a night that comes late is not."""
    age_by(synced_once, hours)
    assert read(synced_once)["state"] == state


@pytest.mark.quick(2)
@pytest.mark.parametrize(("hours", "state"), [(-0.05, "fresh"), (-2, "stale"), (-87600, "stale")])
def test_a_sync_from_the_future_is_not_fresh(synced_once, hours, state):
    """A sync that ends in the future, by more than a clock goes back at times, is stale; the status says why."""
    age_by(synced_once, hours)
    status = read(synced_once)
    assert status["state"] == state
    if state == "stale":
        first = format_status(status)[0]
        assert first.startswith("Stale: the last good sync is dated ")
        assert "still to come; the clock is wrong or was" in first


def test_a_sync_that_found_nothing_new_makes_the_data_fresh(synced_once):
    """The age counts from the last good sync, not from the last time that the registry had something new."""
    age_by(synced_once, 50)
    assert synced_once.sync()["outcome"] == "unchanged"
    assert read(synced_once)["state"] == "fresh"


def test_a_failed_sync_is_shown_with_its_message(synced_once):
    """The status is failed until a sync succeeds, even if the data is young or a backfill succeeds in between."""
    synced_once.serve(*(make_member_study(number) for number in range(1, 5)))
    with pytest.raises(RegistryForbidden) as failure:
        synced_once.sync(faults.status(403))
    synced_once.backfill("NCT00000004")
    now = read(synced_once)
    assert (now["state"], now["failure"]["message"]) == ("failed", str(failure.value))
    assert (
        f"Run 2, sync, failed on {now['failure']['started_at']:%Y-%m-%d %H:%M} UTC: {failure.value}"
        == format_status(now)[-1]
    )
    synced_once.sync()
    now = read(synced_once)
    assert (now["state"], now["failure"]) == ("fresh", None)


def test_a_failed_backfill_is_shown_but_not_an_alarm(synced_once):
    """A number that the registry does not have does not make the data older."""
    with pytest.raises(StudyNotFound):
        synced_once.backfill("NCT00000009")
    now = read(synced_once)
    assert (now["state"], now["failure"]["command"]) == ("fresh", "backfill")
    assert "NCT00000009 is not on ClinicalTrials.gov" in format_status(now)[-1]


def test_data_that_waits_to_be_published_is_shown(synced_once, monkeypatch):
    """If the data was loaded but its file could not be put in place, the night before stays published."""
    synced_once.serve(make_member_study(1), make_member_study(2), make_member_study(3), make_member_study(4))

    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("warehouse.publish.flush_to_disk", fail)
        with pytest.raises(PublishFailed):
            synced_once.sync()
    now = read(synced_once)
    assert (now["state"], now["waits"], now["trials"]) == ("failed", True, 3)
    assert any("waits to be published" in line for line in format_status(now))


def test_before_the_first_good_sync_the_status_is_failed(warehouse):
    """A first sync that fails leaves no warehouse, and the status says why."""
    warehouse.serve(make_member_study(1))
    with pytest.raises(RegistryForbidden):
        warehouse.sync(faults.status(403))
    now = read(warehouse)
    assert (now["state"], now["last_sync"], now["age_hours"], now["trials"]) == ("failed", None, None, None)
    assert format_status(now)[0] == "Failed: no sync has succeeded yet."


def test_without_any_run_it_says_what_to_do(aclf):
    """Without a run there is one sentence and exit code 2, which a monitor does not take for fresh."""
    run = aclf("status")
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert "aclf sync" in run.err


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.001, "less than a minute"), (0.02, "1 minute"), (1.9, "1 hour"), (47.9, "47 hours"), (48.1, "2 days")],
)
def test_an_age_in_words(synced_once, hours, words):
    """An age is given in minutes, then in hours, and in days from two days on."""
    age_by(synced_once, hours)
    assert f"the last good sync ended {words} ago" in format_status(read(synced_once))[0]
