"""A value that cannot be read is NULL in its column and kept in `ops.problems` as it came; its trial loads."""

from __future__ import annotations

import pytest

from tests.support.warehouses import ill, put

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
BAD = [  # where it stands, what stands there; the table, column and path that lack it, its raw text, the reason
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
UNKNOWN = [  # the same for codes, and the columns of trials that are NULL
    (STATUS, "PAUSED", "overall_status", "PAUSED", "unknown overall status", ("status_label", "status_group")),
    (PHASES, ["PHASE2", "PHASE9"], "phase", "PHASE2/PHASE9", "unknown phase", ("phase_label", "phase_min")),
    (PHASES, ["NA", "PHASE2"], "phase", "NA/PHASE2", "not applicable beside a phase", ("phase_label", "phase_max")),
]
PROBLEM = "select table_name, column_name, path, raw_value, reason from ops.problems"


def numbered(rows, first):
    """Parametrises over rows with the NCT number of each one's trial."""
    return pytest.mark.parametrize(
        ("nct_id", "bad"),
        [(f"NCT{number:08}", row) for number, row in enumerate(rows, start=first)],
        ids=[str(row[1]) for row in rows],
    )


@pytest.fixture(scope="module")
def one_night(new_warehouse):
    """A warehouse with a trial for each row of `BAD` (numbers 1 and on) and `UNKNOWN` (31 and on), and a sound one."""
    bad = [put(ill(number), row[0], row[1]) for number, row in enumerate(BAD, start=1)]
    unknown = [put(ill(number), row[0], row[1]) for number, row in enumerate(UNKNOWN, start=31)]
    made = new_warehouse()
    made.serve(*bad, *unknown, ill(50))
    report = made.sync()
    assert (report["inserted"], report["problems"], report["newly_set_aside"]) == (15, 14, 14)
    return made


@pytest.mark.fault(25, 27)
@numbered(BAD, 1)
def test_a_bad_value_is_null_and_reported_once(one_night, nct_id, bad):
    """The trial loads, the value is NULL in every table, and it is one row of `ops.problems` with its raw text."""
    table, column = bad[2:4]
    assert one_night.rows(f"{PROBLEM} where nct_id = $1", nct_id) == [bad[2:]]
    assert set(one_night.rows(f"select {column} from {table} where nct_id = $1", nct_id)) == {(None,)}
    assert one_night.rows("select nct_id from ctgov.studies where nct_id = $1", nct_id) == [(nct_id,)]


@pytest.mark.fault(21)
@numbered(UNKNOWN, 31)
def test_an_unknown_code_stays_as_it_came(one_night, nct_id, bad):
    """An unknown status or phase keeps its text, has no label, group or number, and is one row of `ops.problems`."""
    path, value, column, raw, reason, without = bad
    stands_at = path + ("[]" if isinstance(value, list) else "")
    assert one_night.rows(f"{PROBLEM} where nct_id = $1", nct_id) == [("trials", column, stands_at, raw, reason)]
    ((kept, *others),) = one_night.rows(f"select {column}, {', '.join(without)} from trials where nct_id = $1", nct_id)
    assert sorted(kept.split("/")) == sorted(raw.split("/"))
    assert set(others) == {None}


@pytest.mark.fault(25)
def test_the_raw_text_of_a_date_stays_in_trials(one_night):
    """A date that cannot be one has its text in `start_date_raw`, no date and no precision."""
    query = "select start_date, start_date_precision, start_date_raw from trials where nct_id = $1"
    assert one_night.rows(query, "NCT00000001") == [(None, None, "2024-02-30")]


def test_the_sound_trial_has_no_problem(one_night):
    """Nothing is reported of a trial whose values can all be read."""
    assert one_night.rows(f"{PROBLEM} where nct_id = $1", "NCT00000050") == []


def problems(warehouse):
    """What the store keeps of problems."""
    return warehouse.stored("select nct_id, raw_value, run_id, first_seen_at from ops.problems order by all")


def test_a_problem_keeps_its_first_sighting_until_it_is_mended(warehouse):
    """A value set aside keeps its run and time and counts as new once; another takes its place, a good one ends it."""
    bad, other = put(ill(1), START, "2024-02-30"), put(ill(2), ENROLLMENT, 3.7)
    kept = ("NCT00000002", "3.7", 1)  # another trial's problem, which stays through it all
    warehouse.serve(bad, other)
    assert warehouse.sync()["newly_set_aside"] == 2
    first = problems(warehouse)
    assert [row[:3] for row in first] == [("NCT00000001", "2024-02-30", 1), kept]
    warehouse.serve(put(bad, "hasResults", True), other)
    report = warehouse.sync(full=True)
    assert (report["updated"], report["problems"], report["newly_set_aside"]) == (1, 1, 0)
    assert problems(warehouse) == first
    warehouse.serve(put(bad, START, "2024-02-31"), other)
    assert warehouse.sync(full=True)["newly_set_aside"] == 1
    assert [row[:3] for row in problems(warehouse)] == [("NCT00000001", "2024-02-31", 3), kept]
    warehouse.serve(put(bad, START, "2024-02-29"), other)
    assert warehouse.sync(full=True)["newly_set_aside"] == 0
    assert [row[:3] for row in problems(warehouse)] == [kept]
    query = "select cast(start_date as varchar) from trials where nct_id = 'NCT00000001'"
    assert warehouse.rows(query) == [("2024-02-29",)]
