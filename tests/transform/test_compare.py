"""A change of a record is one row: for a leaf, or for one list element that was added or removed."""

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


def make_record(path: str, value: Any) -> dict[str, Any]:
    """Return a record that has this value at a path, and nothing else."""
    for key in reversed(path.removesuffix("[]").split(".")):
        value = {key: value}
    return value


def test_changed_added_or_removed_leaf_is_one_row() -> None:
    """Texts are shown as they are, numbers and booleans as JSON; the rows come in the field tree's order."""
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


def test_added_object_is_one_row_per_leaf() -> None:
    """A new module outside of lists gives one row per leaf, and one row per element of its lists."""
    module = {"phases": ["PHASE1", "PHASE2"], "enrollmentInfo": {"count": 3}, "studyType": "INTERVENTIONAL"}
    new = make_record("protocolSection.designModule", module)
    expected = [
        Change("protocolSection.designModule.studyType", None, "added", None, "INTERVENTIONAL"),
        Change("protocolSection.designModule.phases[]", None, "added", None, "PHASE1"),
        Change("protocolSection.designModule.phases[]", None, "added", None, "PHASE2"),
        Change("protocolSection.designModule.enrollmentInfo.count", None, "added", None, "3"),
    ]
    assert compare_records({}, new) == expected
    assert compare_records(new, {}) == [Change(row.path, None, "removed", row.new_value, None) for row in expected]


def test_added_site_and_changed_site_are_one_row_each() -> None:
    """Sites are matched by facility and city, not by position; a new site is shown as JSON."""
    old = make_record(SITES, [BEIJING, SHANGHAI])
    new = make_record(SITES, [DELHI, {**BEIJING, "status": "COMPLETED"}, SHANGHAI])
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
    """A measurement is named by outcome, class and group; a category that is alone and untitled is left out."""
    path = "resultsSection.outcomeMeasuresModule.outcomeMeasures[]"

    def make_outcome(value: str) -> dict[str, Any]:
        measurements = [{"groupId": "OG000", "value": value}, {"groupId": "OG001", "value": "4"}]
        return {
            "type": "PRIMARY",
            "title": "Survival",
            "classes": [
                {"title": "Day 28", "categories": [{"measurements": measurements}]},
                {"title": "Day 90", "categories": [{"measurements": [{"groupId": "OG000", "value": "2"}]}]},
            ],
        }

    assert compare_records(make_record(path, [make_outcome("7")]), make_record(path, [make_outcome("8")])) == [
        Change(f"{path}.classes[].categories[].measurements[].value", "Survival › Day 28 › OG000", "changed", "7", "8")
    ]


def test_a_text_in_a_list_of_an_element_belongs_to_the_element() -> None:
    """Another name of an intervention is not an element with a name of its own."""
    path = "protocolSection.armsInterventionsModule.interventions[]"
    drug = {"type": "DRUG", "name": "Rifaximin", "otherNames": ["Xifaxan"]}
    other = {"type": "DRUG", "name": "Albumin"}
    old, new = (
        make_record(path, [drug, other]),
        make_record(path, [{**drug, "otherNames": ["Xifaxan", "Targaxan"]}, other]),
    )
    assert compare_records(old, new) == [Change(f"{path}.otherNames[]", "Rifaximin", "added", None, "Targaxan")]


def test_unmatched_texts_are_paired_in_order() -> None:
    """A keyword in another wording is a changed keyword; one without a counterpart was added or removed."""
    old = make_record(KEYWORDS, ["ACLF", "liver", "albumin"])
    new = make_record(KEYWORDS, ["liver failure", "albumin", "G-CSF", "ALF"])
    assert compare_records(old, new) == [
        Change(KEYWORDS, None, "changed", "ACLF", "liver failure"),
        Change(KEYWORDS, None, "changed", "liver", "G-CSF"),
        Change(KEYWORDS, None, "added", None, "ALF"),
    ]


def test_reordered_list_is_one_row_that_shows_what_moved() -> None:
    """The row of a reordered list shows the part from the first to the last element that moved."""
    old = make_record(SITES, [DELHI, BEIJING, SHANGHAI, {"facility": "Site 4", "city": "Lyon"}])
    site = {"facility": "Site 4", "city": "Lyon", "zip": "69004"}
    new = make_record(SITES, [{**DELHI, "zip": "110070"}, SHANGHAI, {**BEIJING, "status": "COMPLETED"}, site])
    beijing, shanghai = '"Beijing 302 Hospital, Beijing"', '"Shanghai Public Health Center, Shanghai"'
    assert compare_records(old, new) == [
        Change(f"{SITES}.zip", "Institute of Liver Sciences, New Delhi", "added", None, "110070"),
        Change(f"{SITES}.status", "Beijing 302 Hospital, Beijing", "changed", "RECRUITING", "COMPLETED"),
        Change(f"{SITES}.zip", "Site 4, Lyon", "added", None, "69004"),
        Change(SITES, None, "reordered", f"[{beijing},{shanghai}]", f"[{shanghai},{beijing}]"),
    ]
    assert compare_records(
        make_record(KEYWORDS, ["a", "b", "c", "d"]), make_record(KEYWORDS, ["a", "c", "x", "b"])
    ) == [
        Change(KEYWORDS, None, "changed", "d", "x"),
        Change(KEYWORDS, None, "reordered", '["b","c"]', '["c","b"]'),
    ]


