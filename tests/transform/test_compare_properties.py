"""Two versions have no change exactly if they are the same record, so every version has a row that explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transform.diff.compare import Change, compare_records
from transform.records import VERSION_HOLDER_PATH, dump_record, read_record
from transform.shape import make_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = st.sampled_from(["protocolSection", "derivedSection", "miscInfoModule", "versionHolder", "b", "a"])
LEAVES = st.sampled_from([None, False, True, 0, 1, 1.0, -0.0, 0.0, "", "1", "null", "[]", "a"])
VALUES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4), max_leaves=12
)
RECORDS = st.dictionaries(KEYS, VALUES, max_size=3)


def compute_content_hash(document: dict[str, Any]) -> str:
    """Return the content hash, by which the load recognises a new version."""
    return read_record(document, dump_record(document), [], make_shape([])).content_hash


def reverse_keys(value: Any) -> Any:
    """Return the same value with the keys of every object in the reverse order."""
    if isinstance(value, dict):
        return {key: reverse_keys(value[key]) for key in reversed(value)}
    return [reverse_keys(element) for element in value] if isinstance(value, list) else value


def iter_locations(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every value at every depth, as the object or list that contains it and its key or index there."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from iter_locations(value[key])


@given(RECORDS, RECORDS)
@example({"derivedSection": {"miscInfoModule": {"versionHolder": "a"}}}, {"derivedSection": {"miscInfoModule": {}}})
@example({"derivedSection": {"miscInfoModule": {"versionHolder": "a"}}}, {"derivedSection": {}})
@example({"a": [{"a": ""}]}, {"a": [{"b": ""}]})
def test_there_is_a_row_exactly_if_the_content_hash_differs(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Any difference gives a row, even a null, an empty list, or 1 and 1.0; equal records give none."""
    assert (compare_records(old, new) == []) == (compute_content_hash(old) == compute_content_hash(new))


@given(RECORDS.filter(bool), st.data())
def test_one_changed_value_gives_a_row(old: dict[str, Any], data: st.DataObject) -> None:
    """A value replaced at any depth gives a row, and so does another order of any list."""
    new = orjson.loads(orjson.dumps(old))
    holder, key = data.draw(st.sampled_from(list(iter_locations(new))))
    value = holder[key]
    holder[key] = data.draw(st.permutations(value) | VALUES if isinstance(value, list) else VALUES)
    assert (compare_records(old, new) == []) == (compute_content_hash(old) == compute_content_hash(new))


@given(RECORDS)
def test_same_record_has_no_change(document: dict[str, Any]) -> None:
    """The same record, read again and with its keys in another order, has no change."""
    assert compare_records(document, reverse_keys(orjson.loads(orjson.dumps(document)))) == []


@pytest.mark.parametrize(("old", "new"), [("2026-09-10", "2026-09-11"), (None, "2026-09-11"), ("2026-09-10", 7)])
def test_version_holder_is_not_a_change(old: Any, new: Any) -> None:
    """`versionHolder` is different every night, and does not describe the trial."""
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
def test_similar_values_are_different(old: Any, new: Any, expected: list[Change]) -> None:
    """Null is not absent, empty is not absent, an object is not a text, and 1 is neither 1.0 nor true."""
    assert compare_records(old, new) == expected


def test_text_and_number_of_one_spelling_differ() -> None:
    """If a text becomes the number that it spells, both values are shown as JSON."""
    assert compare_records({"a": "1"}, {"a": 1}) == [Change("a", None, "changed", '"1"', "1")]


def test_unknown_keys_come_after_known_keys() -> None:
    """Rows come in the field tree's order, in any order of the records; unknown keys follow, sorted by name."""
    new = {
        "zoneSection": 1,
        "hasResults": True,
        "areaSection": 1,
        "protocolSection": {"newModule": 1, "designModule": 1},
    }
    assert [row.path for row in compare_records({}, new)] == [
        "protocolSection.designModule", "protocolSection.newModule", "hasResults", "areaSection", "zoneSection",
    ]  # fmt: skip
