"""Runs are ordered by their numbers and by the registry's data, not by this machine's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from extract.errors import ClockWrong
from flows import pipeline
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


def with_headers(**headers):
    """Return a fault: the registry's own answer with these headers."""

    def fault(handler):
        answer = handler.make_registry_answer()
        handler.reply(replace(answer, headers={**answer.headers, **headers}))

    return fault


def make_date(**ago):
    """Return an HTTP date this long ago."""
    return format_datetime(datetime.now(UTC) - timedelta(**ago), usegmt=True)


@pytest.mark.fault(45)
@pytest.mark.parametrize("off", [{"days": 3650}, {"days": -3650}, {"days": 1, "seconds": 1}])
def test_a_wrong_clock_is_refused_before_anything_is_written(warehouse, off):
    """A clock a day or more off the registry's ends the run; the sentence has both times, and no run is recorded."""
    warehouse.serve(make_member_study(1))
    date = make_date(**off)
    warehouse.server.faults.append(with_headers(Date=date))
    with pytest.raises(ClockWrong) as caught:
        pipeline.sync(warehouse.job("sync"))
    assert f"{datetime.now(UTC):%Y-%m-%d}" in str(caught.value)
    assert f"{parsedate_to_datetime(date):%Y-%m-%d %H:%M:%S} UTC; nothing was written" in str(caught.value)
    assert len(warehouse.server.requests) == 1
    assert warehouse.stored("select count(*) from ops.runs") == [(0,)]
    assert not warehouse.path.exists()


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "headers",
    [
        {"Date": ""},
        {"Date": "yesterday"},
        {"Date": make_date(hours=23)},
        {"Date": make_date(hours=-23)},
        {"Date": make_date(days=3), "Age": str(3 * 86400)},
    ],
    ids=["none", "unreadable", "late", "early", "from a cache"],
)
def test_a_clock_that_nothing_contradicts_is_accepted(warehouse, headers):
    """An answer without a readable date, less than a day off, or kept by a cache since, does not stop a run."""
    warehouse.serve(make_member_study(1))
    warehouse.server.faults.append(with_headers(**headers))
    assert pipeline.sync(warehouse.job("sync"))["inserted"] == 1


@pytest.fixture
def warehouse_from_2036(warehouse):
    """Return a warehouse whose second of two runs was dated 2036."""
    warehouse.serve(make_member_study(1), make_member_study(2))
    with clock_stands_at("2026-10-25 05:00"):
        warehouse.sync()
    warehouse.serve(make_member_study(1), make_member_study(2, title="Newer", updated="2024-02-01"))
    with clock_stands_at("2036-10-22 05:00"):
        warehouse.sync()
    return warehouse


@pytest.mark.fault(45)
def test_a_run_in_the_future_is_dated_again(warehouse_from_2036):
    """The next run with a right clock corrects every time that the run wrote, publishes that, and has its own time."""
    with clock_stands_at("2026-10-27 05:00"):
        summary = warehouse_from_2036.sync()
    assert "run 2 was dated in the future (2036-10-22) and is now dated 2026-10-25 05:00:00 UTC" in summary["message"]
    assert summary["outcome"] == "published"
    assert summary["started_at"] == datetime(2026, 10, 27, 5, tzinfo=UTC)
    for table, rows in warehouse_from_2036.tables().items():
        assert "2036" not in str(rows), table
    for table in ("(select * exclude (message) from ops.runs)", "ops.drift", "ops.problems", "ops.quarantine"):
        assert "2036" not in str(warehouse_from_2036.rows(f"from {table}")), table
    as_of = "select brief_title from trials_as_of('{}') order by nct_id"
    for day in ("2026-10-25", "2026-10-27", "2030-01-01"):
        assert warehouse_from_2036.rows(as_of.format(day)) == [("A trial",), ("Newer",)]
    with clock_stands_at("2026-10-28 05:00"):
        after = warehouse_from_2036.sync()
    assert (after["outcome"], after["message"]) == ("unchanged", "nothing has changed.")


@pytest.mark.fault(45)
def test_corrected_times_are_those_of_a_rebuild(warehouse_from_2036):
    """A rebuild from the archive makes the same tables as the correction."""
    with clock_stands_at("2026-10-27 05:00"):
        warehouse_from_2036.sync()
        tables = warehouse_from_2036.tables()
        pipeline.rebuild(warehouse_from_2036.job("rebuild"))
    assert warehouse_from_2036.tables() == tables


@pytest.mark.fault(45)
def test_a_run_in_the_future_does_not_end_the_look_of_a_week(warehouse_from_2036):
    """A week after the true time of the last look, every trial is due again."""
    with clock_stands_at("2026-11-02 05:00"):
        summary = warehouse_from_2036.sync()
    assert (summary["listed"], summary["fetched"]) == (2, 2)
    checked = warehouse_from_2036.rows("select distinct strftime(last_checked_at, '%Y-%m-%d %H:%M') from trials")
    assert checked == [("2026-11-02 05:00",)]


@pytest.mark.fault(45)
def test_a_clock_behind_the_data_corrects_nothing(warehouse_from_2036):
    """A clock that is behind the data which the warehouse has read is wrong itself, so no time is changed."""
    with clock_stands_at("2016-10-22 05:00"):
        summary = warehouse_from_2036.sync()
    assert "the clock stood at 2016-10-22 05:00:00 UTC, before the newest run" in summary["message"]
    assert summary["started_at"].year == 2036


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
