"""A change of a record is one row: of a leaf, or of one element that came or went, wherever it stands."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.diff.compare import Change, compare_records

if TYPE_CHECKING:
    from collections.abc import Iterator

ARMS = "protocolSection.armsInterventionsModule.armGroups[]"
SITES = "protocolSection.contactsLocationsModule.locations[]"
OUTCOMES = "protocolSection.outcomesModule.primaryOutcomes[]"
KEYWORDS = "protocolSection.conditionsModule.keywords[]"

BEIJING = {"facility": "Beijing 302 Hospital", "status": "RECRUITING", "city": "Beijing", "country": "China"}
SHANGHAI = {"facility": "Shanghai Public Health Center", "city": "Shanghai", "country": "China"}
DELHI = {"facility": "Institute of Liver Sciences", "city": "New Delhi", "country": "India"}


def record(path: str, value: Any) -> dict[str, Any]:
    """A record that has this value at a path, and nothing else."""
    for key in reversed(path.removesuffix("[]").split(".")):
        value = {key: value}
    return value


def test_a_leaf_that_changes_comes_or_goes_is_one_row() -> None:
    """Texts stand as they are, numbers and booleans as JSON; the rows come in the field tree's order."""
    old = {
        "hasResults": False,
        "protocolSection": {
            "designModule": {"enrollmentInfo": {"count": 12, "type": "ESTIMATED"}},
            "statusModule": {"whyStopped": "No\nfunds", "overallStatus": "RECRUITING"},
        },
    }
    new = {
        "protocolSection": {
            "statusModule": {"overallStatus": "UNKNOWN", "lastKnownStatus": "RECRUITING"},
            "designModule": {"enrollmentInfo": {"type": "ESTIMATED", "count": 92}},
        },
        "hasResults": True,
    }
    assert compare_records(old, new) == [
        Change("protocolSection.statusModule.overallStatus", None, "changed", "RECRUITING", "UNKNOWN"),
        Change("protocolSection.statusModule.lastKnownStatus", None, "added", None, "RECRUITING"),
        Change("protocolSection.statusModule.whyStopped", None, "removed", "No\nfunds", None),
        Change("protocolSection.designModule.enrollmentInfo.count", None, "changed", "12", "92"),
        Change("hasResults", None, "changed", "false", "true"),
    ]


def test_an_object_that_appears_is_a_row_for_each_leaf() -> None:
    """Outside of lists a new module is its leaves; the elements of a list in it are a row each."""
    module = {"phases": ["PHASE1", "PHASE2"], "enrollmentInfo": {"count": 3}, "studyType": "INTERVENTIONAL"}
    new = record("protocolSection.designModule", module)
    expected = [
        Change("protocolSection.designModule.studyType", None, "added", None, "INTERVENTIONAL"),
        Change("protocolSection.designModule.phases[]", None, "added", None, "PHASE1"),
        Change("protocolSection.designModule.phases[]", None, "added", None, "PHASE2"),
        Change("protocolSection.designModule.enrollmentInfo.count", None, "added", None, "3"),
    ]
    assert compare_records({}, new) == expected
    assert compare_records(new, {}) == [Change(row.path, None, "removed", row.new_value, None) for row in expected]


def test_a_site_that_comes_is_one_row_and_one_that_changes_another() -> None:
    """Sites are matched by facility and city, not by place; the whole of a new one is its JSON."""
    old = record(SITES, [BEIJING, SHANGHAI])
    new = record(SITES, [DELHI, {**BEIJING, "status": "COMPLETED"}, SHANGHAI])
    whole = '{"facility":"Institute of Liver Sciences","city":"New Delhi","country":"India"}'
    assert compare_records(old, new) == [
        Change(f"{SITES}.status", "Beijing 302 Hospital, Beijing", "changed", "RECRUITING", "COMPLETED"),
        Change(SITES, "Institute of Liver Sciences, New Delhi", "added", None, whole),
    ]
    assert compare_records(new, old) == [
        Change(SITES, "Institute of Liver Sciences, New Delhi", "removed", whole, None),
        Change(f"{SITES}.status", "Beijing 302 Hospital, Beijing", "changed", "COMPLETED", "RECRUITING"),
    ]


def test_nested_elements_are_named_from_the_outermost_inwards() -> None:
    """A measurement lies in an outcome, a class, a category and a group; what is alone and untitled is passed over."""
    path = "resultsSection.outcomeMeasuresModule.outcomeMeasures[]"

    def outcome(value: str) -> dict[str, Any]:
        measurements = [{"groupId": "OG000", "value": value}, {"groupId": "OG001", "value": "4"}]
        return {
            "type": "PRIMARY",
            "title": "Survival",
            "classes": [
                {"title": "Day 28", "categories": [{"measurements": measurements}]},
                {"title": "Day 90", "categories": [{"measurements": [{"groupId": "OG000", "value": "2"}]}]},
            ],
        }

    assert compare_records(record(path, [outcome("7")]), record(path, [outcome("8")])) == [
        Change(f"{path}.classes[].categories[].measurements[].value", "Survival › Day 28 › OG000", "changed", "7", "8")
    ]


