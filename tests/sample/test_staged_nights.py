"""The sample's nights differ in what its README says, and in nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from tests.support.sample_records import SAMPLE, get_value

if TYPE_CHECKING:
    from tests.support.sample_records import Night, Study

SEARCH = "acute on chronic liver failure|acute on chronic hepatic failure|acute on chronic hepatitis|aclf"

CHANGES = {
    "NCT00614146": "conditionsModule.keywords statusModule.lastUpdatePostDateStruct statusModule.lastUpdateSubmitDate",
    "NCT03863002": "statusModule.lastKnownStatus statusModule.overallStatus",
    "NCT05985863": "identificationModule.nctIdAliases",
    "NCT05989958": "armsInterventionsModule.armGroups armsInterventionsModule.interventions"
    " designModule.enrollmentInfo designModule.phases"
    " identificationModule.briefTitle statusModule.lastUpdatePostDateStruct"
    " statusModule.lastUpdateSubmitDate statusModule.statusVerifiedDate",
}

THIRD_CHANGES = {
    # What else is different, as module and key.
    "NCT02669680": "statusModule.primaryCompletionDateStruct statusModule.resultsFirstSubmitDate "
    "statusModule.resultsFirstSubmitQcDate statusModule.resultsFirstPostDateStruct",
    "NCT04613921": "contactsLocationsModule.locations",
    "NCT04975490": "statusModule.primaryCompletionDateStruct statusModule.completionDateStruct",
    "NCT06890039": "statusModule.overallStatus statusModule.startDateStruct",
}


def is_found_by_search(study: Study) -> bool:
    """Return whether a phrase of the shipped search is in a title, condition, keyword or MeSH term."""
    meshes = study["derivedSection"].get("conditionBrowseModule", {}).get("meshes", [])
    lists = [get_value(study, f"conditionsModule.{name}") or [] for name in ("conditions", "keywords")]
    titles = [get_value(study, f"identificationModule.{name}") or "" for name in ("briefTitle", "officialTitle")]
    texts = [*titles, *lists[0], *lists[1], *(mesh["term"] for mesh in meshes)]
    words = [" ".join(re.findall(r"[^\W_]+", text.casefold())) for text in texts]
    return any(re.search(rf"\b({SEARCH})\b", text) for text in words)


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
