"""An element of a list is matched with itself: by what identifies it, or else by what it is like."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from transform.diff.compare import Change, compare_records
from transform.diff.identities import load_identities
from transform.fields import load_fields
from transform.paths import build_tree


def objects_lists(node: dict[str, Any], path: str = "") -> list[str]:
    """The paths of all lists of objects in the field tree, in its order."""
    found = []
    for step, below in node.items():
        here = f"{path}.{step}" if path else step
        found += [*([here] if below and step.endswith("[]") else []), *objects_lists(below, here)]
    return found


def test_every_list_of_objects_has_its_identity() -> None:
    """Each list of objects has one row of data, in the field tree's order, and no row is of anything else."""
    assert list(load_identities()) == objects_lists(build_tree(field.path for field in load_fields()))


@pytest.mark.parametrize("path", load_identities())
def test_identities_are_fields_of_the_element(path: str) -> None:
    """The keys that match and name an element are leaves of it in the field tree, and it has both."""
    known = {
        field.path.removeprefix(f"{path}.").removesuffix("[]") for field in load_fields() if field.path.startswith(path)
    }
    identity = load_identities()[path]
    assert identity.alternatives
    assert identity.names
    assert {key for keys in (*identity.alternatives, *identity.names) for key in keys} <= known


def listed(path: str, *elements: Any) -> dict[str, Any]:
    """A record that has this list, and nothing else."""
    value: Any = list(elements)
    for key in reversed(path.removesuffix("[]").split(".")):
        value = {key: value}
    return value  # type: ignore[no-any-return]  # a path has at least one key


def in_order(*names: str) -> str:
    """The names as a row shows an order."""
    return orjson.dumps(names).decode()


OUTCOMES = "protocolSection.outcomesModule.secondaryOutcomes[]"
CONTACTS = "protocolSection.contactsLocationsModule.centralContacts[]"
SITES = "protocolSection.contactsLocationsModule.locations[]"
REFERENCES = "protocolSection.referencesModule.references[]"


def test_the_narrower_identity_goes_first() -> None:
    """Of outcomes of one measure the one of the same time frame is the same; what is left of the measure comes next."""
    old = [{"measure": "Survival", "timeFrame": frame, "description": "x"} for frame in ("28 days", "90 days")]
    new = [{"measure": "Survival", "timeFrame": frame, "description": "y"} for frame in ("90 days", "30 days")]
    frames = ("Survival, 30 days", "Survival, 90 days")
    assert compare_records(listed(OUTCOMES, *old), listed(OUTCOMES, *new)) == [
        Change(f"{OUTCOMES}.description", "Survival, 30 days", "changed", "x", "y"),
        Change(f"{OUTCOMES}.timeFrame", "Survival, 30 days", "changed", "28 days", "30 days"),
        Change(f"{OUTCOMES}.description", "Survival, 90 days", "changed", "x", "y"),
        Change(OUTCOMES, None, "reordered", in_order(*frames), in_order(*reversed(frames))),
    ]


def test_what_is_equal_goes_before_what_has_the_same_identity() -> None:
    """A second site of the same name before it does not take an unchanged site's place."""
    site = {"facility": "Research Site", "city": "Lyon", "status": "RECRUITING"}
    before, after = {**site, "status": "WITHDRAWN"}, {**site, "status": "COMPLETED"}
    first, third = "Research Site, Lyon #1", "Research Site, Lyon #3"
    old, new = listed(SITES, site, before), listed(SITES, after, {"facility": "X", "city": "Y"}, site)
    assert compare_records(old, new) == [
        Change(f"{SITES}.status", first, "changed", "WITHDRAWN", "COMPLETED"),
        Change(SITES, "X, Y", "added", None, '{"facility":"X","city":"Y"}'),
        Change(SITES, None, "reordered", in_order(third, first), in_order(first, third)),
    ]