def test_a_text_in_a_list_of_an_element_belongs_to_the_element() -> None:
    """Another name of an intervention has no identity of its own."""
    path = "protocolSection.armsInterventionsModule.interventions[]"
    drug = {"type": "DRUG", "name": "Rifaximin", "otherNames": ["Xifaxan"]}
    other = {"type": "DRUG", "name": "Albumin"}
    old, new = record(path, [drug, other]), record(path, [{**drug, "otherNames": ["Xifaxan", "Targaxan"]}, other])
    assert compare_records(old, new) == [Change(f"{path}.otherNames[]", "Rifaximin", "added", None, "Targaxan")]


def test_texts_of_a_list_that_are_left_over_are_paired_in_order() -> None:
    """A keyword that is written otherwise is changed; what has no counterpart came or went."""
    old = record(KEYWORDS, ["ACLF", "liver", "albumin"])
    new = record(KEYWORDS, ["liver failure", "albumin", "G-CSF", "ALF"])
    assert compare_records(old, new) == [
        Change(KEYWORDS, None, "changed", "ACLF", "liver failure"),
        Change(KEYWORDS, None, "changed", "liver", "G-CSF"),
        Change(KEYWORDS, None, "added", None, "ALF"),
    ]


def test_another_order_is_one_row_that_shows_what_moved() -> None:
    """Of a list in another order, the stretch from the first to the last element that stands elsewhere is shown."""
    old = record(SITES, [DELHI, BEIJING, SHANGHAI, {"facility": "Site 4", "city": "Lyon"}])
    site = {"facility": "Site 4", "city": "Lyon", "zip": "69004"}
    new = record(SITES, [{**DELHI, "zip": "110070"}, SHANGHAI, {**BEIJING, "status": "COMPLETED"}, site])
    beijing, shanghai = '"Beijing 302 Hospital, Beijing"', '"Shanghai Public Health Center, Shanghai"'
    assert compare_records(old, new) == [
        Change(f"{SITES}.zip", "Institute of Liver Sciences, New Delhi", "added", None, "110070"),
        Change(f"{SITES}.status", "Beijing 302 Hospital, Beijing", "changed", "RECRUITING", "COMPLETED"),
        Change(f"{SITES}.zip", "Site 4, Lyon", "added", None, "69004"),
        Change(SITES, None, "reordered", f"[{beijing},{shanghai}]", f"[{shanghai},{beijing}]"),
    ]
    assert compare_records(record(KEYWORDS, ["a", "b", "c", "d"]), record(KEYWORDS, ["a", "c", "x", "b"])) == [
        Change(KEYWORDS, None, "changed", "d", "x"),
        Change(KEYWORDS, None, "reordered", '["b","c"]', '["c","b"]'),
    ]


def test_a_list_in_an_element_that_is_reordered_is_named_by_the_element() -> None:
    """The row of a list's order lies where the list lies."""
    arms = [{"label": "A", "interventionNames": ["Drug: X", "Drug: Y"]}, {"label": "B", "type": "OTHER"}]
    swapped = [{"label": "A", "interventionNames": ["Drug: Y", "Drug: X"]}, {"label": "B", "type": "OTHER"}]
    assert compare_records(record(ARMS, arms), record(ARMS, swapped)) == [
        Change(f"{ARMS}.interventionNames[]", "A", "reordered", '["Drug: X","Drug: Y"]', '["Drug: Y","Drug: X"]')
    ]


def test_elements_of_one_name_are_told_apart_by_their_place() -> None:
    """Two elements that are called the same have their place behind the name, so that a row says which one."""
    path = "resultsSection.adverseEventsModule.otherEvents[]"
    old = [{"term": "Death", "organSystem": system, "notes": "a"} for system in ("Hepatic", "Cardiac", "Renal")]
    new = [old[2], {**old[1], "notes": "b"}, old[0]]
    assert compare_records(record(path, old), record(path, new)) == [
        Change(f"{path}.notes", "Death #2", "changed", "a", "b"),
        Change(path, None, "reordered", '["Death #3","Death #2","Death #1"]', '["Death #1","Death #2","Death #3"]'),
    ]


