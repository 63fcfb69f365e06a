"""Two versions have no change exactly when they are the same record, so each version is explained by a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transform.diff.compare import Change, compare_records
from transform.records import VERSION_HOLDER_PATH, make_record_line
from transform.shape import make_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = st.sampled_from(["protocolSection", "derivedSection", "miscInfoModule", "versionHolder", "b", "a"])
LEAVES = st.sampled_from([None, False, True, 0, 1, 1.0, -0.0, 0.0, "", "1", "null", "[]", "a"])
VALUES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4), max_leaves=12
)
RECORDS = st.dictionaries(KEYS, VALUES, max_size=3)


def content_hash(document: dict[str, Any]) -> str:
    """The hash by which the load tells a new version from the one before."""
    return str(orjson.loads(make_record_line(document, [], make_shape([])))["content_hash"])


def turned(value: Any) -> Any:
    """The same value with the keys of every object the other way round."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(element) for element in value] if isinstance(value, list) else value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every value at every depth, as the object or list that holds it and its key or place there."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@given(RECORDS, RECORDS)
@example({"derivedSection": {"miscInfoModule": {"versionHolder": "a"}}}, {"derivedSection": {"miscInfoModule": {}}})
@example({"derivedSection": {"miscInfoModule": {"versionHolder": "a"}}}, {"derivedSection": {}})
@example({"a": [{"a": ""}]}, {"a": [{"b": ""}]})
def test_there_is_a_row_exactly_when_the_content_hash_is_another(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Whatever differs, be it a null, an empty list or 1 and 1.0, is a row; what does not differ is none."""
    assert (compare_records(old, new) == []) == (content_hash(old) == content_hash(new))


@given(RECORDS.filter(bool), st.data())
def test_two_records_that_differ_in_one_place_have_a_row(old: dict[str, Any], data: st.DataObject) -> None:
    """A value replaced at any depth is seen, and so is another order of any list."""
    new = orjson.loads(orjson.dumps(old))
    holder, key = data.draw(st.sampled_from(list(places(new))))
    value = holder[key]
    holder[key] = data.draw(st.permutations(value) | VALUES if isinstance(value, list) else VALUES)
    assert (compare_records(old, new) == []) == (content_hash(old) == content_hash(new))


@given(RECORDS)
def test_a_record_has_not_changed_from_itself(document: dict[str, Any]) -> None:
    """The same record, read again and with its keys in another order, has no change."""
    assert compare_records(document, turned(orjson.loads(orjson.dumps(document)))) == []


@pytest.mark.parametrize(("old", "new"), [("2026-09-10", "2026-09-11"), (None, "2026-09-11"), ("2026-09-10", 7)])
def test_the_nights_date_is_no_change(old: Any, new: Any) -> None:
    """`versionHolder` is another every night, and says nothing of the trial."""
    before = {"derivedSection": {"miscInfoModule": {"versionHolder": old, "removedCountries": ["India"]}}}
    after = {"derivedSection": {"miscInfoModule": {"versionHolder": new, "removedCountries": ["India"]}}}
    assert compare_records(before, after) == []
    assert VERSION_HOLDER_PATH == "derivedSection.miscInfoModule.versionHolder"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": None}, {}, [Change("a", None, "removed", "null", None)]),
        ({}, {"a": {}}, [Change("a", None, "added", None, "{}")]),
        ({}, {"a": {"b": []}}, [Change("a.b", None, "added", None, "[]")]),
        ({"a": [{"b": 1}]}, {"a": []}, [Change("a[]", None, "removed", '{"b":1}', None)]),
        ({"a": {"b": 1}}, {"a": {}}, [Change("a.b", None, "removed", "1", None)]),
        ({"a": {"b": 1}}, {"a": "text"}, [Change("a", None, "changed", '{"b":1}', "text")]),
        ({"a": [1]}, {"a": {"b": 1}}, [Change("a", None, "changed", "[1]", '{"b":1}')]),
        ({"a": 1}, {"a": 1.0}, [Change("a", None, "changed", "1", "1.0")]),
        ({"a": 1}, {"a": True}, [Change("a", None, "changed", "1", "true")]),
        ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 1.0}]}, [
            Change("a[]", "#2", "removed", '{"b":1}', None),
            Change("a[]", "#2", "added", None, '{"b":1.0}'),
        ]),
        ({"a": [[1], [2]]}, {"a": [[1], [2, 3]]}, [Change("a[][]", None, "added", None, "3")]),
    ],
)  # fmt: skip
def test_what_looks_alike_differs(old: Any, new: Any, expected: list[Change]) -> None:
    """Null is not absent, empty is not absent, an object is not a text, and 1 is neither 1.0 nor true."""
    assert compare_records(old, new) == expected


def test_values_of_one_text_are_told_apart() -> None:
    """Where a text became the number that it spells, both stand as JSON."""
    assert compare_records({"a": "1"}, {"a": 1}) == [Change("a", None, "changed", '"1"', "1")]


def test_unknown_keys_come_behind_the_known_ones() -> None:
    """Rows stand in the field tree's order, whatever order the records have; unknown keys follow, by name."""
    new = {
        "zoneSection": 1,
        "hasResults": True,
        "areaSection": 1,
        "protocolSection": {"newModule": 1, "designModule": 1},
    }
    assert [row.path for row in compare_records({}, new)] == [
        "protocolSection.designModule", "protocolSection.newModule", "hasResults", "areaSection", "zoneSection",
    ]  # fmt: skip
