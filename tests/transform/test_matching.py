"""An element of a list is matched with its other version: by its identity, or else by its similarity."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from transform.diff.compare import Change, compare_records
from transform.diff.identities import load_identities
from transform.fields import load_fields
from transform.paths import build_tree


def list_object_paths(node: dict[str, Any], path: str = "") -> list[str]:
    """Return the paths of all lists of objects in the field tree, in its order."""
    found = []
    for step, below in node.items():
        here = f"{path}.{step}" if path else step
        found += [*([here] if below and step.endswith("[]") else []), *list_object_paths(below, here)]
    return found


def test_every_list_of_objects_has_its_identity() -> None:
    """Each list of objects has one row in the identities, in the field tree's order, and there is no other row."""
    assert list(load_identities()) == list_object_paths(build_tree(field.path for field in load_fields()))


@pytest.mark.parametrize("path", load_identities())
def test_identities_are_fields_of_the_element(path: str) -> None:
    """The keys that match and that name an element are its leaves in the field tree; every list has both."""
    known = {
        field.path.removeprefix(f"{path}.").removesuffix("[]") for field in load_fields() if field.path.startswith(path)
    }
    identity = load_identities()[path]
    assert identity.alternatives
    assert identity.names
    assert {key for keys in (*identity.alternatives, *identity.names) for key in keys} <= known


def make_list_record(path: str, *elements: Any) -> dict[str, Any]:
    """Return a record that has this list, and nothing else."""
    value: Any = list(elements)
    for key in reversed(path.removesuffix("[]").split(".")):
        value = {key: value}
    return value  # type: ignore[no-any-return]  # a path has at least one key


def format_order(*names: str) -> str:
    """Return the names in the form in which a row shows an order."""
    return orjson.dumps(names).decode()


OUTCOMES = "protocolSection.outcomesModule.secondaryOutcomes[]"
CONTACTS = "protocolSection.contactsLocationsModule.centralContacts[]"
SITES = "protocolSection.contactsLocationsModule.locations[]"
REFERENCES = "protocolSection.referencesModule.references[]"


def test_stricter_identity_is_tried_first() -> None:
    """Outcomes of one measure and time frame are matched first; then those that have only the measure in common."""
    old = [{"measure": "Survival", "timeFrame": frame, "description": "x"} for frame in ("28 days", "90 days")]
    new = [{"measure": "Survival", "timeFrame": frame, "description": "y"} for frame in ("90 days", "30 days")]
    frames = ("Survival, 30 days", "Survival, 90 days")
    assert compare_records(make_list_record(OUTCOMES, *old), make_list_record(OUTCOMES, *new)) == [
        Change(f"{OUTCOMES}.description", "Survival, 30 days", "changed", "x", "y"),
        Change(f"{OUTCOMES}.timeFrame", "Survival, 30 days", "changed", "28 days", "30 days"),
        Change(f"{OUTCOMES}.description", "Survival, 90 days", "changed", "x", "y"),
        Change(OUTCOMES, None, "reordered", format_order(*frames), format_order(*reversed(frames))),
    ]


def test_equal_elements_are_matched_before_those_of_one_identity() -> None:
    """An unchanged site is matched with itself, even if another site of the same name comes before it."""
    site = {"facility": "Research Site", "city": "Lyon", "status": "RECRUITING"}
    before, after = {**site, "status": "WITHDRAWN"}, {**site, "status": "COMPLETED"}
    first, third = "Research Site, Lyon #1", "Research Site, Lyon #3"
    old, new = (
        make_list_record(SITES, site, before),
        make_list_record(SITES, after, {"facility": "X", "city": "Y"}, site),
    )
    assert compare_records(old, new) == [
        Change(f"{SITES}.status", first, "changed", "WITHDRAWN", "COMPLETED"),
        Change(SITES, "X, Y", "added", None, '{"facility":"X","city":"Y"}'),
        Change(SITES, None, "reordered", format_order(third, first), format_order(first, third)),
    ]


