"""The past can be read: the trials through a macro for any client, the whole warehouse through `aclf query`."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.support.command_line import CommandLine
from tests.support.three_nights import NIGHTS, NINE, SEVEN, sync_three_nights
from tests.support.warehouses import fetch_all_tables, fetch_records
from warehouse.errors import BadQuery
from warehouse.reading.as_of import open_as_of

DAYS = [night[:10] for night in NIGHTS]
IN_BETWEEN = "2026-10-04"


@pytest.fixture(scope="module")
def three_nights(make_warehouse):
    """A warehouse after three nights, with all its published files."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return warehouse


@pytest.fixture
def aclf(three_nights):
    """The command line in the folder of that warehouse."""
    return CommandLine(three_nights.folder)


def open_published_file(three_nights, night):
    """Open the file that was published on a night."""
    return duckdb.connect(str(three_nights.folder / ".aclf" / "published" / f"run-{night:06}.duckdb"), read_only=True)


@pytest.mark.quick(1)
@pytest.mark.parametrize("night", [2, 1, 3])
def test_trials_as_of_a_day_are_those_published_that_night(three_nights, night):
    """`trials_as_of(day)` has the columns of `trials` in their order, and the rows that were published that night."""
    with open_published_file(three_nights, night) as published:
        published_trials = fetch_records(published, "from trials order by nct_id")
    with duckdb.connect(str(three_nights.path), read_only=True) as newest:
        rows = fetch_records(newest, "from trials_as_of($1) order by nct_id", DAYS[night - 1])
        columns = [column[0] for column in newest.execute("from trials_as_of('2026-10-01')").description]
        assert columns == [column[0] for column in newest.execute("from trials").description]
    assert rows == published_trials


def test_day_between_two_nights_shows_the_earlier_night(three_nights):
    """A day without a run shows the state of the night before it."""
    query = "select status_label, in_condition_set from trials_as_of($1) where nct_id in ($2, $3) order by nct_id"
    expected = [("Completed", True), ("Recruiting", False)]
    assert (
        three_nights.rows(query, IN_BETWEEN, SEVEN, NINE) == three_nights.rows(query, DAYS[1], SEVEN, NINE) == expected
    )


def test_time_zone_of_the_session_does_not_move_a_day(three_nights):
    """The days of the macro are days in UTC, in a session of any time zone."""
    with duckdb.connect(str(three_nights.path), read_only=True) as connection:
        for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
            connection.execute(f"set timezone = '{zone}'")
            query = "select count(*) from trials_as_of('2026-10-01') where version = 1"
            assert connection.execute(query).fetchall() == [(11,)]


def test_before_the_first_night_no_trial_is_known(three_nights):
    """The macro returns no row for a day before the archive."""
    assert three_nights.rows("select count(*) from trials_as_of('2026-09-30')") == [(0,)]


@pytest.mark.quick(1)
@pytest.mark.parametrize("night", [2, 1, 3])
def test_warehouse_as_of_a_day_is_the_one_published_that_night(three_nights, night):
    """Every table and view as of a day equals that of the file published that night."""
    with open_published_file(three_nights, night) as published:
        published_tables = dict(fetch_all_tables(published))
    with open_as_of(three_nights.path, date.fromisoformat(DAYS[night - 1])) as connection:
        assert dict(fetch_all_tables(connection)) == published_tables


def test_query_can_read_the_past(aclf):
    """`aclf query --as-of` reads every table as it was, also with `--aact`."""
    query = "select t.status_label, count(*) as sites from trials t join ctgov.facilities f using (nct_id) group by all"
    assert aclf("query", query, "--json").document == [{"status_label": "Completed", "sites": 2}]
    assert aclf("query", "--as-of", DAYS[0], query, "--json").document == [{"status_label": "Recruiting", "sites": 1}]
    aact = "select count(*) from studies where overall_status = 'RECRUITING'"
    assert aclf("query", "--as-of", DAYS[0], "--aact", aact, "--csv").out == "count\n11\n"


@pytest.mark.slow
def test_past_cannot_be_changed(aclf):
    """A statement that writes is refused, and no file is left on the disk."""
    before = aclf.files()
    run = aclf("query", "--as-of", DAYS[0], "delete from trials")
    assert (run.code, "only queries can be run" in run.err) == (2, True)
    assert aclf.files() == before


def test_day_before_the_archive_is_refused(three_nights, aclf):
    """For a day before the first night the sentence names the first day with data."""
    message = "knows nothing of 2026-09-30, because its archive begins on 2026-10-01"
    with pytest.raises(BadQuery, match=message), open_as_of(three_nights.path, date(2026, 9, 30)):
        pass
    run = aclf("query", "--as-of", "2026-09-30", "select 1")
    assert (run.code, run.out) == (2, "")


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "20261001x", ""])
def test_text_that_is_not_a_day_is_refused(aclf, day):
    """The message says that a day is written as 2026-10-01."""
    run = aclf("query", "--as-of", day, "select 1")
    assert run.code == 2
    assert f"--as-of must be a day such as 2026-10-01, not '{day}'" in run.err