def test_reordered_list_in_an_element_has_the_name_of_the_element() -> None:
    """The row of a list's order has the name of the element that contains the list."""
    arms = [{"label": "A", "interventionNames": ["Drug: X", "Drug: Y"]}, {"label": "B", "type": "OTHER"}]
    swapped = [{"label": "A", "interventionNames": ["Drug: Y", "Drug: X"]}, {"label": "B", "type": "OTHER"}]
    assert compare_records(make_record(ARMS, arms), make_record(ARMS, swapped)) == [
        Change(f"{ARMS}.interventionNames[]", "A", "reordered", '["Drug: X","Drug: Y"]', '["Drug: Y","Drug: X"]')
    ]


def test_elements_of_one_name_have_their_ordinal() -> None:
    """Elements with the same name have their ordinal after it, so that a row says which one it means."""
    path = "resultsSection.adverseEventsModule.otherEvents[]"
    old = [{"term": "Death", "organSystem": system, "notes": "a"} for system in ("Hepatic", "Cardiac", "Renal")]
    new = [old[2], {**old[1], "notes": "b"}, old[0]]
    assert compare_records(make_record(path, old), make_record(path, new)) == [
        Change(f"{path}.notes", "Death #2", "changed", "a", "b"),
        Change(path, None, "reordered", '["Death #3","Death #2","Death #1"]', '["Death #1","Death #2","Death #3"]'),
    ]


def test_new_mesh_release_gives_few_rows() -> None:
    """A MeSH term with another id, and one more ancestor, give two rows."""
    path = "derivedSection.conditionBrowseModule"
    metabolic, endocrine = {"id": "D008659", "term": "Metabolic"}, {"id": "D004700", "term": "Endocrine"}
    nutritional = {"id": "D009750", "term": "Nutritional"}
    old = {"meshes": [{"id": "D000003920", "term": "Diabetes"}], "ancestors": [metabolic, endocrine]}
    new = {"meshes": [{"id": "D003920", "term": "Diabetes"}], "ancestors": [metabolic, nutritional, endocrine]}
    assert compare_records(make_record(path, old), make_record(path, new)) == [
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


def iter_leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each leaf, as the object or list that contains it and its key or index there; an empty value is a leaf."""
    for key in value if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], dict | list) and value[key]:
            yield from iter_leaves(value[key])
        else:
            yield value, key


@PATHS
@given(st.data())
def test_an_element_inserted_anywhere_is_one_row(path: str, data: st.DataObject) -> None:
    """An inserted element is the only change, however many elements follow it and whatever their names are."""
    elements = data.draw(st.lists(ELEMENTS[path]))
    index = data.draw(st.integers(0, len(elements)))
    more = [*elements[:index], data.draw(ELEMENTS[path]), *elements[index:]]
    (added,) = compare_records(make_record(path, elements), make_record(path, more))
    (removed,) = compare_records(make_record(path, more), make_record(path, elements))
    assert (added.path, added.kind, removed.path, removed.kind) == (path, "added", path, "removed")


@PATHS
@given(st.data())
def test_changed_leaf_of_an_element_is_one_row(path: str, data: st.DataObject) -> None:
    """Any changed leaf of any element, even its name, is one row with the old and the new value."""
    old = make_record(path, data.draw(st.lists(ELEMENTS[path], min_size=1)))
    new = copy.deepcopy(old)
    holder, key = data.draw(st.sampled_from(list(iter_leaves(new))))
    before, holder[key] = holder[key], data.draw(WORDS.filter(lambda word: word != holder[key]))
    (change,) = compare_records(old, new)
    assert change.kind == "changed"
    assert change.new_value == holder[key]
    assert change.old_value == (before if isinstance(before, str) else str(before))


@PATHS
@given(st.data())
def test_backward_comparison_mirrors_the_rows(path: str, data: st.DataObject) -> None:
    """From new to old, the same rows come with `added` and `removed` exchanged; only the elements' names may differ."""
    old, new = (make_record(path, data.draw(st.lists(ELEMENTS[path]))) for _ in range(2))
    opposite = {"added": "removed", "removed": "added"}

    def describe(change: Change, *, turn: bool) -> tuple[Any, ...]:
        if change.kind == "reordered":
            return change.path, change.kind
        kind = opposite.get(change.kind, change.kind) if turn else change.kind
        return change.path, kind, *(change.old_value, change.new_value)[:: -1 if turn else 1]

    forward, backward = compare_records(old, new), compare_records(new, old)
    assert Counter(describe(row, turn=False) for row in forward) == Counter(
        describe(row, turn=True) for row in backward
    )


@PATHS
@given(st.data())
def test_there_are_never_more_rows_than_leaves(path: str, data: st.DataObject) -> None:
    """However different two versions are, each row stands for at least one leaf of one of them."""
    old, new = (make_record(path, data.draw(st.lists(ELEMENTS[path]))) for _ in range(2))
    assert len(compare_records(old, new)) <= len([*iter_leaves(old), *iter_leaves(new)])
