"""Runs that a wrong clock dated in the future get times that they can have had, in the order of their numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.run_times import TOLERANCE, RunTime, plan_corrections

NOW = datetime(2026, 10, 25, 5, tzinfo=UTC)
LATE = datetime(2036, 10, 22, 5, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MONDAY = datetime(2026, 10, 19, 5, tzinfo=UTC)


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    ("runs", "new_times"),
    [
        ([(MONDAY, None)], {}),
        ([(MONDAY, None), (NOW + TOLERANCE, None)], {}),
        # The run before it and the data that it read are both lower bounds; the later one counts.
        ([(MONDAY, None), (LATE, "2026-10-16T09:00:05")], {2: MONDAY + TICK}),
        ([(MONDAY, None), (LATE, "2026-10-21T09:00:05")], {2: datetime(2026, 10, 21, 9, 0, 5, tzinfo=UTC)}),
        ([(MONDAY, None), (LATE, None), (LATE + TICK, "a text")], {2: MONDAY + TICK, 3: MONDAY + 2 * TICK}),
        # Before a first run that read nothing there is no bound but the order.
        ([(LATE, None), (LATE + TICK, None)], {1: NOW - 2 * TICK, 2: NOW - TICK}),
        ([(LATE, None), (MONDAY, None), (LATE + TICK, None)], {1: NOW - 3 * TICK, 3: NOW - 2 * TICK}),
    ],
)
def test_a_run_in_the_future_gets_the_earliest_time_it_can_have_had(runs, new_times):
    """It is just after the run before it, or the data release that it read; other runs keep their times."""
    corrected = plan_corrections([RunTime(number, *run) for number, run in enumerate(runs, 1)], NOW)
    assert {run.run_id: run.new_time for run in corrected} == new_times


TIMES = st.integers(0, 20 * 365 * 86400).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0, seconds))
RELEASES = st.none() | st.integers(0, 290).map(lambda day: f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(day):%FT%T}")


@pytest.mark.fault(45)
@given(st.lists(st.tuples(TIMES, RELEASES)))
def test_corrected_times_follow_the_order_of_the_runs(runs):
    """Whatever the clock did, each corrected run is after every run before it, and none is left in the future."""
    made = [RunTime(number, *run) for number, run in enumerate(runs)]
    corrected = {run.run_id: run.new_time for run in plan_corrections(made, NOW)}
    times = [corrected.get(run.run_id, run.started_at) for run in made]
    assert all(time <= NOW + TOLERANCE + TICK * len(runs) for time in times)
    assert all(times[index] > max(times[:index], default=datetime.min.replace(tzinfo=UTC)) for index in corrected)
