"""The sample registry finds studies by words and dates, and returns the requested fields."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.sample.answers import answer_request
from extract.sample.fields import keep_selected, load_piece_paths, parse_selection
from tests.support.made_studies import make_contents, make_study

STUDIES = make_contents(
    make_study(1, title="Stem cells", conditions=["Acute-on-Chronic Liver Failure"], updated="2024-01-01"),
    make_study(2, title="Acute liver failure on ICU", conditions=["Chronic disease"], updated="2024-06-30"),
    make_study(3, keywords=["ACLF", "Liver"], meshes=["Hepatic Encephalopathy"], updated="2025-02-28"),
    make_study(4, title="Failure of the liver", ancestors=["Digestive System Diseases"], updated="2026-03-01"),
)


def find_numbers(**query: str) -> list[int]:
    answer = answer_request(STUDIES, f"/api/v2/studies?{urlencode(query)}")
    assert answer.status == 200, answer.body
    ids = [study["protocolSection"]["identificationModule"]["nctId"] for study in orjson.loads(answer.body)["studies"]]
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
    assert find_numbers(**{"query.cond": query}) == studies


def test_a_branch_without_words_is_refused() -> None:
    """An OR with an empty side is refused, because it could mean all studies or none."""
    assert answer_request(STUDIES, "/api/v2/studies?query.cond=ACLF+OR+").status == 400


@pytest.mark.parametrize(
    ("advanced", "studies"),
    [
        ("ALL", [1, 2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[2024-06-30,MAX]", [2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[MIN, 2024-06-30]", [1, 2]),
        ("AREA[LastUpdatePostDate]RANGE[2024-06-30,2024-06-30]", [2]),
        ("AREA[LastUpdatePostDate]RANGE[MIN,MAX]", [1, 2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[2027-01-01,MAX]", []),
        ("(ALL) AND AREA[LastUpdatePostDate]RANGE[2024-06-30,MAX]", [2, 3, 4]),
        ("AREA[LastUpdatePostDate]RANGE[2024-06-30,MAX] AND AREA[LastUpdatePostDate]RANGE[MIN,2024-06-30]", [2]),
    ],
)
def test_an_update_range_contains_both_ends(advanced: str, studies: list[int]) -> None:
    """`filter.advanced` finds the studies whose last update was posted between two dates, both included."""
    assert find_numbers(**{"filter.advanced": advanced}) == studies


def test_a_study_without_an_update_date_is_in_no_range() -> None:
    """No range of dates finds a study that has no last update date."""
    undated = make_study(1)
    del undated["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]
    query = "filter.advanced=AREA[LastUpdatePostDate]RANGE[MIN,MAX]"
    body = answer_request(make_contents(undated), f"/api/v2/studies?{query}").body
    assert orjson.loads(body)["studies"] == []


def test_all_conditions_of_a_listing_must_hold() -> None:
    """Search, ids and dates narrow the result together, and the total counts the studies that are left."""
    query = {"query.cond": "liver", "filter.ids": "NCT2,NCT3", "filter.advanced": "ALL"}
    assert find_numbers(**query) == [2, 3]
    query["filter.advanced"] = "AREA[LastUpdatePostDate]RANGE[2025-01-01,MAX]"
    assert find_numbers(**query) == [3]
    body = answer_request(STUDIES, f"/api/v2/studies?{urlencode({**query, 'countTotal': 'true'})}").body
    assert orjson.loads(body)["totalCount"] == 1


def fetch_fields(study: dict[str, Any], fields: str) -> Any:
    return orjson.loads(
        answer_request(make_contents(study), f"/api/v2/studies/NCT1?{urlencode({'fields': fields})}").body
    )


def test_a_projection_holds_only_the_requested_fields() -> None:
    """Piece names in a list with pipes or commas return their leaves, nested as in the whole record."""
    expected = {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT00000001"},
            "statusModule": {"lastUpdatePostDateStruct": {"date": "2024-01-31"}},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-10"}},
    }
    assert fetch_fields(make_study(1), "NCTId|LastUpdatePostDate,VersionHolder") == expected


def test_a_false_value_is_projected() -> None:
    """`HasResults` is present even if it is false."""
    assert fetch_fields(make_study(1), "HasResults") == {"hasResults": False}


@pytest.mark.parametrize(
    "name", ["ProtocolSection", "protocolSection", "NCTId|protocolSection", "ProtocolSection,NCTId"]
)
def test_a_branch_takes_everything_below_it(name: str) -> None:
    """A section or module, by name or path, is complete, even if the list also names a part of it."""
    study = make_study(1)
    assert fetch_fields(study, name) == {"protocolSection": study["protocolSection"]}


def test_a_projection_reaches_into_lists() -> None:
    """A leaf inside a list keeps the list and drops the neighbours of the leaf."""
    study = make_study(1, meshes=["Liver Failure"], conditions=["ACLF"])
    study["derivedSection"]["conditionBrowseModule"]["meshes"][0]["id"] = "D017093"
    assert fetch_fields(study, "ConditionMeshTerm|Condition") == {
        "protocolSection": {"conditionsModule": {"conditions": ["ACLF"]}},
        "derivedSection": {"conditionBrowseModule": {"meshes": [{"term": "Liver Failure"}]}},
    }


def test_a_study_without_the_field_is_an_empty_object() -> None:
    """A study without the requested fields is still listed, as an empty object."""
    assert fetch_fields(make_study(1), "Acronym") == {}


@given(names=st.lists(st.sampled_from(sorted(load_piece_paths())), min_size=1, max_size=6))
def test_a_second_projection_changes_nothing(names: list[str]) -> None:
    """A projection holds all that its own fields ask for, in the record's order."""
    study = make_study(1, keywords=["ACLF"], meshes=["Liver Failure"], ancestors=["Liver Diseases"])
    chosen = parse_selection("|".join(names))
    once = keep_selected(study, chosen)
    assert keep_selected(once, chosen) == once
    assert once is None or list(once) == [key for key in study if key in once]


def test_every_branch_of_the_data_model_is_a_piece() -> None:
    """The table of pieces names no path twice, and holds the branch of every path."""
    paths = list(load_piece_paths().values())
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
def test_a_piece_has_its_path(piece: str, path: str) -> None:
    """The piece names that clients use have the paths of the registry's data model."""
    assert load_piece_paths()[piece] == path


def test_a_line_that_is_not_a_study_is_named() -> None:
    """Loading stops at a line without an NCT number, and the message names the line."""
    with pytest.raises(ValueError, match="Line 2 is not a study with an NCT number"):
        type(STUDIES).from_ndjson(
            b'{"protocolSection":{"identificationModule":{"nctId":"NCT00000001"}}}\n[]\n', data_timestamp="x"
        )


def test_a_later_line_replaces_an_earlier_one() -> None:
    """Of two lines with one id, the later one is served at the position of the earlier one."""
    contents = make_contents(make_study(1, title="old"), make_study(2), make_study(1, title="new"))
    assert len(contents) == 2
    assert b'"new"' in contents.get_study("NCT00000001")
