"""Every version of a trial is kept with its time, and views answer the common questions about changes."""

from __future__ import annotations

import shutil
from datetime import date

import orjson
import pytest

from tests.support.clock import clock_stands_at
from tests.support.three_nights import (
    DESIGN,
    EIGHT,
    LOCATIONS,
    NIGHTS,
    NINE,
    SEVEN,
    STATUS,
    make_completed_study,
    make_planned_study,
    make_study_with_results,
    sync_three_nights,
)
from tests.support.warehouses import make_member_study, with_value
from warehouse.loading.history import note_changes
from warehouse.paths import Paths
from warehouse.store import open_store


@pytest.fixture(scope="module")
def three_nights(make_warehouse):
    """A warehouse after three nights."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return warehouse


def format_minutes(rows):
    """Return the rows with their times in the form of `NIGHTS`."""
    return [tuple(f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else value for value in row) for row in rows]


def test_versions_follow_one_another(three_nights):
    """Each version is valid until the next one is seen, the last has no end, and each names its run."""
    query = "select version, valid_from, valid_to, run_id from trial_versions where nct_id = $1 order by version"
    first, second, third = NIGHTS
    assert format_minutes(three_nights.rows(query, SEVEN)) == [
        (1, first, second, 1),
        (2, second, third, 2),
        (3, third, None, 3),
    ]
    assert format_minutes(three_nights.rows(query, EIGHT)) == [(1, first, None, 1)]


def test_archive_holds_every_record(three_nights):
    """The archive has each version's record as the registry sent it, and when it was first and last seen."""
    query = (
        "select document, first_seen_at, last_seen_at from archive.study_versions where nct_id = $1 order by version"
    )
    rows = three_nights.rows(query, SEVEN)
    assert [orjson.loads(row[0]) for row in rows] == [
        make_planned_study(),
        make_completed_study(),
        make_study_with_results(),
    ]
    assert format_minutes(row[1:] for row in rows) == [(night, night) for night in NIGHTS]


def test_changed_field_is_a_row(three_nights):
    """The second version has one row for each changed field and one for the added site, each with its weight."""
    query = "select * exclude (nct_id, version, changed_at) from trial_changes where nct_id = $1 and version = 2"
    assert set(three_nights.rows(query, SEVEN)) == {
        (f"{STATUS}.overallStatus", None, "changed", "major", "RECRUITING", "COMPLETED"),
        (f"{STATUS}.completionDateStruct.date", None, "changed", "major", "2027-01-15", "2027-02-14"),
        (f"{STATUS}.completionDateStruct.type", None, "changed", "major", "ESTIMATED", "ACTUAL"),
        (f"{STATUS}.lastUpdatePostDateStruct.date", None, "changed", "administrative", "2026-09-01", "2026-10-01"),
        (f"{DESIGN}.enrollmentInfo.count", None, "changed", "major", "100", "88"),
        (f"{DESIGN}.enrollmentInfo.type", None, "changed", "major", "ESTIMATED", "ACTUAL"),
        (f"{LOCATIONS}[]", "Made Clinic, Oslo", "added", "minor", None, '{"facility":"Made Clinic","city":"Oslo"}'),
    }
    assert three_nights.rows("select count(*) from trial_changes where nct_id = $1", EIGHT) == [(0,)]


def test_change_has_the_time_of_its_version(three_nights):
    """`changed_at` is the time at which the new version was first seen."""
    query = "select distinct version, changed_at from trial_changes where nct_id = $1 order by version"
    assert format_minutes(three_nights.rows(query, SEVEN)) == [(2, NIGHTS[1]), (3, NIGHTS[2])]


