"""The sample registry finds studies by words and dates, and gives the fields that were asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.sample.answers import answer
from extract.sample.fields import paths_of_pieces, prune, selection
from tests.support.made_studies import made_contents, made_study

STUDIES = made_contents(
    made_study(1, title="Stem cells", conditions=["Acute-on-Chronic Liver Failure"], updated="2024-01-01"),
    made_study(2, title="Acute liver failure on ICU", conditions=["Chronic disease"], updated="2024-06-30"),
    made_study(3, keywords=["ACLF", "Liver"], meshes=["Hepatic Encephalopathy"], updated="2025-02-28"),
    made_study(4, title="Failure of the liver", ancestors=["Digestive System Diseases"], updated="2026-03-01"),
)


def found(**query: str) -> list[int]:
    given_answer = answer(STUDIES, f"/api/v2/studies?{urlencode(query)}")
    assert given_answer.status == 200, given_answer.body
    ids = [
        study["protocolSection"]["identificationModule"]["nctId"]
        for study in orjson.loads(given_answer.body)["studies"]
    ]
    return [int(nct_id.removeprefix("NCT")) for nct_id in ids]


@pytest.mark.parametrize(
    ("query", "studies"),
    [
        ('"acute-on-chronic liver failure"', [1]),
        ('"ACUTE ON CHRONIC LIVER FAILURE"', [1]),
        ("acute-on-chronic", [1]),
        ("acute on chronic liver failure", [1, 2]),
        ("liver failure", [1, 2, 4]),
        ("acute AND failure", [1, 2]),
        ("aclf", [3]),
        ("acl", []),
        ("ACLF OR stem", [1, 3]),
        ('"liver failure" OR "hepatic encephalopathy"', [1, 2, 3]),
        ("digestive", [4]),
        ('"ACLF liver"', []),
        ("  ", [1, 2, 3, 4]),
        ("zzqxnotacondition987654", []),
    ],
)
def test_a_condition_is_searched_by_its_words(query: str, studies: list[int]) -> None:
    """Words and phrases are found in conditions, titles, keywords and MeSH terms, in any case."""
    assert found(**{"query.cond": query}) == studies


def test_a_branch_without_words_is_refused() -> None:
    """An OR with nothing on one side is refused, for it could mean all studies or none."""
    assert answer(STUDIES, "/api/v2/studies?query.cond=ACLF+OR+").status == 400


@pytest.mark.parametrize(
    ("advanced", "studies"),
    [
        ("ALL", [1, 2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[2024-06-30,MAX]", [2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[MIN, 2024-06-30]", [1, 2]),
        ("AREA[LastUpdatePostDate]RANGE[2024-06-30,2024-06-30]", [2]),
        ("AREA[LastUpdatePostDate]RANGE[MIN,MAX]", [1, 2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[2027-01-01,MAX]", []),
    ],
)
def test_an_update_range_holds_both_its_ends(advanced: str, studies: list[int]) -> None:
    """`filter.advanced` finds the studies whose last update was posted between two dates, both included."""
    assert found(**{"filter.advanced": advanced}) == studies


def test_a_study_without_an_update_date_is_in_no_range() -> None:
    """A study that has no last update date is not found by any range of dates."""
    undated = made_study(1)
    del undated["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]
    query = "filter.advanced=AREA[LastUpdatePostDate]RANGE[MIN,MAX]"
    body = answer(made_contents(undated), f"/api/v2/studies?{query}").body
    assert orjson.loads(body)["studies"] == []


def test_all_conditions_of_a_listing_must_hold() -> None:
    """Search, ids and dates narrow each other, and the total counts what is left."""
    query = {"query.cond": "liver", "filter.ids": "NCT2,NCT3", "filter.advanced": "ALL"}
    assert found(**query) == [2, 3]
    query["filter.advanced"] = "AREA[LastUpdatePostDate]RANGE[2025-01-01,MAX]"
    assert found(**query) == [3]
    body = answer(STUDIES, f"/api/v2/studies?{urlencode({**query, 'countTotal': 'true'})}").body
    assert orjson.loads(body)["totalCount"] == 1


def projected(study: dict[str, Any], fields: str) -> Any:
    return orjson.loads(answer(made_contents(study), f"/api/v2/studies/NCT1?{urlencode({'fields': fields})}").body)


def test_a_projection_holds_what_was_asked_for_and_nothing_else() -> None:
    """Piece names in a pipe or comma list give their leaves, nested as in the whole record."""
    expected = {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT00000001"},
            "statusModule": {"lastUpdatePostDateStruct": {"date": "2024-01-31"}},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-10"}},
    }
    assert projected(made_study(1), "NCTId|LastUpdatePostDate,VersionHolder") == expected


def test_a_false_value_is_projected() -> None:
    """`HasResults` is there when it is false."""
    assert projected(made_study(1), "HasResults") == {"hasResults": False}


@pytest.mark.parametrize(
    "name", ["ProtocolSection", "protocolSection", "NCTId|protocolSection", "ProtocolSection,NCTId"]
)
def test_a_branch_takes_all_below_it(name: str) -> None:
    """A section or module, by name or path, is given whole, whatever else is named beside it."""
    study = made_study(1)
    assert projected(study, name) == {"protocolSection": study["protocolSection"]}


def test_a_projection_reaches_into_lists() -> None:
    """A leaf inside a list keeps the list and drops what stands beside the leaf."""
    study = made_study(1, meshes=["Liver Failure"], conditions=["ACLF"])
    study["derivedSection"]["conditionBrowseModule"]["meshes"][0]["id"] = "D017093"
    assert projected(study, "ConditionMeshTerm|Condition") == {
        "protocolSection": {"conditionsModule": {"conditions": ["ACLF"]}},
        "derivedSection": {"conditionBrowseModule": {"meshes": [{"term": "Liver Failure"}]}},
    }


def test_a_study_without_the_field_is_an_empty_object() -> None:
    """A study that has nothing of what was asked for is still listed, as an empty object."""
    assert projected(made_study(1), "Acronym") == {}


@given(names=st.lists(st.sampled_from(sorted(paths_of_pieces())), min_size=1, max_size=6))
def test_projecting_twice_is_projecting_once(names: list[str]) -> None:
    """A projection holds all that its own fields ask for, in the record's order."""
    study = made_study(1, keywords=["ACLF"], meshes=["Liver Failure"], ancestors=["Liver Diseases"])
    chosen = selection("|".join(names))
    once = prune(study, chosen)
    assert prune(once, chosen) == once
    assert once is None or list(once) == [key for key in study if key in once]


