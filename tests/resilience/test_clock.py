"""Runs are ordered by their numbers and by the registry's data, not by this machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.clock import clock_stands_at
from tests.support.warehouses import make_member_study

DAY, HOUR_BEFORE = "2026-10-25 01:30", "2026-10-25 00:30"
WARNING = (
    "the clock stood at 2026-10-25 00:30:00 UTC, before the newest run, so this run took a time just after that run"
)


@pytest.fixture
def warehouse_set_back(warehouse):
    """Yield a warehouse with one run, while the clock stands an hour before that run."""
    warehouse.serve(make_member_study(1))
    with clock_stands_at(DAY):
        warehouse.sync()
    with clock_stands_at(HOUR_BEFORE):
        yield warehouse


@pytest.mark.fault(45)
def test_a_clock_that_was_set_back_is_reported(warehouse_set_back):
    """A run whose clock stands before the newest run says so, and still loads and publishes what is new."""
    warehouse_set_back.serve(make_member_study(1), make_member_study(2))
    summary = warehouse_set_back.sync()
    assert (summary["outcome"], summary["message"]) == ("published", f"1 new; {WARNING}.")
    assert warehouse_set_back.rows("select count(*) from trials") == [(2,)]


@pytest.mark.slow
@pytest.mark.fault(45)
def test_the_data_decides_what_is_new(warehouse_set_back):
    """With the same data nothing is new, at any time of the clock; the message says so and has the warning."""
    summary = warehouse_set_back.sync()
    assert (summary["outcome"], summary["message"]) == ("unchanged", f"nothing has changed; {WARNING}.")
    summary = warehouse_set_back.sync(full=True)
    assert (summary["outcome"], summary["message"]) == ("unchanged", f"nothing has changed; {WARNING}.")


@pytest.mark.fault(45)
def test_a_clock_that_is_right_again_is_not_reported(warehouse_set_back):
    """Once the clock has passed the newest run's time, the message has no warning."""
    warehouse_set_back.sync()
    with clock_stands_at("2026-10-25 02:30"):
        assert warehouse_set_back.sync()["message"] == "nothing has changed."


@pytest.mark.quick(1)
@pytest.mark.fault(45)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_stored_times_are_utc_in_every_time_zone(aclf, zone):
    """A run's stored times are UTC, also where the machine is set to another time zone."""
    before = datetime.now(UTC).timestamp()
    assert aclf("backfill", "--direct", "NCT03863002", TZ=zone).code == 0
    query = "select epoch_us(started_at), epoch_us(first_seen_at) from ops.runs, trials"
    ((started, seen),) = aclf.rows(query)
    assert started == seen
    assert before <= started / 1e6 <= datetime.now(UTC).timestamp()
