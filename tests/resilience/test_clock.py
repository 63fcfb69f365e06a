"""Runs are ordered by their numbers and by the registry's data, not by this machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.clock import at
from tests.support.warehouses import ill

DAY, HOUR_BEFORE = "2026-10-25 01:30", "2026-10-25 00:30"
WARNING = "the clock stood at 2026-10-25 00:30:00 UTC, before the newest run's, whose time was taken"


@pytest.fixture
def set_back(warehouse):
    """A warehouse with a run; its clock then stands an hour before that."""
    warehouse.serve(ill(1))
    with at(DAY):
        warehouse.sync()
    with at(HOUR_BEFORE):
        yield warehouse


@pytest.mark.fault(45)
def test_a_clock_that_was_set_back_is_told(set_back):
    """A run whose clock stands before the newest run says so, and loads and publishes what is new all the same."""
    set_back.serve(ill(1), ill(2))
    report = set_back.sync()
    assert (report["outcome"], report["message"]) == ("published", f"1 new; {WARNING}.")
    assert set_back.rows("select count(*) from trials") == [(2,)]


@pytest.mark.slow
@pytest.mark.fault(45)
def test_the_data_decides_what_is_new(set_back):
    """With the same data there is nothing new, whatever the clock says, and that is told with the warning."""
    report = set_back.sync()
    assert (report["outcome"], report["message"]) == ("unchanged", f"nothing has changed; {WARNING}.")
    report = set_back.sync(full=True)
    assert (report["outcome"], report["message"]) == ("unchanged", f"nothing has changed; {WARNING}.")


@pytest.mark.fault(45)
def test_a_clock_that_is_right_again_is_not_told(set_back):
    """Once the clock has passed the newest run's time nothing is said of it."""
    set_back.sync()
    with at("2026-10-25 02:30"):
        assert set_back.sync()["message"] == "nothing has changed."


@pytest.mark.quick(1)
@pytest.mark.fault(45)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_stored_times_are_utc_in_every_time_zone(aclf, zone):
    """Where the machine's clock is another zone's, the times of a run are UTC all the same, as UTC's clock had them."""
    before = datetime.now(UTC).timestamp()
    assert aclf("backfill", "--direct", "NCT03863002", TZ=zone).code == 0
    query = "select epoch_us(started_at), epoch_us(first_seen_at) from ops.runs, trials"
    ((started, seen),) = aclf.rows(query)
    assert started == seen
    assert before <= started / 1e6 <= datetime.now(UTC).timestamp()
