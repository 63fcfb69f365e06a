"""`trials` has the normalised values of the record, and every table keeps the special cases of unusual records."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.folders import DATA
from tests.support.warehouses import TIME_COLUMNS, fetch_records

GOLDEN: dict[str, list[dict[str, Any]]] = orjson.loads((DATA / "golden" / "a_whole_record.json").read_bytes())
WHOLE = "NCT90000001"


def read_trial(published, number: int) -> dict[str, Any]:
    """Return the row of `trials` of a study of `tests/data/studies`."""
    (row,) = fetch_records(published, "from trials where nct_id = $1", f"NCT900000{number:02}")
    return row


@pytest.mark.parametrize("table", GOLDEN)
def test_rows_are_the_golden_rows(published, synced_warehouse, table):
    """From a record that fills every column, the table has exactly the rows of the golden file."""
    ((started_at,),) = synced_warehouse.rows("select started_at from ops.runs")
    rows = fetch_records(published, f"from {table} where nct_id = $1 order by all", WHOLE)
    assert [{**row, **dict.fromkeys(TIME_COLUMNS & row.keys(), "the run's time")} for row in rows] == GOLDEN[table]
    times = {value for row in rows for name, value in row.items() if name in TIME_COLUMNS}
    assert times <= {started_at.isoformat()}


@pytest.mark.fault(22, 33, 58)
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (2, {"phase": None, "phase_label": None, "start_date_type": None, "enrollment": 188814085, "site_count": 0}),
        (3, {"overall_status": "WITHHELD", "status_group": "withheld", "study_type": None, "lead_sponsor_class": None}),
        (4, {"overall_status": "UNKNOWN", "status_label": "Unknown status", "last_known_status": "NOT_YET_RECRUITING"}),
        (4, {"phase": "EARLY_PHASE1", "phase_label": "Early Phase 1", "phase_min": 0.5, "phase_max": 0.5}),
        (5, {"status_label": "Approved for marketing", "status_group": "expanded_access", "phase": None}),
        (6, {"phase": "PHASE1/PHASE2", "phase_label": "Phase 1/Phase 2", "phase_min": 1, "phase_max": 2}),
        (7, {"phase": None, "keywords": [], "interventions": [], "site_count": 0, "start_date": None}),
        (7, {"mesh_conditions": None, "contact_name": None, "healthy_volunteers": None}),
        (8, {"phase": "NA", "phase_label": "N/A", "phase_min": None, "status_group": "open"}),
        (8, {"contact_name": None, "contact_phone": None, "contact_email": "post@example.org"}),
        (8, {"countries": ["Chad"], "site_count": 2}),
        (9, {"brief_title": "Made Disease 🌊 <b>\"quoted\"</b> & 'single' \\> 5; -- drop table"}),
        (9, {"official_title": "慢加急性 حادّ على مزمن e\u0301tude \0 end"}),
        (9, {"conditions": ["Made Disease", "ÉTAT CRITIQUE", "Ascites, with a comma", '{"not": "JSON"}']}),
        (10, {"minimum_age_years": 0, "maximum_age_years": 0.5, "healthy_volunteers": True, "phase_max": 4}),
        (11, {"enrollment": 0, "status_group": "stopped", "why_stopped": "Nobody came"}),
        (11, {"start_date": "2020-01-01", "start_date_precision": "year", "start_date_raw": "2020"}),
    ],
)
def test_special_case_is_kept(published, number, expected):
    """An absent value is NULL, an empty list is empty, and every other text is kept exactly."""
    row = read_trial(published, number)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, {"number_of_arms": 2, "number_of_groups": None}),
        (2, {"number_of_arms": None, "number_of_groups": 3}),
        (3, {"number_of_arms": None, "number_of_groups": None}),
        (6, {"phase": "PHASE2/PHASE1"}),
        (7, {"phase": None, "number_of_arms": 0}),
        (11, {"start_month_year": "2020", "start_date": "2020-12-31"}),
    ],
)
def test_ctgov_studies_follow_aact_where_trials_do_not(published, number, expected):
    """`ctgov.studies` counts groups and arms separately, keeps the order of phases, and takes a date's last day."""
    (row,) = fetch_records(published, "from ctgov.studies where nct_id = $1", f"NCT900000{number:02}")
    assert {name: row[name] for name in expected} == expected


def test_absent_masking_and_ages_are_null_and_empty_ones_are_false(published):
    """An empty list of masked people or of ages gives false, and an absent list gives NULL."""
    flags = "subject_masked, caregiver_masked, investigator_masked, outcomes_assessor_masked"
    query = f"select {flags} from ctgov.designs where nct_id = $1"
    assert published.execute(query, ["NCT90000007"]).fetchall() == [(False, False, False, False)]
    assert published.execute(query, ["NCT90000002"]).fetchall() == [(None, None, None, None)]
    ages = "select adult, child, older_adult from ctgov.eligibilities where nct_id = $1"
    assert published.execute(ages, ["NCT90000010"]).fetchall() == [(False, True, False)]
    assert published.execute(ages, ["NCT90000007"]).fetchall() == [(None, None, None)]


def test_empty_object_is_a_row_and_absent_object_is_not(published):
    """An empty identifier or eligibility module has a row, as in AACT. A trial without the module has no row."""
    query = "select count(*) from {} where nct_id = $1"
    for table in ("ctgov.id_information", "ctgov.eligibilities", "ctgov.designs"):
        assert published.execute(query.format(table), ["NCT90000007"]).fetchall() == [(1,)]
        assert published.execute(query.format(table), ["NCT90000011"]).fetchall() == [(0,)]
    assert published.execute(query.format("ctgov.keywords"), ["NCT90000007"]).fetchall() == [(0,)]


def test_record_itself_is_kept(published, studies):
    """`raw.studies` has every key of the record, as the registry sent it."""
    rows = dict(published.execute("select nct_id, document from raw.studies").fetchall())
    assert len(rows) == len(studies)
    for study in studies.values():
        assert orjson.loads(rows[study["protocolSection"]["identificationModule"]["nctId"]]) == study
