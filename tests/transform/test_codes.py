"""The code lists are complete tables, and a code is found by each of its spellings and by no other text."""

from __future__ import annotations

import pandas as pd
import pytest

from transform.codes import load_code_lists
from transform.normalise.lookup import find_code, get_code_list

CODES = {
    "overall_status": (
        "NOT_YET_RECRUITING RECRUITING ENROLLING_BY_INVITATION ACTIVE_NOT_RECRUITING COMPLETED SUSPENDED "
        "TERMINATED WITHDRAWN UNKNOWN AVAILABLE TEMPORARILY_NOT_AVAILABLE NO_LONGER_AVAILABLE "
        "APPROVED_FOR_MARKETING WITHHELD"
    ),
    "phase": "EARLY_PHASE1 PHASE1 PHASE2 PHASE3 PHASE4 NA",
    "study_type": "INTERVENTIONAL OBSERVATIONAL EXPANDED_ACCESS",
    "date_type": "ACTUAL ESTIMATED",
    "enrollment_type": "ACTUAL ESTIMATED",
    "sex": "ALL FEMALE MALE",
    "agency_class": "INDUSTRY NIH FED OTHER_GOV NETWORK INDIV OTHER AMBIG UNKNOWN",
    "intervention_type": (
        "DRUG BIOLOGICAL DEVICE PROCEDURE RADIATION BEHAVIORAL GENETIC DIETARY_SUPPLEMENT "
        "COMBINATION_PRODUCT DIAGNOSTIC_TEST OTHER"
    ),
    "allocation": "RANDOMIZED NON_RANDOMIZED NA",
    "intervention_model": "SINGLE_GROUP PARALLEL CROSSOVER FACTORIAL SEQUENTIAL",
    "observational_model": (
        "COHORT CASE_CONTROL CASE_ONLY CASE_CROSSOVER ECOLOGIC_OR_COMMUNITY FAMILY_BASED "
        "DEFINED_POPULATION NATURAL_HISTORY OTHER"
    ),
    "primary_purpose": (
        "TREATMENT PREVENTION DIAGNOSTIC SUPPORTIVE_CARE SCREENING HEALTH_SERVICES_RESEARCH "
        "BASIC_SCIENCE DEVICE_FEASIBILITY ECT OTHER"
    ),
    "time_perspective": "PROSPECTIVE RETROSPECTIVE CROSS_SECTIONAL OTHER",
    "masking": "NONE SINGLE DOUBLE TRIPLE QUADRUPLE",
    "org_study_id_type": "NIH FDA VA CDC AHRQ SAMHSA",
    "secondary_id_type": "NIH FDA VA CDC AHRQ SAMHSA OTHER_GRANT EUDRACT_NUMBER CTIS REGISTRY OTHER",
    "expanded_access_status": "AVAILABLE TEMPORARILY_NOT_AVAILABLE NO_LONGER_AVAILABLE APPROVED_FOR_MARKETING",
    "responsible_party_type": "SPONSOR PRINCIPAL_INVESTIGATOR SPONSOR_INVESTIGATOR",
    "who_masked": "PARTICIPANT CARE_PROVIDER INVESTIGATOR OUTCOMES_ASSESSOR",
    "biospec_retention": "NONE_RETAINED SAMPLES_WITH_DNA SAMPLES_WITHOUT_DNA",
    "arm_group_type": "EXPERIMENTAL ACTIVE_COMPARATOR PLACEBO_COMPARATOR SHAM_COMPARATOR NO_INTERVENTION OTHER",
    "standard_age": "CHILD ADULT OLDER_ADULT",
    "sampling_method": "PROBABILITY_SAMPLE NON_PROBABILITY_SAMPLE",
    "contact_role": "STUDY_CHAIR STUDY_DIRECTOR PRINCIPAL_INVESTIGATOR SUB_INVESTIGATOR CONTACT",
    "official_role": "STUDY_CHAIR STUDY_DIRECTOR PRINCIPAL_INVESTIGATOR SUB_INVESTIGATOR",
    "recruitment_status": (
        "NOT_YET_RECRUITING RECRUITING ENROLLING_BY_INVITATION ACTIVE_NOT_RECRUITING COMPLETED SUSPENDED "
        "TERMINATED WITHDRAWN AVAILABLE"
    ),
    "reference_type": "BACKGROUND RESULT DERIVED",
    "ipd_sharing": "YES NO UNDECIDED",
    "ipd_sharing_info_type": "STUDY_PROTOCOL SAP ICF CSR ANALYTIC_CODE",
    "measure_param": (
        "MEAN LEAST_SQUARES_MEAN GEOMETRIC_MEAN GEOMETRIC_LEAST_SQUARES_MEAN LOG_MEAN MEDIAN "
        "COUNT_OF_PARTICIPANTS COUNT_OF_UNITS NUMBER"
    ),
    "measure_dispersion_type": (
        "NA STANDARD_DEVIATION INTER_QUARTILE_RANGE FULL_RANGE GEOMETRIC_COEFFICIENT STANDARD_ERROR "
        "CONFIDENCE_80 CONFIDENCE_90 CONFIDENCE_95 CONFIDENCE_975 CONFIDENCE_99 CONFIDENCE_OTHER"
    ),
    "outcome_measure_type": "PRIMARY SECONDARY OTHER_PRE_SPECIFIED POST_HOC",
    "reporting_status": "NOT_POSTED POSTED",
    "analysis_dispersion_type": "STANDARD_DEVIATION STANDARD_ERROR_OF_MEAN",
    "confidence_interval_sides": "ONE_SIDED TWO_SIDED",
    "non_inferiority_type": (
        "SUPERIORITY NON_INFERIORITY EQUIVALENCE OTHER SUPERIORITY_OR_OTHER SUPERIORITY_OR_OTHER_LEGACY "
        "NON_INFERIORITY_OR_EQUIVALENCE NON_INFERIORITY_OR_EQUIVALENCE_LEGACY"
    ),
    "event_assessment": "SYSTEMATIC_ASSESSMENT NON_SYSTEMATIC_ASSESSMENT",
    "agreement_restriction_type": "LTE60 GT60 OTHER",
    "unposted_event_type": "RELEASE UNRELEASE RESET",
    "violation_event_type": (
        "VIOLATION_IDENTIFIED CORRECTION_CONFIRMED PENALTY_IMPOSED ISSUES_IN_LETTER_ADDRESSED_CONFIRMED"
    ),
    "browse_leaf_relevance": "HIGH LOW",
}
every_list = pytest.mark.parametrize("name", sorted(CODES))