def test_history_has_every_version_normalised(three_nights):
    """`trial_history` has the columns of `trials` for each version."""
    query = (
        "select version, status_label, completion_date, enrollment, site_count, valid_to "
        "from trial_history where nct_id = $1 order by version"
    )
    assert format_minutes(three_nights.rows(query, SEVEN)) == [
        (1, "Recruiting", date(2027, 1, 15), 100, 1, NIGHTS[1]),
        (2, "Completed", date(2027, 2, 14), 88, 2, NIGHTS[2]),
        (3, "Completed", date(2027, 2, 14), 88, 2, None),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "select nct_id, changed_at, old_label, new_label from status_changes",
            [(SEVEN, NIGHTS[1], "Recruiting", "Completed")],
        ),
        (
            "select nct_id, changed_at, date_name, days_moved, old_type, new_type from date_slips",
            [(SEVEN, NIGHTS[1], "completion_date", 30, "ESTIMATED", "ACTUAL")],
        ),
        (
            "select nct_id, changed_at, old_enrollment, new_enrollment, difference from enrollment_changes",
            [(SEVEN, NIGHTS[1], 100, 88, -12)],
        ),
        (
            "select nct_id, changed_at, version, results_first_post_date from results_posted",
            [(SEVEN, NIGHTS[2], 3, date(2026, 10, 4))],
        ),
        (
            "select nct_id, changed_at, change, reason from membership_changes where run_id > 1 order by changed_at",
            [
                (NINE, NIGHTS[1], "left", "left the search"),
                (NINE, NIGHTS[2], "returned", "condition: Made disease"),
            ],
        ),
        (
            "select * from membership_periods where left_reason is not null",
            [(NINE, NIGHTS[0], NIGHTS[1], "left the search", "made")],
        ),
    ],
    ids=["status", "dates", "enrolment", "results", "new and left", "stays"],
)
def test_views_answer_common_questions(three_nights, query, expected):
    """Changes of status, dates, enrolment, results and membership have views with one row per change."""
    assert format_minutes(three_nights.rows(query)) == expected


def test_same_record_makes_no_version(three_nights, tmp_path):
    """A fetched record that is the same, or differs only in the night's date, only changes `last_seen_at`."""
    copied_warehouse = three_nights.copy_to(tmp_path)
    before = copied_warehouse.rows("select * exclude (last_seen_at) from archive.study_versions order by all")
    studies = [
        orjson.loads(document)
        for (document,) in copied_warehouse.rows("select document from raw.studies order by nct_id")
    ]
    copied_warehouse.serve(
        *(with_value(study, "derivedSection.miscInfoModule.versionHolder", "2026-10-06") for study in studies)
    )
    with clock_stands_at("2026-10-06 03:00"):
        copied_warehouse.sync(full=True)
    assert copied_warehouse.stored("select * exclude (last_seen_at) from archive.study_versions order by all") == before
    newest = copied_warehouse.stored(
        "select distinct last_seen_at from archive.study_versions where nct_id = $1 order by 1", SEVEN
    )
    assert format_minutes(newest)[-1] == ("2026-10-06 03:00",)


@pytest.mark.fault(45)
def test_clock_set_back_does_not_turn_time_back(three_nights, tmp_path):
    """If the clock is before the newest run, a run gets a time just after it, so that no version ends too early."""
    copied_warehouse = three_nights.copy_to(tmp_path)
    copied_warehouse.serve(
        with_value(make_study_with_results(), f"{STATUS}.lastUpdatePostDateStruct.date", "2026-10-05"),
        make_member_study(8),
        make_member_study(9),
    )
    with clock_stands_at("2026-09-01 03:00"):
        copied_warehouse.sync(accept_shrink=True)
    query = (
        "select version, valid_from < coalesce(valid_to, 'infinity') from trial_versions where nct_id = $1 order by 1"
    )
    assert copied_warehouse.rows(query, SEVEN) == [(1, True), (2, True), (3, True), (4, True)]


def test_a_night_compares_without_the_whole_archive_in_memory(blank_store, tmp_path):
    """The trials of a night are compared within a memory that the archive's records would fill twice.

    The versions are new in the transaction, as in a night, so that DuckDB's statistics do not know of them.
    """
    shutil.copytree(blank_store, tmp_path, dirs_exist_ok=True)
    columns = "content_hash, document, first_seen_at, last_seen_at, run_id"
    with open_store(Paths.of(tmp_path / "aclf.duckdb")) as store:
        store.execute(
            f"insert into archive.study_versions (nct_id, version, {columns}) select printf('NCT%08d', number), 1, "
            "'hash', json_object('a', repeat(md5(number::varchar), 125)), now(), now(), 1 "
            "from range(25000) as numbers(number)"
        )
        store.execute("checkpoint; set memory_limit = '60MB'; begin")
        store.execute(
            f"insert into archive.study_versions (nct_id, version, {columns}) select nct_id, 2, "
            "'another', '{\"a\": \"changed\"}', now(), now(), 2 from archive.study_versions "
            "where nct_id < 'NCT00000250'"
        )
        note_changes(store, "select nct_id, version from archive.study_versions where version = 2")
        changes = store.execute("select nct_id, version, path, new_value from main.trial_changes order by 1").fetchall()
        store.execute("rollback")
    assert len(changes) == 250
    assert changes[0] == ("NCT00000000", 2, "a", "changed")