def test_next_keys_are_tried_if_a_key_is_absent() -> None:
    """A reference is matched by its PubMed id, or by its citation if one version does not have the id."""
    old = make_list_record(
        REFERENCES, {"type": "DERIVED", "citation": "Li 2020."}, {"pmid": "2", "citation": "Wu 2021."}
    )
    new = make_list_record(REFERENCES, {"pmid": "2", "citation": "Wu et al."}, {"pmid": "1", "citation": "Li 2020."})
    assert compare_records(old, new) == [
        Change(f"{REFERENCES}.pmid", "1", "added", None, "1"),
        Change(f"{REFERENCES}.type", "1", "removed", "DERIVED", None),
        Change(f"{REFERENCES}.citation", "2", "changed", "Wu 2021.", "Wu et al."),
        Change(REFERENCES, None, "reordered", '["1","2"]', '["2","1"]'),
    ]


def test_absent_keys_are_not_equal() -> None:
    """Two references are not matched because both have no PubMed id, nor because of their type."""
    old = [{"citation": name, "type": "DERIVED", "retractions": []} for name in ("Li 2020.", "Wu 2021.")]
    new = [{"citation": name, "type": "DERIVED"} for name in ("Wu 2021.", "Li 2020.")]
    assert compare_records(make_list_record(REFERENCES, *old), make_list_record(REFERENCES, *new)) == [
        Change(f"{REFERENCES}.retractions", "Li 2020.", "removed", "[]", None),
        Change(f"{REFERENCES}.retractions", "Wu 2021.", "removed", "[]", None),
        Change(
            REFERENCES, None, "reordered", format_order("Li 2020.", "Wu 2021."), format_order("Wu 2021.", "Li 2020.")
        ),
    ]


def test_unidentified_elements_are_matched_in_order() -> None:
    """The only class of an outcome and its only category have no title, and are matched though all values change."""
    path = "resultsSection.outcomeMeasuresModule.outcomeMeasures[]"
    old, new = (
        {"title": "S", "classes": [{"categories": [{"measurements": [{"groupId": "O", "value": v, "spread": v}]}]}]}
        for v in "12"
    )
    below = f"{path}.classes[].categories[].measurements[]"
    assert compare_records(make_list_record(path, old), make_list_record(path, new)) == [
        Change(f"{below}.value", "S › O", "changed", "1", "2"),
        Change(f"{below}.spread", "S › O", "changed", "1", "2"),
    ]


def test_renamed_element_is_found_by_similarity() -> None:
    """A contact with another name but the same phone and address is one change; otherwise it is another contact."""
    old = {"name": "A", "role": "CONTACT", "phone": "555", "email": "trial@example.org"}
    renamed, another = {**old, "name": "B"}, {"name": "B", "role": "CONTACT", "phone": "556", "email": "b@example.org"}
    assert compare_records(make_list_record(CONTACTS, old), make_list_record(CONTACTS, renamed)) == [
        Change(f"{CONTACTS}.name", "B", "changed", "A", "B")
    ]
    assert [
        row.kind for row in compare_records(make_list_record(CONTACTS, old), make_list_record(CONTACTS, another))
    ] == [
        "removed",
        "added",
    ]


def test_half_of_the_leaves_makes_a_pair() -> None:
    """One equal leaf of two makes a pair; one equal leaf of three does not."""
    old = {"measure": "A", "timeFrame": "28 days"}
    half, less = {**old, "measure": "B"}, {**old, "measure": "B", "description": "C"}
    assert [row.kind for row in compare_records(make_list_record(OUTCOMES, old), make_list_record(OUTCOMES, half))] == [
        "changed"
    ]
    assert [row.kind for row in compare_records(make_list_record(OUTCOMES, old), make_list_record(OUTCOMES, less))] == [
        "removed",
        "added",
    ]


def test_repeated_leaf_counts_each_time() -> None:
    """Repeated leaves are counted each time: two equal leaves of five are less than half."""
    old, new = ({"numbers": numbers} for numbers in ([1, 1, 1, 1, 2], [1, 2, 3, 3, 3]))
    assert [
        row.kind for row in compare_records(make_list_record("newThings[]", old), make_list_record("newThings[]", new))
    ] == [
        "removed",
        "added",
    ]


def test_shared_leaves_count_more_than_shared_words() -> None:
    """A site that differs only in its facility is the most similar, whatever the new facility is called."""
    site = {"facility": "Hôpital de la Croix Rousse", "city": "Lyon", "country": "France", "zip": "69004"}
    by_words = {**site, "facility": "Hôpital de la Croix Rouge", "zip": "69008"}
    changed, added = compare_records(
        make_list_record(SITES, site), make_list_record(SITES, by_words, {**site, "facility": "HCL"})
    )
    assert (changed.new_value, added.element) == ("HCL", "Hôpital de la Croix Rouge, Lyon")