def test_every_list_ships_with_the_codes_of_the_registry() -> None:
    """The lists hold the registry's enumerations; `NA` and `NONE` are codes in them, not NULL."""
    assert {name: " ".join(get_code_list(name)["code"]) for name in load_code_lists()} == CODES


@every_list
def test_a_list_is_a_complete_table(name: str) -> None:
    """No cell but the group is empty; codes and labels are unique, and the order counts from 1."""
    frame = get_code_list(name)
    assert frame.dtypes.astype(str).to_dict() == {
        "code": "str",
        "label": "str",
        "group": "str",
        "order": "int64",
        "description": "str",
    }
    assert frame.drop(columns="group").notna().all(axis=None)
    assert frame["code"].is_unique
    assert frame["label"].is_unique
    assert list(frame["order"]) == list(range(1, len(frame) + 1))
    assert frame["description"].str.endswith(".").all()
    assert frame["group"].notna().nunique() == 1, "a list groups all of its codes or none"


@every_list
def test_a_code_is_found_by_code_and_label(name: str) -> None:
    """Code and label find the code, in any case and with outer spaces."""
    frame = get_code_list(name)
    for column in ("code", "label"):
        for spelled in (frame[column], frame[column].str.upper(), " " + frame[column].str.lower() + "\n"):
            pd.testing.assert_series_equal(find_code(spelled, name), frame["code"], check_names=False)


@pytest.mark.parametrize(
    ("name", "spelling", "code"),
    [
        ("phase", "Not Applicable", "NA"),
        ("phase", "Phase 0", "EARLY_PHASE1"),
        ("allocation", "Not Applicable", "NA"),
        ("date_type", "Anticipated", "ESTIMATED"),
        ("date_type", "Estimate", "ESTIMATED"),
        ("enrollment_type", "Anticipated", "ESTIMATED"),
        ("masking", "None (Open Label)", "NONE"),
    ],
)
def test_former_wordings_find_the_code(name: str, spelling: str, code: str) -> None:
    """The registry's other wordings of a code find it too."""
    assert list(find_code(pd.Series([spelling]), name)) == [code]


@every_list
def test_text_outside_the_list_is_not_found(name: str) -> None:
    """An unknown text, a joined text, the empty text and NULL give NULL, and not another code."""
    raw = pd.Series(["NO_SUCH_CODE", "", "ACTUAL;ESTIMATED", "nan", None], index=list("abcde"), dtype="str")
    expected = pd.Series(None, index=raw.index, dtype="str")
    pd.testing.assert_series_equal(find_code(raw, name), expected)


def test_unknown_list_is_an_error() -> None:
    """An unknown list raises an error instead of finding nothing."""
    with pytest.raises(KeyError):
        get_code_list("no_such_list")


def test_a_caller_cannot_change_the_lists() -> None:
    """If one caller changes its frame, the next caller does not see it."""
    frame = get_code_list("sex")
    frame["label"] = "changed"
    assert list(get_code_list("sex")["label"]) == ["All", "Female", "Male"]
