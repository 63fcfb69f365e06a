"""The trials as they were known on an earlier day: a macro for any client, the whole warehouse for `aclf query`."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.support.command_line import CommandLine
from tests.support.three_nights import NIGHTS, NINE, SEVEN, live_three_nights
from tests.support.warehouses import records, whole_tables
from warehouse.errors import BadQuery
from warehouse.reading.as_of import open_as_of

DAYS = [night[:10] for night in NIGHTS]
IN_BETWEEN = "2026-10-04"


@pytest.fixture(scope="module")
def held(new_warehouse):
    """A warehouse after three nights, whose published files are all there."""
    warehouse = new_warehouse()
    live_three_nights(warehouse)
    return warehouse


@pytest.fixture
def aclf(held):
    """The command line in its folder."""
    return CommandLine(held.folder)


def published_then(held, night):
    """The file that was published on a night."""
    return duckdb.connect(str(held.folder / ".aclf" / "published" / f"run-{night:06}.duckdb"), read_only=True)


@pytest.mark.quick(1)
@pytest.mark.parametrize("night", [2, 1, 3])
def test_the_trials_of_a_day_are_those_published_then(held, night):
    """`trials_as_of(day)` gives the columns of `trials` in their order, and the rows that were published that night."""
    with published_then(held, night) as published:
        then = records(published, "from trials order by nct_id")
    with duckdb.connect(str(held.path), read_only=True) as newest:
        rows = records(newest, "from trials_as_of($1) order by nct_id", DAYS[night - 1])
        columns = [column[0] for column in newest.execute("from trials_as_of('2026-10-01')").description]
        assert columns == [column[0] for column in newest.execute("from trials").description]
    assert rows == then


def test_between_two_nights_the_earlier_one_holds(held):
    """A day without a run knows what the night before it knew."""
    query = "select status_label, in_condition_set from trials_as_of($1) where nct_id in ($2, $3) order by nct_id"
    expected = [("Completed", True), ("Recruiting", False)]
    assert held.rows(query, IN_BETWEEN, SEVEN, NINE) == held.rows(query, DAYS[1], SEVEN, NINE) == expected


def test_no_time_zone_moves_a_day(held):
    """The macro's days are UTC's, whatever the time zone of the session that asks."""
    with duckdb.connect(str(held.path), read_only=True) as connection:
        for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
            connection.execute(f"set timezone = '{zone}'")
            query = "select count(*) from trials_as_of('2026-10-01') where version = 1"
            assert connection.execute(query).fetchall() == [(11,)]


def test_before_the_first_night_no_trial_is_known(held):
    """The macro gives no row for a day before the archive."""
    assert held.rows("select count(*) from trials_as_of('2026-09-30')") == [(0,)]


@pytest.mark.quick(1)
@pytest.mark.parametrize("night", [2, 1, 3])
def test_the_warehouse_of_a_day_is_the_one_published_then(held, night):
    """Every table and view of the warehouse as of a day equals that of the file published that night."""
    with published_then(held, night) as published:
        then = dict(whole_tables(published))
    with open_as_of(held.path, date.fromisoformat(DAYS[night - 1])) as connection:
        assert dict(whole_tables(connection)) == then


def test_a_query_can_ask_the_past(aclf):
    """`aclf query --as-of` answers from every table as it was, AACT's too."""
    query = "select t.status_label, count(*) as sites from trials t join ctgov.facilities f using (nct_id) group by all"
    assert aclf("query", query, "--json").document == [{"status_label": "Completed", "sites": 2}]
    assert aclf("query", "--as-of", DAYS[0], query, "--json").document == [{"status_label": "Recruiting", "sites": 1}]
    aact = "select count(*) from studies where overall_status = 'RECRUITING'"
    assert aclf("query", "--as-of", DAYS[0], "--aact", aact, "--csv").out == "count\n11\n"


@pytest.mark.slow
def test_the_past_is_only_read(aclf):
    """What stands in the past cannot be changed, and nothing is left of it on the disk."""
    before = aclf.files()
    ended = aclf("query", "--as-of", DAYS[0], "delete from trials")
    assert (ended.code, "only one statement that reads" in ended.err) == (2, True)
    assert aclf.files() == before


def test_a_day_before_the_archive_is_refused(held, aclf):
    """Of a day before the first night nothing is known: the sentence names the first day that can be asked."""
    refused = pytest.raises(BadQuery, match="nothing is known of 2026-09-30, for the archive begins on 2026-10-01")
    with refused, open_as_of(held.path, date(2026, 9, 30)):
        pass
    ended = aclf("query", "--as-of", "2026-09-30", "select 1")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "20261001x", ""])
def test_what_is_no_day_is_refused(aclf, day):
    """A day is written as 2026-10-01, and the message says so."""
    ended = aclf("query", "--as-of", day, "select 1")
    assert ended.code == 2
    assert f"--as-of must be a day such as 2026-10-01, not '{day}'" in ended.err
