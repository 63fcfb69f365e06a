"""Every change of a known field has a weight from the file, and an unknown one has none."""

from __future__ import annotations

import csv

import pytest

from transform.diff.compare import compare_records
from transform.diff.weights import load_weights, read_weights, weigh_change
from transform.fields import load_fields
from transform.paths import LIST

STATUS, DESIGN = "protocolSection.statusModule", "protocolSection.designModule"
LEAVES = [field.path for field in load_fields()]


def make_list_paths() -> set[str]:
    """Return the path of each list of the field tree, with `[]` at the end: elements come and go under it."""
    steps = [leaf.split(LIST) for leaf in LEAVES]
    return {LIST.join(parts[:depth]) + LIST for parts in steps for depth in range(1, len(parts))}


def contains(path: str, leaf: str) -> bool:
    """Return whether a path of the file is a leaf's own, or that of something around it."""
    return f"{leaf.replace(LIST, '')}.".startswith(f"{path}.")


@pytest.mark.parametrize("path", [*LEAVES, *sorted(make_list_paths())])
def test_every_field_and_list_has_a_weight(path: str) -> None:
    """No leaf of the field tree, and no list, is without a line in the file."""
    assert weigh_change(path, "changed") in {"major", "minor", "administrative"}


def test_every_line_weighs_a_field() -> None:
    """Each line names a path once, one of the three weights and a reason, and a leaf has its weight from it."""
    rows = list(csv.DictReader(read_weights().decode().splitlines()))
    assert len(rows) == len(load_weights())
    assert all(row["reason"] and row["weight"] in {"major", "minor", "administrative"} for row in rows)
    longest = {max((path for path in load_weights() if contains(path, leaf)), key=len) for leaf in LEAVES}
    assert longest == load_weights().keys()


@pytest.mark.parametrize(
    ("path", "weight"),
    [
        (f"{STATUS}.overallStatus", "major"),
        (f"{STATUS}.whyStopped", "major"),
        (f"{STATUS}.startDateStruct.date", "major"),
        (f"{STATUS}.completionDateStruct.type", "major"),
        (f"{DESIGN}.enrollmentInfo.count", "major"),
        ("protocolSection.outcomesModule.primaryOutcomes[].timeFrame", "major"),
        ("protocolSection.outcomesModule.secondaryOutcomes[]", "minor"),
        ("protocolSection.eligibilityModule.eligibilityCriteria", "major"),
        ("protocolSection.armsInterventionsModule.armGroups[]", "major"),
        ("resultsSection.adverseEventsModule.seriousEvents[].stats[].numAffected", "major"),
        ("resultsSection.moreInfoModule.pointOfContact.phone", "minor"),
        ("protocolSection.contactsLocationsModule.locations[]", "minor"),
        ("protocolSection.contactsLocationsModule.centralContacts[].email", "minor"),
        ("protocolSection.descriptionModule.briefSummary", "minor"),
        (f"{STATUS}.lastUpdatePostDateStruct.date", "administrative"),
        (f"{STATUS}.statusVerifiedDate", "administrative"),
        (f"{STATUS}.resultsFirstPostDateStruct.date", "administrative"),
        ("derivedSection.conditionBrowseModule.meshes[]", "administrative"),
        ("hasResults", "major"),
    ],
)
def test_known_weights(path: str, weight: str) -> None:
    """These are known from the field's own words: what changed the trial, what a reader may skip, what a clerk did."""
    assert weigh_change(path, "changed") == weight


@pytest.mark.parametrize(
    ("path", "weight"),
    [
        ("protocolSection.eligibilityModule.newLimit", "major"),
        ("protocolSection.contactsLocationsModule.locations[].newKey[].inner", "minor"),
        (f"{STATUS}.startDateStructNew", None),
        (f"{STATUS}.newDate", None),
        (STATUS, None),
        ("newSection.newModule.key", None),
        ("", None),
    ],
)
def test_unknown_key_has_the_weight_of_its_module_or_none(path: str, weight: str | None) -> None:
    """A new key is weighed with its module if all of that has one line, and is else without a weight."""
    assert weigh_change(path, "added") == weight


def test_another_order_is_at_most_minor() -> None:
    """A list in another order says nothing new."""
    outcomes = [{"measure": measure} for measure in ("Death", "Survival")]
    old, new = (
        {"protocolSection": {"outcomesModule": {"primaryOutcomes": order}}} for order in (outcomes, outcomes[::-1])
    )
    (change,) = compare_records(old, new)
    assert (change.kind, weigh_change(change.path, change.kind)) == ("reordered", "minor")
    assert weigh_change(change.path, "changed") == "major"
    assert weigh_change("derivedSection.conditionBrowseModule.meshes[]", "reordered") == "administrative"
