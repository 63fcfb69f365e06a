"""The same replies give the same tables; only a changed record is a new version."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.support.clock import clock_stands_at
from tests.support.warehouses import (
    TIME_COLUMNS,
    answer_with_changed_study,
    make_member_study,
    read_test_studies,
    with_value,
)

CHECKED = frozenset({"last_checked_at", "last_seen_at", "last_listed_at"})
NUMBER = "protocolSection.identificationModule.nctId"
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
TITLE = "protocolSection.identificationModule.briefTitle"
VERSIONS = "select nct_id, version from trials order by nct_id"


def reverse_keys(value):
    """Return the same JSON with the keys of every object in reverse order."""
    if isinstance(value, dict):
        return {key: reverse_keys(value[key]) for key in reversed(value)}
    return [reverse_keys(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def once(make_warehouse):
    """A warehouse that was synced once."""
    warehouse = make_warehouse()
    warehouse.serve(*read_test_studies().values())
    warehouse.sync()
    return warehouse


@pytest.fixture
def held(once, tmp_path):
    """A copy of it, with its tables and its published file as they are."""
    warehouse = once.copy_to(tmp_path)
    warehouse.before = warehouse.tables()
    warehouse.file = warehouse.path.resolve()
    return warehouse


def test_the_same_night_is_one_request(held):
    """For the same data release a sync sends one request, changes no row and publishes nothing."""
    summary = held.sync()
    assert (summary["outcome"], summary["requests"], summary["fetched"]) == ("unchanged", 1, 0)
    assert held.path.resolve() == held.file
    assert held.tables() == held.before


def test_a_new_night_with_the_same_records_is_only_a_listing(held, studies):
    """For a data release that lists the same dates and statuses a sync fetches no record."""
    held.serve(*studies.values())
    summary = held.sync()
    assert (summary["outcome"], summary["planned"], summary["fetched"]) == ("unchanged", 0, 0)
    assert held.path.resolve() == held.file


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "change",
    [deepcopy, reverse_keys, lambda study: with_value(study, VERSION_HOLDER, "2026-12-24")],
    ids=["as they were", "other order of keys", "other night's date"],
)
def test_a_full_run_finds_every_record_unchanged(held, studies, change):
    """A record in another order of keys, or with another night's date, is not a new version; its check is noted."""
    held.serve(*map(change, studies.values()))
    summary = held.sync(full=True)
    counts = {name: summary[name] for name in ("fetched", "unchanged", "inserted", "updated", "problems")}
    listed = len(studies) - 1  # the withheld record has no condition that the search could find
    assert counts == {"fetched": listed, "unchanged": listed, "inserted": 0, "updated": 0, "problems": 0}
    assert summary["outcome"] == "unchanged"
    assert held.path.resolve() == held.file
    newest = "select count(distinct last_checked_at), max(version) from main.trials"
    assert held.stored(newest) == [(1, 1)]
    assert held.stored("select last_checked_at > first_seen_at from main.trials limit 1") == [(True,)]


@pytest.mark.slow
def test_two_warehouses_of_the_same_replies_are_equal(held, make_warehouse, studies):
    """Two warehouses that read the same replies, in any order, hold the same rows except their times."""
    twin = make_warehouse()
    twin.serve(*reversed(studies.values()))
    twin.sync()
    assert twin.tables(without=TIME_COLUMNS) == held.tables(without=TIME_COLUMNS)


def test_a_changed_title_is_a_new_version_of_its_trial_alone(held, studies):
    """One changed title is one new version: its rows are replaced, and the rows of every other trial stay."""
    changed = with_value(studies["a_whole_record"], TITLE, "Tidal Albumin, Revised")
    held.serve(*{**studies, "a_whole_record": changed}.values())
    summary = held.sync(full=True)
    assert (summary["outcome"], summary["updated"], summary["unchanged"]) == ("published", 1, 9)
    after = held.tables(without=CHECKED)
    changed_rows = {
        *("main.trials", "main.trial_history", "main.trial_versions", "main.trial_changes", "main.changes"),
        *("main.membership_changes", "ctgov.studies", "raw.studies", "archive.study_versions", "main.trial_summary"),
    }
    related_was, related = held.before.pop("main.see_also"), after.pop("main.see_also")
    assert _drop_titles(related) == _drop_titles(related_was)  # the table of related trials repeats the title
    for table, rows in held.before.items():
        was = [{name: value for name, value in row.items() if name not in CHECKED} for row in rows]
        others_was, others = (
            [row for row in side if row.get("nct_id") != "NCT90000001"] for side in (was, after[table])
        )
        assert others == others_was
        assert (after[table] == was) is (table not in changed_rows)
    (row,) = [row for row in after["main.trials"] if row["nct_id"] == "NCT90000001"]
    (was,) = [row for row in held.before["main.trials"] if row["nct_id"] == "NCT90000001"]
    assert (row["brief_title"], row["version"]) == ("Tidal Albumin, Revised", 2)
    assert row["first_seen_at"] == was["first_seen_at"]
    assert row["last_changed_at"] > was["last_changed_at"]


