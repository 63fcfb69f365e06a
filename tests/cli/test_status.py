"""`aclf status`: fresh, stale or failed, in a few lines and in the exit code, so that a monitor can ask it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from extract.errors import RegistryForbidden, StudyNotFound
from flows.cli.health import read_status, told
from tests.support import faults
from tests.support.warehouses import ill
from warehouse.errors import PublishFailed
from warehouse.paths import Paths

FRESH, NOT_FRESH = 0, 1


@pytest.fixture
def synced_once(warehouse):
    """A warehouse that was synced once, with three trials."""
    warehouse.serve(*(ill(number) for number in range(1, 4)))
    warehouse.sync()
    return warehouse


def found(warehouse, max_age=36.0):
    """The status of a warehouse."""
    return read_status(Paths.of(warehouse.path), max_age)


def aged(warehouse, hours):
    """The same warehouse, so many hours later."""
    with duckdb.connect(str(warehouse.path.parent / ".aclf" / "store.duckdb")) as store:
        store.execute("update ops.runs set finished_at = $1", [datetime.now(UTC) - timedelta(hours=hours)])


def test_after_a_sync_it_is_fresh(held):
    """It says so, names the data's night, the trials and the file, and ends with 0; --json says the same."""
    run = held("status")
    assert (run.code, run.err) == (FRESH, "")
    first, *others = run.out.splitlines()
    assert first.startswith("Fresh: the last good sync ended ")
    assert [" ".join(line.split()) for line in others] == [
        "data of 2026-09-10T09:00:04 UTC, from sample",
        "trials in the set 73",
        f"warehouse {held.warehouse}",
    ]
    document = held("status", "--json").document
    assert {name: document[name] for name in ("state", "data_timestamp", "trials", "failure", "waits")} == {
        "state": "fresh",
        "data_timestamp": "2026-09-10T09:00:04",
        "trials": 73,
        "failure": None,
        "waits": False,
    }
    assert 0 <= document["age_hours"] < 24


def test_beyond_the_given_age_it_is_stale(held):
    """With --max-age 0 nothing is fresh: it ends with 1, and says what was asked for."""
    run = held("status", "--max-age", "0")
    assert (run.code, run.out.startswith("Stale: ")) == (NOT_FRESH, True)
    assert "more than 0 hours" in run.out


@pytest.mark.quick(1)
@pytest.mark.parametrize(("hours", "state"), [(35.9, "fresh"), (36.1, "stale")])
def test_a_day_and_a_half_is_the_limit(synced_once, hours, state):
    """One missed night is noticed, and a night that comes late is not."""
    aged(synced_once, hours)
    assert found(synced_once)["state"] == state


def test_a_sync_that_found_nothing_new_makes_it_fresh(synced_once):
    """What counts is when the registry was last asked, not when it last had something new."""
    aged(synced_once, 50)
    assert synced_once.sync()["outcome"] == "unchanged"
    assert found(synced_once)["state"] == "fresh"


def test_a_failed_sync_is_told_with_its_sentence(synced_once):
    """However young the data is, until a sync succeeds; a backfill that succeeds meanwhile does not hide it."""
    synced_once.serve(*(ill(number) for number in range(1, 5)))
    with pytest.raises(RegistryForbidden) as failure:
        synced_once.sync(faults.status(403))
    synced_once.backfill("NCT00000004")
    now = found(synced_once)
    assert (now["state"], now["failure"]["message"]) == ("failed", str(failure.value))
    assert f"Run 2, sync, failed on {now['failure']['started_at']:%Y-%m-%d %H:%M} UTC: {failure.value}" == told(now)[-1]
    synced_once.sync()
    now = found(synced_once)
    assert (now["state"], now["failure"]) == ("fresh", None)


def test_a_failed_backfill_is_told_and_is_no_alarm(synced_once):
    """A number that the registry does not have says nothing of the data's age."""
    with pytest.raises(StudyNotFound):
        synced_once.backfill("NCT00000009")
    now = found(synced_once)
    assert (now["state"], now["failure"]["command"]) == ("fresh", "backfill")
    assert "NCT00000009 is not on ClinicalTrials.gov" in told(now)[-1]


def test_what_waits_to_be_published_is_told(synced_once):
    """Where the data was loaded and its file could not be put in place, the published night is the one before."""
    synced_once.serve(ill(1), ill(2), ill(3), ill(4))
    versions = synced_once.folder / ".aclf" / "published"
    versions.rename(versions.with_name("elsewhere"))
    versions.write_text("no folder")
    with pytest.raises(PublishFailed):
        synced_once.sync()
    versions.unlink()
    versions.with_name("elsewhere").rename(versions)
    now = found(synced_once)
    assert (now["state"], now["waits"], now["trials"]) == ("failed", True, 3)
    assert any("waits to be published" in line for line in told(now))


def test_before_the_first_good_sync_it_is_not_fresh(warehouse):
    """A first sync that fails leaves no warehouse, and the status says why."""
    warehouse.serve(ill(1))
    with pytest.raises(RegistryForbidden):
        warehouse.sync(faults.status(403))
    now = found(warehouse)
    assert (now["state"], now["last_sync"], now["age_hours"], now["trials"]) == ("failed", None, None, None)
    assert told(now)[0] == "Failed: no sync has succeeded yet."


def test_where_nothing_ever_ran_it_says_what_to_do(aclf):
    """There is nothing to judge: one sentence, and 2, which no monitor takes for fresh."""
    run = aclf("status")
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert "aclf sync" in run.err


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.001, "less than a minute"), (0.02, "1 minute"), (1.9, "1 hour"), (47.9, "47 hours"), (48.1, "2 days")],
)
def test_an_age_in_words(synced_once, hours, words):
    """Minutes, then hours, and days from the second on."""
    aged(synced_once, hours)
    assert f"the last good sync ended {words} ago" in told(found(synced_once))[0]
