"""`trials` holds what the record says, normalised, and peculiar records keep their peculiarity in every table."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.folders import DATA
from tests.support.warehouses import TIMES, records

GOLDEN: dict[str, list[dict[str, Any]]] = orjson.loads((DATA / "golden" / "a_whole_record.json").read_bytes())
WHOLE = "NCT90000001"


def trial(published, number: int) -> dict[str, Any]:
    """The row of `trials` of a study of `tests/data/studies`."""
    (row,) = records(published, "from trials where nct_id = $1", f"NCT900000{number:02}")
    return row


@pytest.mark.parametrize("table", GOLDEN)
def test_the_tables_rows_are_the_golden_ones(published, synced, table):
    """Of a record that fills every column, the table has exactly the row written down for it."""
    ((started_at,),) = synced.rows("select started_at from ops.runs")
    rows = records(published, f"from {table} where nct_id = $1 order by all", WHOLE)
    assert [{**row, **dict.fromkeys(TIMES & row.keys(), "the run's time")} for row in rows] == GOLDEN[table]
    times = {value for row in rows for name, value in row.items() if name in TIMES}
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
def test_a_peculiar_record_keeps_its_peculiarity(published, number, expected):
    """What is absent is NULL, what is empty is empty, and what is there is there to the letter."""
    row = trial(published, number)
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
    """`ctgov.studies` counts groups apart from arms, keeps the order of phases, and takes a date's last day."""
    (row,) = records(published, "from ctgov.studies where nct_id = $1", f"NCT900000{number:02}")
    assert {name: row[name] for name in expected} == expected


def test_absent_masking_and_ages_are_null_and_empty_ones_are_false(published):
    """A trial that lists nobody as masked masks nobody; one that does not say is NULL."""
    flags = "subject_masked, caregiver_masked, investigator_masked, outcomes_assessor_masked"
    query = f"select {flags} from ctgov.designs where nct_id = $1"
    assert published.execute(query, ["NCT90000007"]).fetchall() == [(False, False, False, False)]
    assert published.execute(query, ["NCT90000002"]).fetchall() == [(None, None, None, None)]
    ages = "select adult, child, older_adult from ctgov.eligibilities where nct_id = $1"
    assert published.execute(ages, ["NCT90000010"]).fetchall() == [(False, True, False)]
    assert published.execute(ages, ["NCT90000007"]).fetchall() == [(None, None, None)]


def test_an_empty_object_is_a_row_and_an_absent_one_is_none(published):
    """An empty identifier or eligibility module has its row, as in AACT; a trial without the module has none."""
    query = "select count(*) from {} where nct_id = $1"
    for table in ("ctgov.id_information", "ctgov.eligibilities", "ctgov.designs"):
        assert published.execute(query.format(table), ["NCT90000007"]).fetchall() == [(1,)]
        assert published.execute(query.format(table), ["NCT90000011"]).fetchall() == [(0,)]
    assert published.execute(query.format("ctgov.keywords"), ["NCT90000007"]).fetchall() == [(0,)]


def test_the_record_itself_is_kept(published, studies):
    """`raw.studies` has the record as the registry sent it, every key of it."""
    rows = dict(published.execute("select nct_id, document from raw.studies").fetchall())
    assert len(rows) == len(studies)
    for study in studies.values():
        assert orjson.loads(rows[study["protocolSection"]["identificationModule"]["nctId"]]) == study
