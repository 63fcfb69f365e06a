"""Studies that differ in all that the report filters, searches, compares and draws; some of their texts are hostile."""

from __future__ import annotations

from typing import Any

from tests.support.warehouses import make_member_study, with_value

HOSTILE_TITLE = "<script>window.hit = 1</script> & <img src=x onerror='window.hit = 1'> \u202egnihton"
HOSTILE_CRITERION = "Bilirubin > 5 mg/dL </script><script>window.hit = 1</script> \u202edne"
FORMULA = '=HYPERLINK("http://example.org", "a sponsor")'
HOSTILE_SUMMARY = "One line.\n\nER  - \nTY  - JOUR\nTI  - A forged entry"

BERLIN = {"city": "Berlin", "country": "Germany", "geoPoint": {"lat": 52.52, "lon": 13.41}}
VIENNA = {"city": "Vienna", "country": "Austria", "geoPoint": {"lat": 48.21, "lon": 16.37}}
BEIJING = {"city": "Beijing", "country": "China", "geoPoint": {"lat": 39.9, "lon": 116.4}}
NOWHERE = {"city": "Nowhere", "country": "India"}

TWO_SETS = {
    "made": 'name = "made"\ntitle = "Made disease"\nsearch = "\\"made disease\\""\nrules = ["aclf"]\n',
    "other": 'name = "other"\ntitle = "Other disease"\nsearch = "\\"other disease\\""\nrules = ["aclf"]\n',
}
"""The files of two condition sets, by their names."""

_PARTS = {
    "status": "protocolSection.statusModule.overallStatus",
    "start": "protocolSection.statusModule.startDateStruct",
    "sponsor": "protocolSection.sponsorCollaboratorsModule.leadSponsor",
    "design": "protocolSection.designModule",
    "interventions": "protocolSection.armsInterventionsModule.interventions",
    "outcomes": "protocolSection.outcomesModule",
    "eligibility": "protocolSection.eligibilityModule",
    "sites": "protocolSection.contactsLocationsModule.locations",
    "summary": "protocolSection.descriptionModule.briefSummary",
    "results": "hasResults",
}


def make_report_study(number: int, title: str, **parts: Any) -> dict[str, Any]:
    """Make a study; the parts are the keys of `_PARTS`, and `conditions`."""
    known = {"conditions": parts.pop("conditions")} if "conditions" in parts else {}
    study = make_member_study(number, title=title, **known)
    for name, value in parts.items():
        study = with_value(study, _PARTS[name], value)
    return study


def _design(phases: list[str], count: int) -> dict[str, Any]:
    enrolled = {"count": count, "type": "ESTIMATED"}
    return {"studyType": "INTERVENTIONAL", "phases": phases, "enrollmentInfo": enrolled}


def _primary(measure: str, frame: str, *secondary: str) -> dict[str, Any]:
    outcomes: dict[str, Any] = {"primaryOutcomes": [{"measure": measure, "timeFrame": frame}]}
    return outcomes | ({"secondaryOutcomes": [{"measure": each} for each in secondary]} if secondary else {})


def _criteria(inclusion: str, exclusion: str, youngest: str = "18 Years") -> dict[str, Any]:
    text = f"Inclusion Criteria:\n\n* {inclusion}\n\nExclusion Criteria:\n\n* {exclusion}"
    return {"eligibilityCriteria": text, "minimumAge": youngest, "maximumAge": "70 Years", "sex": "ALL"}


STUDIES = [
    make_report_study(
        1,
        "Plasma exchange in liver failure",
        start={"date": "2026-01-05", "type": "ESTIMATED"},
        sponsor={"name": "Hôpital Général", "class": "OTHER"},
        design=_design(["PHASE2"], 40),
        interventions=[{"type": "PROCEDURE", "name": "Plasma exchange"}],
        outcomes=_primary("28-day mortality", "28 days", "Change in MELD score"),
        eligibility=_criteria("MELD score above 20", "Pregnancy or lactation"),
        sites=[BERLIN, VIENNA],
    ),
    make_report_study(
        2,
        "G-CSF for acute-on-chronic liver failure",
        status="COMPLETED",
        start={"date": "2021-03", "type": "ACTUAL"},
        sponsor={"name": "Firm Inc.", "class": "INDUSTRY"},
        design=_design(["PHASE3"], 200),
        interventions=[{"type": "DRUG", "name": "G-CSF"}],
        outcomes=_primary("Overall survival", "90 days"),
        eligibility=_criteria("Age 18 to 70 years", "MELD score above 35"),
        sites=[BEIJING],
        results=True,
    ),
    make_report_study(
        3,
        "G-CSF and albumin",
        start={"date": "2024-05-02", "type": "ACTUAL"},
        sponsor={"name": "Firm Inc.", "class": "INDUSTRY"},
        design=_design(["PHASE2"], 60),
        interventions=[{"type": "DRUG", "name": "G-CSF"}, {"type": "DRUG", "name": "Albumin"}],
        outcomes=_primary("Serious adverse events", "3 months"),
        eligibility=_criteria("ACLF grade 1 to 3", "Pregnancy"),
        sites=[BEIJING, BERLIN],
        conditions=["Made disease", "Other disease"],
    ),
    make_report_study(4, "An observational study", status="TERMINATED", design={"studyType": "OBSERVATIONAL"}),
    make_report_study(
        5,
        HOSTILE_TITLE,
        start={"date": "2019", "type": "ACTUAL"},
        sponsor={"name": FORMULA, "class": "INDIV"},
        eligibility=_criteria(HOSTILE_CRITERION, "None"),
        sites=[NOWHERE],
        summary=HOSTILE_SUMMARY,
    ),
]
