"""The sample registry's records keep the known facts of their trials, and invented values can be recognised."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.folders import ROOT, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

Study = dict[str, Any]
Night = dict[str, Study]

SAMPLE = ROOT / "extract" / "sample" / "data"
KNOWN_TRIALS = SHARED / "aclf_trials.tsv"
SEARCH = "acute on chronic liver failure|acute on chronic hepatic failure|acute on chronic hepatitis|aclf"
STATUSES = {"ACTIVE_NOT_RECRUITING", "COMPLETED", "NOT_YET_RECRUITING", "RECRUITING"}
STATUSES |= {"SUSPENDED", "TERMINATED", "UNKNOWN", "WITHDRAWN"}
PHASES = {"NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4"}
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

CHANGES = {
    "NCT00614146": "conditionsModule.keywords statusModule.lastUpdatePostDateStruct statusModule.lastUpdateSubmitDate",
    "NCT03863002": "statusModule.lastKnownStatus statusModule.overallStatus",
    "NCT05985863": "identificationModule.nctIdAliases",
    "NCT05989958": "armsInterventionsModule.armGroups armsInterventionsModule.interventions"
    " designModule.enrollmentInfo designModule.phases"
    " identificationModule.briefTitle statusModule.lastUpdatePostDateStruct"
    " statusModule.lastUpdateSubmitDate statusModule.statusVerifiedDate",
}


def get_value(study: Study, path: str) -> Any:
    """Return the value at a path below `protocolSection`, through lists; None where there is no value."""
    value: Any = study["protocolSection"]
    for key in path.split("."):
        value = [item[key] for item in value] if isinstance(value, list) else value.get(key, {})
    return None if value == {} else value


def find_leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is neither an object nor a list, with its nearest key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from find_leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from find_leaves(item, key)
    else:
        yield key, value


THIRD_CHANGES = {
    # What else is different, as module and key.
    "NCT02669680": "statusModule.primaryCompletionDateStruct statusModule.resultsFirstSubmitDate "
    "statusModule.resultsFirstSubmitQcDate statusModule.resultsFirstPostDateStruct",
    "NCT04613921": "contactsLocationsModule.locations",
    "NCT04975490": "statusModule.primaryCompletionDateStruct statusModule.completionDateStruct",
    "NCT06890039": "statusModule.overallStatus statusModule.startDateStruct",
}


def read_night(night: str) -> tuple[str, Night]:
    """Return the text of one night's file, and its studies by NCT number in the file's order."""
    text = (SAMPLE / f"{night}_night.ndjson").read_text("utf-8")
    studies = (json.loads(line) for line in text.split("\n")[:-1])
    return text, {get_value(study, "identificationModule.nctId"): study for study in studies}


@pytest.fixture(scope="module")
def first() -> Night:
    """Return the studies of the first night."""
    return read_night("first")[1]


@pytest.fixture(scope="module")
def second() -> Night:
    """Return the studies that are new or different on the second night."""
    return read_night("second")[1]


@pytest.fixture(scope="module")
def third() -> Night:
    """Return the studies that are different on the third night."""
    return read_night("third")[1]


@pytest.fixture(scope="module")
def every(first: Night, second: Night, third: Night) -> list[Study]:
    """Return every record of all files."""
    return [*first.values(), *second.values(), *third.values()]


def is_found_by_search(study: Study) -> bool:
    """Return whether a phrase of the shipped search is in a title, condition, keyword or MeSH term."""
    meshes = study["derivedSection"].get("conditionBrowseModule", {}).get("meshes", [])
    lists = [get_value(study, f"conditionsModule.{name}") or [] for name in ("conditions", "keywords")]
    titles = [get_value(study, f"identificationModule.{name}") or "" for name in ("briefTitle", "officialTitle")]
    texts = [*titles, *lists[0], *lists[1], *(mesh["term"] for mesh in meshes)]
    words = [" ".join(re.findall(r"[^\W_]+", text.casefold())) for text in texts]
    return any(re.search(rf"\b({SEARCH})\b", text) for text in words)


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


@pytest.mark.parametrize("night", ["first", "second", "third"])
def test_records_are_compact_unique_and_sorted(night: str) -> None:
    """Each line is one compact study, and the NCT numbers rise from line to line."""
    text, studies = read_night(night)
    compact = [json.dumps(s, ensure_ascii=False, separators=(",", ":")) for s in studies.values()]
    assert text == "".join(f"{line}\n" for line in compact)
    assert list(studies) == sorted(studies)
    assert [number for number in studies if not re.fullmatch(r"NCT\d{8}", number)] == []


def test_keys_are_omitted_rather_than_empty(every: list[Study]) -> None:
    """As in the registry, a key never holds null or empty text. The files hold no night's date."""
    found = [(key, value) for study in every for key, value in find_leaves(study)]
    assert [key for key, value in found if value is None or value == ""] == []
    assert "versionHolder" not in {key for key, _ in found}


def test_contacts_can_be_recognised_as_invented(every: list[Study]) -> None:
    """Every e-mail address ends in @example.org, and every phone number has the invented form."""
    texts = [value for study in every for _, value in find_leaves(study) if isinstance(value, str)]
    addresses = [word for text in texts for word in text.split() if "@" in word]
    phones = [value for study in every for key, value in find_leaves(study) if key == "phone"]
    phones += [number for text in texts for number in re.findall(r"\+\d[\d ()-]{6,}", text)]
    assert min(len(addresses), len(phones)) > 0
    assert [address for address in addresses if not address.endswith("@example.org")] == []
    assert [phone for phone in phones if not re.fullmatch(r"\+00 000 55501\d\d", phone)] == []