def test_every_path_of_the_data_model_hangs_on_another() -> None:
    """The table of pieces names no path twice, and every path's branch is in it."""
    paths = list(paths_of_pieces().values())
    assert len(set(paths)) == len(paths)
    assert {path.rpartition(".")[0] for path in paths} - {""} <= set(paths)


@pytest.mark.parametrize(
    ("piece", "path"),
    [
        ("NCTId", "protocolSection.identificationModule.nctId"),
        ("OverallStatus", "protocolSection.statusModule.overallStatus"),
        ("LastUpdatePostDate", "protocolSection.statusModule.lastUpdatePostDateStruct.date"),
        ("BriefTitle", "protocolSection.identificationModule.briefTitle"),
        ("VersionHolder", "derivedSection.miscInfoModule.versionHolder"),
        ("LocationCountry", "protocolSection.contactsLocationsModule.locations.country"),
        ("HasResults", "hasResults"),
    ],
)
def test_a_piece_stands_for_its_path(piece: str, path: str) -> None:
    """The piece names that clients use stand for the paths of the registry's data model."""
    assert paths_of_pieces()[piece] == path


def test_a_line_that_is_no_study_is_named() -> None:
    """Loading stops at a line without an NCT number and says which it is."""
    with pytest.raises(ValueError, match="Line 2 is not a study with an NCT number"):
        type(STUDIES).from_ndjson(
            b'{"protocolSection":{"identificationModule":{"nctId":"NCT00000001"}}}\n[]\n', data_timestamp="x"
        )


def test_a_later_line_replaces_an_earlier_one() -> None:
    """Of two lines with one id the later one is served, in the earlier one's place."""
    contents = made_contents(made_study(1, title="old"), made_study(2), made_study(1, title="new"))
    assert len(contents) == 2
    assert b'"new"' in contents.study("NCT00000001")