def test_a_key_that_is_absent_gives_way_to_the_next() -> None:
    """A reference is its PubMed id, and where one side has none its citation."""
    old = listed(REFERENCES, {"type": "DERIVED", "citation": "Li 2020."}, {"pmid": "2", "citation": "Wu 2021."})
    new = listed(REFERENCES, {"pmid": "2", "citation": "Wu et al."}, {"pmid": "1", "citation": "Li 2020."})
    assert compare_records(old, new) == [
        Change(f"{REFERENCES}.pmid", "1", "added", None, "1"),
        Change(f"{REFERENCES}.type", "1", "removed", "DERIVED", None),
        Change(f"{REFERENCES}.citation", "2", "changed", "Wu 2021.", "Wu et al."),
        Change(REFERENCES, None, "reordered", '["1","2"]', '["2","1"]'),
    ]


def test_what_lacks_a_key_is_not_one_by_that_lack() -> None:
    """Two references without a PubMed id are not the same for that, nor for their type."""
    old = [{"citation": name, "type": "DERIVED", "retractions": []} for name in ("Li 2020.", "Wu 2021.")]
    new = [{"citation": name, "type": "DERIVED"} for name in ("Wu 2021.", "Li 2020.")]
    assert compare_records(listed(REFERENCES, *old), listed(REFERENCES, *new)) == [
        Change(f"{REFERENCES}.retractions", "Li 2020.", "removed", "[]", None),
        Change(f"{REFERENCES}.retractions", "Wu 2021.", "removed", "[]", None),
        Change(REFERENCES, None, "reordered", in_order("Li 2020.", "Wu 2021."), in_order("Wu 2021.", "Li 2020.")),
    ]


def test_what_nothing_identifies_is_matched_in_order() -> None:
    """The one untitled class of an outcome, and its one category, stay the same though every value in them changes."""
    path = "resultsSection.outcomeMeasuresModule.outcomeMeasures[]"
    old, new = (
        {"title": "S", "classes": [{"categories": [{"measurements": [{"groupId": "O", "value": v, "spread": v}]}]}]}
        for v in "12"
    )
    below = f"{path}.classes[].categories[].measurements[]"
    assert compare_records(listed(path, old), listed(path, new)) == [
        Change(f"{below}.value", "S › O", "changed", "1", "2"),
        Change(f"{below}.spread", "S › O", "changed", "1", "2"),
    ]


def test_an_element_that_lost_its_name_is_found_by_its_likeness() -> None:
    """A contact of another name with the same number and address is one change; with others it is another contact."""
    old = {"name": "A", "role": "CONTACT", "phone": "555", "email": "trial@example.org"}
    renamed, another = {**old, "name": "B"}, {"name": "B", "role": "CONTACT", "phone": "556", "email": "b@example.org"}
    assert compare_records(listed(CONTACTS, old), listed(CONTACTS, renamed)) == [
        Change(f"{CONTACTS}.name", "B", "changed", "A", "B")
    ]
    assert [row.kind for row in compare_records(listed(CONTACTS, old), listed(CONTACTS, another))] == [
        "removed",
        "added",
    ]


def test_half_of_the_leaves_is_enough() -> None:
    """One leaf of two that is the same makes a pair; one of three does not."""
    old = {"measure": "A", "timeFrame": "28 days"}
    half, less = {**old, "measure": "B"}, {**old, "measure": "B", "description": "C"}
    assert [row.kind for row in compare_records(listed(OUTCOMES, old), listed(OUTCOMES, half))] == ["changed"]
    assert [row.kind for row in compare_records(listed(OUTCOMES, old), listed(OUTCOMES, less))] == ["removed", "added"]


def test_a_leaf_counts_as_often_as_it_is_there() -> None:
    """Four equal leaves and one are not one and one: two of five is less than half."""
    old, new = ({"numbers": numbers} for numbers in ([1, 1, 1, 1, 2], [1, 2, 3, 3, 3]))
    assert [row.kind for row in compare_records(listed("newThings[]", old), listed("newThings[]", new))] == [
        "removed",
        "added",
    ]


