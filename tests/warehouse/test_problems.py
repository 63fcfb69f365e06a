"""A value that cannot be read is NULL in its column, and kept as it came in `ops.problems`. Its trial loads."""

from __future__ import annotations

import pytest

from tests.support.warehouses import make_member_study, with_value

STATUS = "protocolSection.statusModule.overallStatus"
START = "protocolSection.statusModule.startDateStruct.date"
SUBMITTED = "protocolSection.statusModule.studyFirstSubmitDate"
QUALITY_CONTROLLED = "protocolSection.statusModule.studyFirstSubmitQcDate"
PHASES = "protocolSection.designModule.phases"
ENROLLMENT = "protocolSection.designModule.enrollmentInfo.count"
MINIMUM_AGE = "protocolSection.eligibilityModule.minimumAge"
HEALTHY = "protocolSection.eligibilityModule.healthyVolunteers"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"

NO_FORM = "not a form that the registry uses"
NO_INTEGER = "does not read as INTEGER"
NORTH = [{"geoPoint": {"lat": "north", "lon": 2}}, {"geoPoint": {"lat": "north", "lon": 2}}]
BAD = [  # path and value in the record; then table, column, path, raw value and reason of the row in ops.problems
    (START, "2024-02-30", "trials", "start_date", START, "2024-02-30", "no such day"),
    (START, "24-02-01", "trials", "start_date", START, "24-02-01", NO_FORM),
    (START, "0001-01-01", "trials", "start_date", START, "0001-01-01", "outside 1900 to 2100"),
    (SUBMITTED, "2024-13-01", "trials", "first_submit_date", SUBMITTED, "2024-13-01", "no such day"),
    (
        *(QUALITY_CONTROLLED, "soon", "ctgov.studies", "study_first_submitted_qc_date"),
        *(QUALITY_CONTROLLED, "soon", "does not read as DATE"),
    ),
    (ENROLLMENT, 3.7, "trials", "enrollment", ENROLLMENT, "3.7", NO_INTEGER),
    (ENROLLMENT, 99999999999, "trials", "enrollment", ENROLLMENT, "99999999999", NO_INTEGER),
    (ENROLLMENT, "about 30", "trials", "enrollment", ENROLLMENT, "about 30", NO_INTEGER),
    (MINIMUM_AGE, "18 to 20", "trials", "minimum_age_years", MINIMUM_AGE, "18 to 20", NO_FORM),
    (HEALTHY, "yes", "trials", "healthy_volunteers", HEALTHY, "yes", "does not read as BOOLEAN"),
    (
        *(LOCATIONS, NORTH, "ctgov.facilities", "latitude"),
        *(f"{LOCATIONS}[].geoPoint.lat", "north", "does not read as DOUBLE"),
    ),
]
UNKNOWN = [  # path and value in the record; column, raw value and reason of the problem; the columns that are NULL
    (STATUS, "PAUSED", "overall_status", "PAUSED", "unknown overall status", ("status_label", "status_group")),
    (PHASES, ["PHASE2", "PHASE9"], "phase", "PHASE2/PHASE9", "unknown phase", ("phase_label", "phase_min")),
    (PHASES, ["NA", "PHASE2"], "phase", "NA/PHASE2", "not applicable beside a phase", ("phase_label", "phase_max")),
]
PROBLEM = "select table_name, column_name, path, raw_value, reason from ops.problems"


def parametrize_trials(rows, first):
    """Parametrize a test over rows, with the NCT number of the trial of each row."""
    return pytest.mark.parametrize(
        ("nct_id", "bad"),
        [(f"NCT{number:08}", row) for number, row in enumerate(rows, start=first)],
        ids=[str(row[1]) for row in rows],
    )


@pytest.fixture(scope="module")
def one_night(make_warehouse):
    """A warehouse with a trial for each row of `BAD` (from number 1) and `UNKNOWN` (from 31), and a sound one."""
    bad = [with_value(make_member_study(number), row[0], row[1]) for number, row in enumerate(BAD, start=1)]
    unknown = [with_value(make_member_study(number), row[0], row[1]) for number, row in enumerate(UNKNOWN, start=31)]
    made = make_warehouse()
    made.serve(*bad, *unknown, make_member_study(50))
    summary = made.sync()
    assert (summary["inserted"], summary["problems"], summary["newly_set_aside"]) == (15, 14, 14)
    return made


