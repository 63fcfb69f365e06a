"""The page of NCT03863002 is the page that this project began with: its sections, fields, wording and order.

The values were copied by hand from that page, except the contact: the sample's people are invented.
"""

from __future__ import annotations

import pytest

from tests.support.command_line import CommandLine
from tests.support.made_studies import make_study
from tests.support.warehouses import with_value

SEED = "NCT03863002"
TITLE = "Safety and Efficacy of Mesenchymal Stem Cell Transplantation for Acute-on-Chronic Liver Failure"
SECTIONS = ["Clinical Trial Summary", "Clinical Trial Description", "Study Design", "Related Conditions & MeSH terms"]
FACTS = {
    "NCT number": "NCT03863002",
    "Study type": "Interventional",
    "Source": "Tianjin Weikai Bioeng., Ltd.",
    "Contact": "Jules Sampleby, MD",
    "Phone": "+00 000 5550105",
    "Email": "jules.sampleby@example.org",
    "Status": "Not yet recruiting",
    "Phase": "Phase 1/Phase 2",
    "Start date": "October 1, 2019",
    "Completion date": "October 1, 2022",
}
SEE_ALSO = {
    "NCT05881668": ("Withdrawn", "Phase 1", "MSC-EV in Acute-on-Chronic Liver Failure After Liver Transplantation"),
    "NCT05793983": ("Recruiting", None, "S100A8/A9 and Innate Immunity in Liver Disease"),
    "NCT03641872": ("Completed", None, "A Validation Cohort for ACLF Diagnosis and Prognosis"),
    "NCT05786859": ("Recruiting", "Early Phase 1", "The Efficacy and Safety of Rifaximin Treatment"),
    "NCT03312036": (
        "Completed",
        "N/A",
        "HEpatic Regeneration With COupled Plasma Filtration and Adsorption for Liver Extracorporeal Detoxification",
    ),
    "NCT04959110": (
        "Completed",
        "N/A",
        "Citrate Pharmacokinetics in Critically Ill Liver Failure Patients Receiving CRRT",
    ),
    "NCT02457637": ("Completed", None, "Chinese CLIF-C Acute-on-Chronic Liver Disease and Liver Failure Study"),
    "NCT03281265": (
        "Completed",
        "N/A",
        "A Retrospective Multicenter Study of HBV-related Pre-acute-on-chronic Liver Failure in China",
    ),
    "NCT03281252": (
        "Recruiting",
        "N/A",
        (
            "A Prospective Study of Evaluation of Minor Bleeding and Utility of Bleeding Criteria in "
            "Acute-on-chronic Liver Failure Patients in China"
        ),
    ),
}
DATES = "select start_label, completion_label from trial_summary where nct_id = $1"


@pytest.fixture(scope="module")
def aclf(first_night_folder):
    """Return the command line of a warehouse with the sample's first night, only for reading."""
    return CommandLine(first_night_folder)


@pytest.fixture(scope="module")
def lines(aclf):
    """Return the lines of the seed's page as plain text."""
    shown = aclf("show", SEED)
    assert (shown.code, shown.err) == (0, "")
    return shown.out.splitlines()


def test_the_sections_have_the_seeds_order(lines):
    """Summary with the title, description, study design, terms, the table of facts, and then "See also"."""
    order = [*SECTIONS, "See also"]
    assert [line for line in lines if line in order] == order
    assert lines[:5] == [SECTIONS[0], "", TITLE, f"{SEED}  https://clinicaltrials.gov/study/{SEED}", ""]
    positions = [lines.index(SECTIONS[-1]), lines.index("NCT number       NCT03863002"), lines.index("See also")]
    assert positions == sorted(positions)


def test_the_facts_are_the_seeds(lines):
    """The ten lines of the table have the seed's labels, order, values and wording."""
    start = lines.index("NCT number       NCT03863002")
    facts = dict(line.split("  ", 1) for line in lines[start : start + len(FACTS)])
    assert list(facts) == list(FACTS)
    assert {label: value.strip() for label, value in facts.items()} == FACTS


def test_summary_and_description_are_the_records(lines):
    """Below the headings are the record's own brief summary and detailed description."""
    assert lines[5].startswith("People whose chronic liver disease suddenly worsens")
    assert lines[lines.index(SECTIONS[1]) + 2].startswith("Participants in the stem cell group receive infusions")


def test_the_design_is_shown_in_words(lines):
    """Allocation, model, masking, purpose, size and interventions, in the registry's wording and not its codes."""
    start, end = lines.index("Study Design"), lines.index(SECTIONS[-1])
    assert [line for line in lines[start + 1 : end] if line] == [
        "Allocation          Randomized",
        "Intervention model  Parallel Assignment",
        "Masking             None (Open Label)",
        "Primary purpose     Treatment",
        "Enrollment          45 participants (estimated)",
        "Interventions       Mesenchymal Stem Cell (Biological)",
    ]