def test_codes_are_known(every: list[Study]) -> None:
    """Statuses, phases and types are the registry's codes; only an unknown status has a last known status."""
    for study in every:
        status = get_value(study, "statusModule.overallStatus")
        assert status in STATUSES
        assert (get_value(study, "statusModule.lastKnownStatus") in STATUSES) == (status == "UNKNOWN")
        assert set(get_value(study, "designModule.phases") or ["NA"]) <= PHASES
        assert get_value(study, "designModule.studyType") in {"INTERVENTIONAL", "OBSERVATIONAL"}


def test_record_keeping_dates_are_in_order(every: list[Study]) -> None:
    """A record is submitted, checked, posted and last updated in that order, by the third night."""
    for study in every:
        status = get_value(study, "statusModule")
        first_posted, updated = (status[f"{n}PostDateStruct"]["date"] for n in ("studyFirst", "lastUpdate"))
        dates = [status["studyFirstSubmitDate"], status["studyFirstSubmitQcDate"], first_posted, updated]
        assert [*dates, "2026-09-12"] == sorted([*dates, "2026-09-12"])
        assert status["studyFirstSubmitDate"] <= status["lastUpdateSubmitDate"] <= updated


def test_every_summary_says_that_it_is_a_sample(every: list[Study]) -> None:
    """Each summary ends with a sentence that its wording is not the registry's."""
    end = "Sample record of aclf-trials; the wording is not the registry's."
    assert [s for s in every if not get_value(s, "descriptionModule.briefSummary").endswith(f". {end}")] == []


def test_posted_results_agree_with_the_flag(every: list[Study]) -> None:
    """`hasResults` is always present, and true only where results are known, or staged on the third night."""
    assert {get_value(s, "identificationModule.nctId") for s in every if s["hasResults"]} == {
        "NCT02457637",
        "NCT02669680",
    }
    assert all(("resultsSection" in study) == study["hasResults"] for study in every)


def test_the_first_night_is_found_by_the_search(first: Night) -> None:
    """All 73 studies of the first night match the search of the shipped condition set."""
    assert len(first) == 73
    assert [number for number, study in first.items() if not is_found_by_search(study)] == []


def test_one_trial_leaves_the_search_on_the_second_night(second: Night) -> None:
    """NCT00614146 no longer matches; every other study of the second night does."""
    assert [n for n, study in second.items() if not is_found_by_search(study)] == ["NCT00614146"]


def test_the_nights_are_as_the_readme_says() -> None:
    """The data timestamps of the three nights and the one merge are those of the README; no trial is gone."""
    nights = tomllib.loads((SAMPLE / "nights.toml").read_text("utf-8"))
    merged = {"NCT09900001": "NCT05985863"}
    assert nights == {
        "first": {"data_timestamp": "2026-09-10T09:00:04"},
        "second": {"data_timestamp": "2026-09-11T09:00:04", "gone": [], "merged": merged},
        "third": {"data_timestamp": "2026-09-12T09:00:04"},
    }


def test_the_second_night_changes_what_the_readme_says(first: Night, second: Night) -> None:
    """One study is new, four differ only in the expected fields, and the merged one is listed as an alias."""
    assert second.keys() == {*CHANGES, "NCT07329036"}
    assert second.keys() - first.keys() == {"NCT07329036"}
    for number, changed_paths in CHANGES.items():
        paths = changed_paths.split()
        assert [path for path in paths if get_value(first[number], path) == get_value(second[number], path)] == []
        assert remove_values(first[number], paths) == remove_values(second[number], paths)
    assert "NCT09900001" in first
    assert get_value(second["NCT05985863"], "identificationModule.nctIdAliases") == ["NCT09900001"]


def test_the_third_night_changes_what_the_readme_says(first: Night, third: Night) -> None:
    """Four studies differ, each in its own thing beside the dates of the update."""
    keeping = "statusModule.statusVerifiedDate statusModule.lastUpdateSubmitDate statusModule.lastUpdatePostDateStruct"
    for number, changed_paths in THIRD_CHANGES.items():
        paths = f"{keeping} {changed_paths}".split()
        assert [path for path in paths if get_value(first[number], path) == get_value(third[number], path)] == []
        parts = [remove_values(night[number], paths)["protocolSection"] for night in (first, third)]
        assert parts[0] == parts[1]
    assert third.keys() == THIRD_CHANGES.keys()
    assert [number for number in third if third[number]["hasResults"]] == ["NCT02669680"]


def remove_values(study: Study, paths: list[str]) -> Study:
    """Return a copy of the study without the values at the paths, each a module and a key of it."""
    copy: Study = json.loads(json.dumps(study))
    for module, key in (path.split(".") for path in paths):
        copy["protocolSection"][module].pop(key, None)
    return copy


def test_changed_studies_show_their_later_version(second: Night) -> None:
    """The second night's values are those of the trials' later versions."""
    assert get_value(second["NCT03863002"], "statusModule.overallStatus") == "UNKNOWN"
    assert get_value(second["NCT03863002"], "statusModule.lastKnownStatus") == "NOT_YET_RECRUITING"
    later = second["NCT05989958"]
    assert get_value(later, "identificationModule.briefTitle").startswith("The Safety ,Tolerability and Efficacy")
    assert get_value(later, "designModule.phases") == ["PHASE1", "PHASE2"]
    assert get_value(later, "designModule.enrollmentInfo") == {"count": 92, "type": "ESTIMATED"}
    assert get_value(later, "armsInterventionsModule.interventions.name") == ["HepaCure", "DPMAS and LPE"]
    assert get_value(later, "statusModule.lastUpdatePostDateStruct.date") == "2025-02-18"


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