def test_shared_words_count_more_than_distance() -> None:
    """Of three outcomes with the same time frame, the one that shares words of the measure is paired."""
    new = [{"measure": text, "timeFrame": "28 days"} for text in ("Adverse events", "Overall survival", "Sodium")]
    changed, *_ = compare_records(
        make_list_record(OUTCOMES, {"measure": "Survival", "timeFrame": "28 days"}), make_list_record(OUTCOMES, *new)
    )
    assert (changed.old_value, changed.new_value) == ("Survival", "Overall survival")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("A", "BC", [("A", "B")]),
        ("ABC", "DEF", [("A", "D"), ("B", "E"), ("C", "F")]),
        ("aAb", "DcE", [("A", "D")]),
        ("DcE", "aAb", [("D", "A")]),
    ],
)
def test_nearest_of_equally_similar_objects_is_paired(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    """If leaves and words do not decide, the nearest object is paired; of two equally near ones, the earlier."""
    before, after = (
        [{"measure": text, "timeFrame": "28 days" if text.isupper() else text} for text in texts]
        for texts in (old, new)
    )
    rows = compare_records(make_list_record(OUTCOMES, *before), make_list_record(OUTCOMES, *after))
    assert [(row.old_value, row.new_value) for row in rows if row.kind == "changed"] == expected


def test_object_of_one_leaf_is_compared_by_words() -> None:
    """An outcome with only a measure is changed if most words stay the same; otherwise it is replaced."""
    old = make_list_record(OUTCOMES, {"measure": "Survival without transplantation"})
    new = make_list_record(OUTCOMES, {"measure": "Mortality"}, {"measure": "Survival without liver transplantation"})
    assert [(row.kind, row.element) for row in compare_records(old, new)] == [
        ("changed", "Survival without liver transplantation"), ("added", "Mortality"),
    ]  # fmt: skip


def test_unknown_list_is_matched_by_similarity() -> None:
    """A list that the field tree does not know has rows too; its elements are named by their ordinal."""
    path = "protocolSection.newModule.newThings[]"
    old = [{"facility": "A", "city": "Lyon"}, {"facility": "B", "city": "Paris"}]
    new = [{"facility": "C", "city": "Rome"}, {"facility": "A", "city": "Lyon"}, {"facility": "B", "city": "Metz"}]
    assert compare_records(make_list_record(path, *old), make_list_record(path, *new)) == [
        Change(f"{path}.city", "#3", "changed", "Paris", "Metz"),
        Change(path, "#1", "added", None, '{"facility":"C","city":"Rome"}'),
    ]


def test_similar_element_that_moved_is_not_a_reordering() -> None:
    """Only equal elements and elements of one identity count for the order of a list."""
    old = [{"measure": "A", "timeFrame": "28 days"}, {"measure": "B", "timeFrame": "1 day"}]
    new = [old[1], {"measure": "C", "timeFrame": "28 days"}]
    assert compare_records(make_list_record(OUTCOMES, *old), make_list_record(OUTCOMES, *new)) == [
        Change(f"{OUTCOMES}.measure", "C, 28 days", "changed", "A", "C")
    ]


def compare_renamed_sites(moved: int) -> list[Change]:
    """Return the changes of 3000 sites that are all renamed; the last `moved` of them move to the beginning."""
    old, new = ([{"facility": f"{name}{number}", "city": f"City {number}"} for number in range(3000)] for name in "AB")
    return compare_records(
        make_list_record(SITES, *old), make_list_record(SITES, *new[3000 - moved :], *new[: 3000 - moved])
    )


def test_thousands_of_renamed_sites_are_one_change_each() -> None:
    """In a long list, too, each element is paired with the one at its own position."""
    expected = [(f"{SITES}.facility", f"A{number}", f"B{number}") for number in range(3000)]
    assert [(row.path, row.old_value, row.new_value) for row in compare_renamed_sites(moved=0)] == expected


def test_long_list_compares_only_near_elements() -> None:
    """Comparing all of thousands with each other takes minutes, so far elements are not paired: removed and added."""
    assert [row.kind for row in compare_renamed_sites(moved=100)] == ["removed"] * 3000 + ["added"] * 3000