def test_conditions_and_mesh_terms_are_shown(lines):
    """The record's own condition, and the MeSH term that the registry derives from it."""
    start = lines.index(SECTIONS[-1])
    assert lines[start + 2 : start + 4] == [
        "Conditions  Liver Failure, Acute on Chronic",
        "MeSH terms  Acute-On-Chronic Liver Failure",
    ]


def test_the_view_has_the_pages_fields_in_its_order(aclf):
    """`main.trial_summary` has one row per trial, and its columns are in the order of the page."""
    columns = [name for (name,) in aclf.rows("select column_name from (describe trial_summary)")]
    assert columns == [
        *("brief_title", "brief_summary", "detailed_description", "study_design", "conditions", "mesh_terms"),
        *("nct_id", "study_type_label", "lead_sponsor", "contact_name", "contact_phone", "contact_email"),
        *("status_label", "last_known_status_label", "why_stopped", "phase_label"),
        *("start_label", "completion_label", "left_reason", "source_url"),
    ]
    assert aclf.rows("select count(*), count(distinct nct_id) from trial_summary") == [(73, 73)]


def test_the_nine_are_among_the_related(aclf):
    """The seed's nine related trials are in the seed's list, with the statuses, titles and phases that it shows."""
    related = aclf.rows(
        f"select other_nct_id, status_label, phase_label, brief_title from see_also where nct_id = '{SEED}'"
    )
    assert len(related) == 50
    assert {number: tuple(rest) for number, *rest in related if number in SEE_ALSO} == SEE_ALSO


def test_the_page_shows_ten_related_trials_or_the_requested_number(aclf, lines):
    """Related trials have the seed's three columns: ten in their order, or the number of --related, even 0."""
    start = lines.index("See also")
    assert lines[start + 2].split() == ["Status", "Clinical", "Trial", "Phase"]
    ranked = [
        number for (number,) in aclf.rows(f"select other_nct_id from see_also where nct_id = '{SEED}' order by rank")
    ]
    assert [number in line for number, line in zip(ranked, lines[start + 3 :], strict=False)].count(True) == 10
    withdrawn = f"NCT05881668 - {SEE_ALSO['NCT05881668'][2]}  Phase 1"
    assert any(line.startswith("Withdrawn ") and line.endswith(withdrawn) for line in lines)
    every = aclf("show", SEED, "--related", "50").out
    assert all(f"{number} - {title}" in every for number, (_, _, title) in SEE_ALSO.items())
    assert "See also" not in aclf("show", SEED, "--related", "0").out


@pytest.mark.parametrize(
    ("nct_id", "start", "completion"),
    [
        (SEED, "October 1, 2019", "October 1, 2022"),
        ("NCT02650011", "October 2015", "December 2018"),
        ("NCT03882346", "March 29, 2019", "June 2022"),
        ("NCT02457637", "January 2015", None),
    ],
)
def test_dates_are_as_precise_as_the_record(aclf, nct_id, start, completion):
    """A day is `October 1, 2019`, a month is `October 2015`, and a missing date is NULL."""
    assert aclf.rows(DATES.replace("$1", f"'{nct_id}'")) == [(start, completion)]


def test_values_that_cannot_be_read_stay_as_they_are(warehouse):
    """A year alone stays a year; a date or code that this version cannot read is shown as in the record."""
    study = make_study(1, conditions=["Made disease"])
    for path, value in {
        "statusModule.startDateStruct": {"date": "2019"},
        "statusModule.completionDateStruct": {"date": "2019-13-40"},
        "statusModule.overallStatus": "PAUSED_BY_MOON",
        "designModule": {"phases": ["PHASE9"], "studyType": "DREAMT", "designInfo": {"allocation": "BY_TIDE"}},
    }.items():
        study = with_value(study, f"protocolSection.{path}", value)
    warehouse.serve(study)
    warehouse.sync()
    assert warehouse.rows(DATES, "NCT00000001") == [("2019", "2019-13-40")]
    labels = "select status_label, phase_label, study_type_label, study_design from trial_summary"
    assert warehouse.rows(labels) == [("PAUSED_BY_MOON", "PHASE9", "DREAMT", ["Allocation: BY_TIDE"])]


def test_an_unknown_status_comes_with_the_last_known_one(published):
    """The page of a trial with unknown status has the last known status, in the registry's wording."""
    labels = "select status_label, last_known_status_label, phase_label from main.trial_summary where nct_id = $1"
    rows = published.execute(labels, ["NCT90000004"]).fetchall()
    assert rows == [("Unknown status", "Not yet recruiting", "Early Phase 1")]


def test_a_masked_design_names_the_masked_parties(published):
    """The masked parties are named in the registry's wording and order."""
    design = published.execute("select study_design from main.trial_summary where nct_id = 'NCT90000001'").fetchall()
    assert design == [
        (
            [
                "Allocation: Randomized",
                "Intervention model: Parallel Assignment",
                "Masking: Double (Participant, Outcomes Assessor)",
                "Primary purpose: Treatment",
                "Enrollment: 120 participants (estimated)",
                "Interventions: Tidal albumin (Drug); Moon pump (Device); Saline (Drug)",
            ],
        )
    ]