def test_more_leaves_in_common_go_before_more_words() -> None:
    """A site that differs in its facility alone is the likest, however its facility is worded."""
    site = {"facility": "Hôpital de la Croix Rousse", "city": "Lyon", "country": "France", "zip": "69004"}
    by_words = {**site, "facility": "Hôpital de la Croix Rouge", "zip": "69008"}
    changed, added = compare_records(listed(SITES, site), listed(SITES, by_words, {**site, "facility": "HCL"}))
    assert (changed.new_value, added.element) == ("HCL", "Hôpital de la Croix Rouge, Lyon")


def test_more_words_in_common_go_before_the_nearer_place() -> None:
    """Of three outcomes of the same time frame, the one whose measure is worded alike is the corrected one."""
    new = [{"measure": text, "timeFrame": "28 days"} for text in ("Adverse events", "Overall survival", "Sodium")]
    changed, *_ = compare_records(
        listed(OUTCOMES, {"measure": "Survival", "timeFrame": "28 days"}), listed(OUTCOMES, *new)
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
def test_the_nearest_of_equally_like_ones_is_it(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    """Where leaves and words do not decide, the place does, and of two equally near the earlier: so also backwards."""
    before, after = (
        [{"measure": text, "timeFrame": "28 days" if text.isupper() else text} for text in texts]
        for texts in (old, new)
    )
    rows = compare_records(listed(OUTCOMES, *before), listed(OUTCOMES, *after))
    assert [(row.old_value, row.new_value) for row in rows if row.kind == "changed"] == expected


def test_an_object_of_one_leaf_is_like_one_that_has_half_of_its_words() -> None:
    """An outcome that is only a measure is corrected where most words stay, and replaced where they do not."""
    old = listed(OUTCOMES, {"measure": "Survival without transplantation"})
    new = listed(OUTCOMES, {"measure": "Mortality"}, {"measure": "Survival without liver transplantation"})
    assert [(row.kind, row.element) for row in compare_records(old, new)] == [
        ("changed", "Survival without liver transplantation"), ("added", "Mortality"),
    ]  # fmt: skip


def test_a_list_that_the_field_tree_does_not_know_is_matched_by_likeness() -> None:
    """A new list of the registry's has rows too; its elements are called by their place."""
    path = "protocolSection.newModule.newThings[]"
    old = [{"facility": "A", "city": "Lyon"}, {"facility": "B", "city": "Paris"}]
    new = [{"facility": "C", "city": "Rome"}, {"facility": "A", "city": "Lyon"}, {"facility": "B", "city": "Metz"}]
    assert compare_records(listed(path, *old), listed(path, *new)) == [
        Change(f"{path}.city", "#3", "changed", "Paris", "Metz"),
        Change(path, "#1", "added", None, '{"facility":"C","city":"Rome"}'),
    ]


def test_a_likeness_that_moved_is_no_other_order() -> None:
    """Only elements that are surely the same count for a list's order."""
    old = [{"measure": "A", "timeFrame": "28 days"}, {"measure": "B", "timeFrame": "1 day"}]
    new = [old[1], {"measure": "C", "timeFrame": "28 days"}]
    assert compare_records(listed(OUTCOMES, *old), listed(OUTCOMES, *new)) == [
        Change(f"{OUTCOMES}.measure", "C, 28 days", "changed", "A", "C")
    ]


def renamed_sites(moved: int) -> list[Change]:
    """The changes of 3000 sites that all are renamed, and stand this many places later; the last come first."""
    old, new = ([{"facility": f"{name}{number}", "city": f"City {number}"} for number in range(3000)] for name in "AB")
    return compare_records(listed(SITES, *old), listed(SITES, *new[3000 - moved :], *new[: 3000 - moved]))


def test_thousands_of_renamed_sites_are_as_many_changes() -> None:
    """In a long list, too, each element finds itself in its place."""
    expected = [(f"{SITES}.facility", f"A{number}", f"B{number}") for number in range(3000)]
    assert [(row.path, row.old_value, row.new_value) for row in renamed_sites(moved=0)] == expected


def test_in_a_long_list_only_what_is_near_is_compared() -> None:
    """Were each of thousands compared with each, it would take minutes; so what is far away came and went."""
    assert [row.kind for row in renamed_sites(moved=100)] == ["removed"] * 3000 + ["added"] * 3000
