"""The sample registry's records keep the known facts of their trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.folders import SHARED
from tests.support.sample_records import get_value

if TYPE_CHECKING:
    from tests.support.sample_records import Night, Study

KNOWN_TRIALS = SHARED / "aclf_trials.tsv"
DATES = {"start": "start", "primaryCompletion": "primary_completion", "completion": "completion"}
NOT_STATED = "Sponsor not stated in the sample"

# The ten trials of the project's first page, with its statuses and phases; then three whose dates are only months.
THIRD_AFFILIATED = "Third Affiliated Hospital, Sun Yat-Sen University"
GOLDEN = f"""
NCT03863002|NOT_YET_RECRUITING|PHASE1 PHASE2|2019-10-01|2021-10-01|2022-10-01|45|Tianjin Weikai Bioeng., Ltd.
NCT05881668|WITHDRAWN|PHASE1|2023-09-30|2024-09-30|2025-04-30||{THIRD_AFFILIATED}
NCT05793983|RECRUITING||2021-09-28||2024-09-01|100|St George's, University of London
NCT03641872|COMPLETED||||||Shanghai Jiao Tong University School of Medicine
NCT05786859|RECRUITING|EARLY_PHASE1|2023-03-09|2025-07-31|2025-10-31|124|Sun Yat-sen University
NCT03312036|COMPLETED|NA|||||{NOT_STATED}
NCT04959110|COMPLETED|NA|2019-07||2021-04||{NOT_STATED}
NCT02457637|COMPLETED||2015-01|||2600|Shanghai Jiao Tong University School of Medicine
NCT03281265|COMPLETED|NA|2012-01-01|2017-02-28|2017-02-28|1178|Nanfang Hospital, Southern Medical University
NCT03281252|RECRUITING|NA|2017-04-16|2017-09-16|2017-09-16|100|Nanfang Hospital, Southern Medical University
NCT02669680|COMPLETED|NA|2016-02||2020-03|176|University of Leipzig
NCT03882346|RECRUITING|PHASE2|2019-03-29|2022-03|2022-06|40|{NOT_STATED}
NCT00973817|COMPLETED|PHASE2 PHASE3|2009-09|2011-04|2011-05|62|Vital Therapies, Inc.
"""

FACTS = [
    ("NCT03863002", "statusModule.statusVerifiedDate", "2018-04"),
    ("NCT03863002", "statusModule.studyFirstSubmitDate", "2019-02-18"),
    ("NCT03863002", "statusModule.studyFirstSubmitQcDate", "2019-03-02"),
    ("NCT03863002", "statusModule.studyFirstPostDateStruct", {"date": "2019-03-05", "type": "ACTUAL"}),
    ("NCT03863002", "statusModule.lastUpdateSubmitDate", "2019-03-18"),
    ("NCT03863002", "statusModule.lastUpdatePostDateStruct", {"date": "2019-03-20", "type": "ACTUAL"}),
    ("NCT03863002", "statusModule.startDateStruct.type", "ESTIMATED"),
    ("NCT03863002", "designModule.enrollmentInfo.type", "ESTIMATED"),
    ("NCT03863002", "designModule.designInfo.allocation", "RANDOMIZED"),
    ("NCT03863002", "designModule.designInfo.maskingInfo.masking", "NONE"),
    ("NCT03641872", "identificationModule.acronym", "Ch-CANONIC-Val"),
    ("NCT02457637", "statusModule.resultsFirstPostDateStruct.date", "2020-08-11"),
    ("NCT03065699", "statusModule.studyFirstSubmitDate", "2017-01-18"),
    ("NCT03065699", "statusModule.lastUpdatePostDateStruct.date", "2021-06-01"),
    ("NCT03668171", "statusModule.lastKnownStatus", "RECRUITING"),
    ("NCT03668171", "statusModule.startDateStruct.type", "ACTUAL"),
    ("NCT03668171", "statusModule.completionDateStruct.type", "ESTIMATED"),
    ("NCT02946554", "identificationModule.secondaryIdInfos.id", ["2016-001177-32"]),
    ("NCT06377774", "designModule.patientRegistry", True),
    ("NCT03162419", "designModule.enrollmentInfo", {"count": 0, "type": "ACTUAL"}),
]


@pytest.mark.parametrize("line", GOLDEN.strip().split("\n"), ids=lambda line: line.split("|")[0])
def test_a_known_trial_has_its_known_values(first: Night, line: str) -> None:
    """Status, phases, dates, enrolment and sponsor are the known ones; months stay months, unknown values absent."""
    nct_id, status, phases, *dates, count, sponsor = line.split("|")
    study = first[nct_id]
    assert get_value(study, "statusModule.overallStatus") == status
    assert get_value(study, "designModule.phases") == (phases.split() or None)
    assert [get_value(study, f"statusModule.{name}DateStruct.date") or "" for name in DATES] == dates
    assert get_value(study, "designModule.enrollmentInfo.count") == (int(count) if count else None)
    assert get_value(study, "sponsorCollaboratorsModule.leadSponsor.name") == sponsor


@pytest.mark.parametrize(("nct_id", "path", "value"), FACTS)
def test_a_known_fact_is_in_its_field(first: Night, nct_id: str, path: str, value: object) -> None:
    """A fact that is known of a single field is in that field."""
    assert get_value(first[nct_id], path) == value


def make_known_row(study: Study) -> dict[str, Any]:
    """Return the study as a row of the table of known trials."""
    dates = [get_value(study, f"statusModule.{name}DateStruct.date") or "" for name in DATES]
    interventions = get_value(study, "armsInterventionsModule.interventions") or []
    countries = get_value(study, "contactsLocationsModule.locations.country") or []
    sponsor = get_value(study, "sponsorCollaboratorsModule.leadSponsor.name")
    count = get_value(study, "designModule.enrollmentInfo.count")
    return {
        "title": get_value(study, "identificationModule.briefTitle"),
        "overall_status": get_value(study, "statusModule.overallStatus"),
        "study_type": get_value(study, "designModule.studyType"),
        "phases": ",".join(get_value(study, "designModule.phases") or []),
        **dict(zip(DATES.values(), dates, strict=True)),
        "enrollment": "" if count is None else str(count),
        "lead_sponsor": "" if sponsor == NOT_STATED else sponsor,
        "conditions": "; ".join(get_value(study, "conditionsModule.conditions") or []),
        "interventions": "; ".join(f"{i['type']}:{i['name']}" for i in interventions),
        "countries": "; ".join(dict.fromkeys(countries)),
    }


@pytest.mark.skipif(not KNOWN_TRIALS.exists(), reason="the table of known trials is not beside this clone")
def test_every_known_cell_is_kept(first: Night, second: Night) -> None:
    """Each filled cell is in the record; of the empty cells only conditions and interventions have an added value."""
    header, *rows = KNOWN_TRIALS.read_text("utf-8").splitlines()
    assert len(rows) == 73
    for row in rows:
        known = dict(zip(header.split("\t"), row.split("\t"), strict=True))
        actual = make_known_row((second | first)[known["nct_id"]])
        coded = {"overall_status", "enrollment", *DATES.values()}
        expected = {name: known[name].split(" ")[0] if name in coded else known[name] for name in actual}
        added = {name for name in ("conditions", "interventions") if not expected[name]}
        assert {**actual, **dict.fromkeys(added, "")} == expected, known["nct_id"]
