"""The field tree is a tree, names the code lists that ship, and is the same as the registry's."""

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
needs_metadata = pytest.mark.skipif(
    not REGISTRY.exists(), reason="the registry's metadata are not part of the repository"
)
LEAVES = {split_path(field.path) for field in load_fields()}
POINT = "protocolSection.contactsLocationsModule.locations[].geoPoint"


def test_every_leaf_occurs_once() -> None:
    """There are 343 leaves, and each path occurs once."""
    assert len(load_fields()) == len({field.path for field in load_fields()}) == 343


def test_known_leaves() -> None:
    """These leaves are known: a list of texts, codes, a leaf in nested lists, a point's latitude and the last leaf."""
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
    """No leaf is on the path of another leaf, and a step is a list in all paths or in none."""
    inner_nodes = {leaf[:depth] for leaf in LEAVES for depth in range(1, len(leaf))}
    assert not inner_nodes & LEAVES
    nodes = inner_nodes | LEAVES
    assert len(nodes) == len({_remove_list_marks(node) for node in nodes})


def test_leaf_has_a_code_list_if_its_type_is_code() -> None:
    """A leaf has a code list exactly if its values are codes."""
    assert [field for field in load_fields() if (field.type == "code") != (field.codes is not None)] == []


def test_every_code_list_is_used_and_every_named_one_ships() -> None:
    """The code lists that the leaves name are those that ship."""
    assert {field.codes for field in load_fields()} - {None} == load_code_lists().keys()


@needs_metadata
def test_tree_is_that_of_the_registry() -> None:
    """Paths and types are those of the registry's metadata, in its order; only a point becomes two leaves."""
    expected = []
    for row in _read_metadata_leaves():
        path, kind = row["path"], row["type"].removesuffix(LIST)
        if kind == "GeoPoint":
            expected += [(f"{path}.lat", "number"), (f"{path}.lon", "number")]
        else:
            expected.append((path, "code" if row["isEnum"] == "True" else kind))
    assert [(field.path, field.type) for field in load_fields()] == expected


@needs_metadata
def test_code_list_is_one_enumeration_of_the_registry() -> None:
    """Leaves of one enumeration share one list, which has its codes and finds each code by each of its wordings."""
    kinds = {row["path"]: row["type"].removesuffix(LIST) for row in _read_metadata_leaves()}
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
            assert set(find_code(_list_wordings(value), name)) == {value["value"]}


def _remove_list_marks(steps: Steps) -> Steps:
    return tuple(step.removesuffix(LIST) for step in steps)


def _read_metadata_leaves() -> list[dict[str, str]]:
    """Return the metadata's rows that are leaves, with `[]` after every list in their paths."""
    with (REGISTRY / "fields.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    # In the metadata, `[]` is only in the row of the list itself: first `a.b[]`, then `a.b.c`.
    marked = {row["path"].removesuffix(LIST): row["path"].endswith(LIST) for row in rows}
    nodes = {path.rpartition(".")[0] for path in marked}
    leaves = [row for row in rows if row["path"].removesuffix(LIST) not in nodes]
    for row in leaves:
        parts = row["path"].removesuffix(LIST).split(".")
        lists = [marked[".".join(parts[: depth + 1])] for depth in range(len(parts))]
        row["path"] = ".".join(part + LIST * is_list for part, is_list in zip(parts, lists, strict=True))
    return leaves


def _list_wordings(value: dict[str, Any]) -> pd.Series[str]:
    exceptions = value.get("exceptions", {}).values()
    return pd.Series([value["value"], value["legacyValue"], *exceptions], dtype="str")
