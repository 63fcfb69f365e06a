"""The field tree is a tree, names the code lists that ship, and is the registry's."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from typing import Any

import pandas as pd
import pytest

from tests.support.folders import SHARED
from transform.codes import load_code_lists
from transform.fields import Field, load_fields
from transform.normalise.lookup import find_code, get_code_list
from transform.paths import LIST, Steps, split_path

REGISTRY = SHARED / "registry"
in_the_project = pytest.mark.skipif(
    not REGISTRY.exists(), reason="the registry's metadata are not part of the repository"
)
LEAVES = {split_path(field.path) for field in load_fields()}
POINT = "protocolSection.contactsLocationsModule.locations[].geoPoint"


def test_every_leaf_stands_once() -> None:
    """There are 343 leaves, and no path stands twice."""
    assert len(load_fields()) == len({field.path for field in load_fields()}) == 343


def test_known_leaves() -> None:
    """A list of texts, a code, a list in a list in a list, a point's half and the last leaf read as they should."""
    measured = "resultsSection.baselineCharacteristicsModule.measures[].classes[].categories[].measurements[].value"
    known = {
        Field("protocolSection.armsInterventionsModule.interventions[].otherNames[]", "text", None),
        Field("protocolSection.designModule.phases[]", "code", "phase"),
        Field("protocolSection.statusModule.lastKnownStatus", "code", "overall_status"),
        Field("protocolSection.statusModule.startDateStruct.date", "PartialDate", None),
        Field(measured, "text", None),
        Field(f"{POINT}.lat", "number", None),
        Field("hasResults", "boolean", None),
    }
    assert known <= set(load_fields())


def test_the_leaves_make_a_tree() -> None:
    """No leaf lies on the way to another, and no step is a list in one path and not in another."""
    ways = {leaf[:depth] for leaf in LEAVES for depth in range(1, len(leaf))}
    assert not ways & LEAVES
    assert len(ways | LEAVES) == len({_without_lists(way) for way in ways | LEAVES})


def test_codes_stand_where_the_type_is_code() -> None:
    """A leaf has a code list if its values are codes, and only then."""
    assert [field for field in load_fields() if (field.type == "code") != (field.codes is not None)] == []


def test_every_code_list_is_used_and_every_named_one_ships() -> None:
    """The lists that the leaves name are the lists that ship."""
    assert {field.codes for field in load_fields()} - {None} == load_code_lists().keys()


@in_the_project
def test_the_tree_is_the_registrys() -> None:
    """Paths and types are those of the registry's metadata, in its order; only a point is its two leaves."""
    expected = []
    for row in _registrys_leaves():
        path, kind = row["path"], row["type"].removesuffix(LIST)
        if kind == "GeoPoint":
            expected += [(f"{path}.lat", "number"), (f"{path}.lon", "number")]
        else:
            expected.append((path, "code" if row["isEnum"] == "True" else kind))
    assert [(field.path, field.type) for field in load_fields()] == expected


@in_the_project
def test_a_code_list_is_one_enumeration_of_the_registry() -> None:
    """Leaves of one enumeration share one list, which has its codes and finds each by every wording of it."""
    kinds = {row["path"]: row["type"].removesuffix(LIST) for row in _registrys_leaves()}
    lists = defaultdict(set)
    for field in load_fields():
        if field.codes:
            lists[kinds[field.path]].add(field.codes)
    enumerations = json.loads((REGISTRY / "responses" / "enums_2026-08-16.json").read_text())
    assert lists.keys() == {enumeration["type"] for enumeration in enumerations}
    for enumeration in enumerations:
        (name,) = lists[enumeration["type"]]
        assert set(get_code_list(name)["code"]) == {value["value"] for value in enumeration["values"]}
        for value in enumeration["values"]:
            assert set(find_code(_wordings(value), name)) == {value["value"]}


def _without_lists(way: Steps) -> Steps:
    return tuple(step.removesuffix(LIST) for step in way)


def _registrys_leaves() -> list[dict[str, str]]:
    """The rows of the metadata that lie on no other's way, with `[]` behind every list of their paths."""
    with (REGISTRY / "fields.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    # There `[]` stands only behind a list's own row: `a.b[]`, then `a.b.c`.
    marked = {row["path"].removesuffix(LIST): row["path"].endswith(LIST) for row in rows}
    nodes = {path.rpartition(".")[0] for path in marked}
    leaves = [row for row in rows if row["path"].removesuffix(LIST) not in nodes]
    for row in leaves:
        parts = row["path"].removesuffix(LIST).split(".")
        lists = [marked[".".join(parts[: depth + 1])] for depth in range(len(parts))]
        row["path"] = ".".join(part + LIST * is_list for part, is_list in zip(parts, lists, strict=True))
    return leaves


def _wordings(value: dict[str, Any]) -> pd.Series[str]:
    exceptions = value.get("exceptions", {}).values()
    return pd.Series([value["value"], value["legacyValue"], *exceptions], dtype="str")