@pytest.mark.fault(25, 27)
@parametrize_trials(BAD, 1)
def test_bad_value_is_null_and_listed_once(one_night, nct_id, bad):
    """The trial loads, the value is NULL in every table, and it is one row of `ops.problems` with its raw text."""
    table, column = bad[2:4]
    assert one_night.rows(f"{PROBLEM} where nct_id = $1", nct_id) == [bad[2:]]
    assert set(one_night.rows(f"select {column} from {table} where nct_id = $1", nct_id)) == {(None,)}
    assert one_night.rows("select nct_id from ctgov.studies where nct_id = $1", nct_id) == [(nct_id,)]


@pytest.mark.fault(21)
@parametrize_trials(UNKNOWN, 31)
def test_unknown_code_stays_as_it_came(one_night, nct_id, bad):
    """An unknown status or phase keeps its text, has no label, group or number, and is one row of `ops.problems`."""
    path, value, column, raw, reason, without = bad
    value_path = path + ("[]" if isinstance(value, list) else "")
    assert one_night.rows(f"{PROBLEM} where nct_id = $1", nct_id) == [("trials", column, value_path, raw, reason)]
    ((kept, *others),) = one_night.rows(f"select {column}, {', '.join(without)} from trials where nct_id = $1", nct_id)
    assert sorted(kept.split("/")) == sorted(raw.split("/"))
    assert set(others) == {None}


@pytest.mark.fault(25)
def test_raw_text_of_a_date_stays_in_trials(one_night):
    """A text that is not a date is in `start_date_raw`; the date and its precision are NULL."""
    query = "select start_date, start_date_precision, start_date_raw from trials where nct_id = $1"
    assert one_night.rows(query, "NCT00000001") == [(None, None, "2024-02-30")]


def test_sound_trial_has_no_problem(one_night):
    """A trial whose values can all be read has no row in `ops.problems`."""
    assert one_night.rows(f"{PROBLEM} where nct_id = $1", "NCT00000050") == []


def read_problems(warehouse):
    """Read the problems in the store."""
    return warehouse.stored("select nct_id, raw_value, run_id, first_seen_at from ops.problems order by all")


def test_problem_keeps_its_first_sighting_until_it_is_corrected(warehouse):
    """An unreadable value keeps its run and time, and counts as new once. A good value removes it."""
    bad, other = (
        with_value(make_member_study(1), START, "2024-02-30"),
        with_value(make_member_study(2), ENROLLMENT, 3.7),
    )
    kept = ("NCT00000002", "3.7", 1)  # another trial's problem, which stays through it all
    warehouse.serve(bad, other)
    assert warehouse.sync()["newly_set_aside"] == 2
    first = read_problems(warehouse)
    assert [row[:3] for row in first] == [("NCT00000001", "2024-02-30", 1), kept]
    warehouse.serve(with_value(bad, "hasResults", True), other)
    summary = warehouse.sync(full=True)
    assert (summary["updated"], summary["problems"], summary["newly_set_aside"]) == (1, 1, 0)
    assert read_problems(warehouse) == first
    warehouse.serve(with_value(bad, START, "2024-02-31"), other)
    assert warehouse.sync(full=True)["newly_set_aside"] == 1
    assert [row[:3] for row in read_problems(warehouse)] == [("NCT00000001", "2024-02-31", 3), kept]
    warehouse.serve(with_value(bad, START, "2024-02-29"), other)
    assert warehouse.sync(full=True)["newly_set_aside"] == 0
    assert [row[:3] for row in read_problems(warehouse)] == [kept]
    query = "select cast(start_date as varchar) from trials where nct_id = 'NCT00000001'"
    assert warehouse.rows(query) == [("2024-02-29",)]