def test_the_mesh_trees_of_another_release_are_few_rows() -> None:
    """A MeSH term under another id, with one ancestor more: two rows."""
    path = "derivedSection.conditionBrowseModule"
    metabolic, endocrine = {"id": "D008659", "term": "Metabolic"}, {"id": "D004700", "term": "Endocrine"}
    nutritional = {"id": "D009750", "term": "Nutritional"}
    old = {"meshes": [{"id": "D000003920", "term": "Diabetes"}], "ancestors": [metabolic, endocrine]}
    new = {"meshes": [{"id": "D003920", "term": "Diabetes"}], "ancestors": [metabolic, nutritional, endocrine]}
    assert compare_records(record(path, old), record(path, new)) == [
        Change(f"{path}.meshes[].id", "Diabetes", "changed", "D000003920", "D003920"),
        Change(f"{path}.ancestors[]", "Nutritional", "added", None, '{"id":"D009750","term":"Nutritional"}'),
    ]


WORDS = st.sampled_from(["", "A", "B", "C", "28 days", "Beijing"])
STATS = st.lists(st.fixed_dictionaries({"groupId": WORDS, "numAffected": st.integers(0, 2)}), max_size=3)
ELEMENTS = {
    SITES: st.fixed_dictionaries(
        {"facility": WORDS, "city": WORDS},
        optional={"status": WORDS, "contacts": st.lists(st.fixed_dictionaries({"name": WORDS, "role": WORDS}))},
    ),
    ARMS: st.fixed_dictionaries(
        {"label": WORDS, "type": WORDS}, optional={"interventionNames": st.lists(WORDS, unique=True)}
    ),
    OUTCOMES: st.fixed_dictionaries({"measure": WORDS, "timeFrame": WORDS}, optional={"description": WORDS}),
    "resultsSection.adverseEventsModule.seriousEvents[]": st.fixed_dictionaries(
        {"term": WORDS, "organSystem": WORDS}, optional={"stats": STATS}
    ),
    "protocolSection.newModule.newList[]": st.fixed_dictionaries({"new": WORDS, "key": WORDS}),
    KEYWORDS: WORDS,
}
PATHS = pytest.mark.parametrize("path", ELEMENTS)


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each leaf, as the object or list that holds it and its key or place there; what is empty is a leaf."""
    for key in value if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], dict | list) and value[key]:
            yield from leaves(value[key])
        else:
            yield value, key


@PATHS
@given(st.data())
def test_an_element_inserted_anywhere_is_one_row(path: str, data: st.DataObject) -> None:
    """However many elements follow it, and whatever they are called, an inserted element is the only change."""
    elements = data.draw(st.lists(ELEMENTS[path]))
    place = data.draw(st.integers(0, len(elements)))
    more = [*elements[:place], data.draw(ELEMENTS[path]), *elements[place:]]
    (added,) = compare_records(record(path, elements), record(path, more))
    (removed,) = compare_records(record(path, more), record(path, elements))
    assert (added.path, added.kind, removed.path, removed.kind) == (path, "added", path, "removed")


@PATHS
@given(st.data())
def test_a_leaf_of_an_element_that_changes_is_one_row(path: str, data: st.DataObject) -> None:
    """Any leaf of any element, its name too, changes in one row that says from what to what."""
    old = record(path, data.draw(st.lists(ELEMENTS[path], min_size=1)))
    new = copy.deepcopy(old)
    holder, key = data.draw(st.sampled_from(list(leaves(new))))
    before, holder[key] = holder[key], data.draw(WORDS.filter(lambda word: word != holder[key]))
    (change,) = compare_records(old, new)
    assert change.kind == "changed"
    assert change.new_value == holder[key]
    assert change.old_value == (before if isinstance(before, str) else str(before))


@PATHS
@given(st.data())
def test_the_way_back_is_the_mirror(path: str, data: st.DataObject) -> None:
    """From new to old the same rows come, with what was added removed; only names are always the newer ones."""
    old, new = (record(path, data.draw(st.lists(ELEMENTS[path]))) for _ in range(2))
    turned = {"added": "removed", "removed": "added"}

    def facts(change: Change, *, turn: bool) -> tuple[Any, ...]:
        if change.kind == "reordered":
            return change.path, change.kind
        kind = turned.get(change.kind, change.kind) if turn else change.kind
        return change.path, kind, *(change.old_value, change.new_value)[:: -1 if turn else 1]

    there, back = compare_records(old, new), compare_records(new, old)
    assert Counter(facts(row, turn=False) for row in there) == Counter(facts(row, turn=True) for row in back)


@PATHS
@given(st.data())
def test_there_are_never_more_rows_than_leaves(path: str, data: st.DataObject) -> None:
    """However different two versions are, each row stands for a leaf of one of them, or for more."""
    old, new = (record(path, data.draw(st.lists(ELEMENTS[path]))) for _ in range(2))
    assert len(compare_records(old, new)) <= len([*leaves(old), *leaves(new)])