def test_a_part_that_left_the_record_leaves_the_tables(warehouse):
    """A site or a phase that the new version lacks has no row and no value."""
    site = {"facility": "A", "country": "Chad"}
    full = with_value(
        with_value(make_member_study(1), LOCATIONS, [site, {"facility": "B"}]),
        "protocolSection.designModule.phases",
        ["PHASE1"],
    )
    warehouse.serve(full, make_member_study(2))
    warehouse.sync()
    assert warehouse.rows("select count(*) from ctgov.facilities") == [(2,)]
    warehouse.serve(with_value(make_member_study(1), LOCATIONS, [site]), make_member_study(2))
    warehouse.sync(full=True)
    assert warehouse.rows("select id, name from ctgov.facilities") == [(10000001, "A")]
    assert warehouse.rows("select phase, site_count from trials order by nct_id") == [(None, 1), (None, 0)]
    assert warehouse.rows(VERSIONS) == [("NCT00000001", 2), ("NCT00000002", 1)]


def test_a_record_that_goes_back_is_a_new_version(warehouse):
    """A content that comes back is version 3, because versions count what was seen in turn."""
    first, second = make_member_study(1), with_value(make_member_study(1), TITLE, "Another")
    for study in (first, second, first):
        warehouse.serve(study)
        warehouse.sync(full=True)
    assert warehouse.rows(VERSIONS) == [("NCT00000001", 3)]
    assert warehouse.rows("select brief_title from trials") == [("A trial",)]


def test_a_backfill_of_an_unchanged_trial_changes_nothing(held):
    """The trial is fetched and compared, and nothing is published."""
    summary = held.backfill("NCT90000001")
    assert (summary["outcome"], summary["fetched"], summary["unchanged"]) == ("unchanged", 1, 1)
    assert held.path.resolve() == held.file


def _drop_titles(relations):
    return [{name: value for name, value in row.items() if name != "brief_title"} for row in relations]


def count_requests(warehouse):
    """Return how many requests the registry received since the last call."""
    count = len(warehouse.server.requests)
    warehouse.server.requests.clear()
    return count


@pytest.mark.fault(23)
def test_a_quarantined_record_is_requested_once_more(warehouse):
    """With the same data, the second sync asks again, and the third one sends one request."""
    misshapen = with_value(make_member_study(7), "protocolSection.designModule.phases", 2)
    warehouse.serve(make_member_study(1), misshapen)
    for expected in (3, 3, 1, 1):
        warehouse.sync()
        assert count_requests(warehouse) == expected


@pytest.mark.fault(24)
def test_a_record_without_its_number_does_not_cost_a_listing_every_night(warehouse):
    """A stale trial whose record lacks its number is requested once a week, and not every night."""
    warehouse.serve(make_member_study(1), make_member_study(7))
    with clock_stands_at("2026-09-01 05:00"):
        warehouse.sync()
    nameless = answer_with_changed_study("NCT00000007", lambda study: with_value(study, NUMBER, None))
    requests = []
    for day in (9, 10, 11, 16, 17):
        count_requests(warehouse)
        with clock_stands_at(f"2026-09-{day:02} 05:00"):
            warehouse.sync(*[nameless] * 9)
        requests.append(count_requests(warehouse))
    assert requests == [4, 1, 1, 4, 1]
    assert warehouse.rows("select nct_id, reason from ops.quarantine") == [(None, "the record has no NCT number")]
