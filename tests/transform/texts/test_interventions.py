"""An intervention has its arms, its role, and the classes that the rules find in its names."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.rules.files import RuleFile, parse_rules, read_rule_files
from transform.texts.interventions import COLUMNS, SOURCES, normalise_interventions
from transform.texts.roles import find_roles

SHIPPED = tuple(rule for rule in parse_rules(read_rule_files(["aclf"])) if rule.kind == "intervention_class")
TRIAL = 10_000_000


def make_sources(interventions, arms=(), trial=1):
    """Return the source tables of one trial.

    Args:
        interventions: for each, a dict with any of name, description, other_names and arms.
        arms: label and type of each arm.
        trial: the NCT number's digits.
    """
    nct_id, first = f"NCT{trial:08}", trial * TRIAL + 1
    ids_by_label = {label: number for number, (label, _) in reversed(list(enumerate(arms, first)))}
    frames = {name: [] for name in SOURCES}
    for number, given_ in enumerate(interventions, first):
        frames["ctgov.interventions"].append((number, nct_id, "DRUG", given_.get("name"), given_.get("description")))
        frames["ctgov.intervention_other_names"] += [(number, name) for name in given_.get("other_names", ())]
        frames["ctgov.design_group_interventions"] += [
            (ids_by_label.get(label), number, label) for label in given_.get("arms", ())
        ]
    frames["ctgov.design_groups"] = [(number, nct_id, kind, label) for number, (label, kind) in enumerate(arms, first)]
    columns = {
        "ctgov.interventions": ["id", "nct_id", "intervention_type", "name", "description"],
        "ctgov.intervention_other_names": ["intervention_id", "name"],
        "ctgov.design_groups": ["id", "nct_id", "group_type", "title"],
        "ctgov.design_group_interventions": ["design_group_id", "intervention_id", "arm_group_label"],
    }
    types = {"id": "int64", "intervention_id": "Int64", "design_group_id": "Int64"}
    made = {name: pd.DataFrame(rows, columns=columns[name]) for name, rows in frames.items()}
    return {name: frame.astype({c: types.get(c, "str") for c in frame}) for name, frame in made.items()}


def classify(rules=SHIPPED, **given_):
    """Return the row of one intervention, as a dict."""
    (row,) = normalise_interventions(make_sources([given_]), rules).to_dict("records")
    return row


CLASSES_BY_NAME = {
    "GCSF": ["granulocyte colony-stimulating factor"],
    "Granulocyte colony - stimulating factor": ["granulocyte colony-stimulating factor"],
    "Exchange system": None,
    "hUC-MSC infusion": ["mesenchymal stem cells"],
    "Bone marrow mesenchymal stem cells": ["mesenchymal stem cells"],
    "DPMAS and low-volume plasma exchange": ["artificial liver support", "plasma exchange"],
    "Bio-artificial liver": ["bioartificial liver support"],
    "Terlipressin + albumin": ["vasoconstrictor", "albumin"],
    "Plasma exchange with 5% albumin": ["plasma exchange", "albumin"],
    "Nab-paclitaxel (albumin-bound)": None,
    "Placebo of rifaximin": ["placebo"],
    "Simvastatin plus placebo": ["statin", "placebo"],
    "Sham plasma exchange": ["sham procedure"],
    "Standard treatment without rifaximin": ["standard medical treatment"],
    "Standard medical treatment": ["standard medical treatment"],
    "An unknown drug plus standard care": None,
    "No albumin": ["no intervention"],
    "Novel tablets": None,
    "Rifaximin, then norfloxacin": ["rifaximin", "other antibiotic"],
    None: None,
}


def test_classes_of_names():
    """The first class is the class of the intervention."""
    rows = normalise_interventions(make_sources([{"name": name} for name in CLASSES_BY_NAME]), SHIPPED)
    assert dict(zip(CLASSES_BY_NAME, rows["intervention_classes"], strict=True)) == CLASSES_BY_NAME
    first = rows["intervention_classes"].str[0]
    pd.testing.assert_series_equal(rows["intervention_class"], first.astype("str"), check_names=False)


def test_class_stands_beside_its_text():
    """The rule, the text and the field say where the class comes from."""
    row = classify(name="Device", other_names=["X-1", "MARS device"], arms=["A"])
    assert (row["intervention_class"], row["class_rule"]) == ("artificial liver support", "MARS")
    assert (row["class_text"], row["class_field"]) == ("MARS device", "other name")
    assert row["other_names"] == ["X-1", "MARS device"]
    assert row["arms"] == ["A"]


def test_name_decides_before_other_names():
    """Both give classes, in the order of the rules; the name gives the class."""
    row = classify(name="Carvedilol", other_names=["Terlipressin"])
    assert row["intervention_class"] == "beta-blocker"
    assert row["intervention_classes"] == ["vasoconstrictor", "beta-blocker"]


DESCRIPTIONS = {
    ("Low-dose group", "Filgrastim under the skin. Then albumin."): "description",
    ("ABC-123 injection", "Filgrastim under the skin."): "description",
    ("ABC-123-XYZ", "Filgrastim under the skin."): "description",
    ("LFD", "Filgrastim under the skin."): "description",
    ("Group 2", "A weekly visit. Filgrastim is allowed."): None,
    ("Walking", "Filgrastim is given beside it."): None,
    ("Filgrastim", "Filgrastim under the skin."): "name",
}


def test_description_counts_only_where_the_name_says_nothing():
    """A description often names drugs that are given beside the intervention."""
    given_ = [{"name": name, "description": description} for name, description in DESCRIPTIONS]
    rows = normalise_interventions(make_sources(given_), SHIPPED)
    fields = rows["class_field"].astype("object").where(rows["class_field"].notna(), None)
    assert dict(zip(DESCRIPTIONS, fields, strict=True)) == DESCRIPTIONS
    assert rows["intervention_classes"].dropna().to_list() == [["granulocyte colony-stimulating factor"]] * 5


ARMS = [
    ("E1", "EXPERIMENTAL"),
    ("E2", "EXPERIMENTAL"),
    ("C", "ACTIVE_COMPARATOR"),
    ("P", "PLACEBO_COMPARATOR"),
    ("S", "SHAM_COMPARATOR"),
    ("N", "NO_INTERVENTION"),
    ("O", "OTHER"),
    ("U", None),
]


@pytest.mark.parametrize(
    ("labels", "role"),
    [
        (["E1"], "experimental"),
        (["E1", "E2"], "experimental"),
        (["C"], "comparator"),
        (["P", "S", "N"], "comparator"),
        (["E1", "P"], "background"),
        (["E1", "P", "O"], "background"),
        (["O"], None),
        (["U"], None),
        (["E1", "O"], None),
        (["C", "U"], None),
        (["E1", "not a label"], None),
        ([], None),
    ],
)
def test_role_comes_from_the_arms(labels, role):
    """An arm that says nothing leaves only background certain."""
    roles = find_roles(make_sources([{"name": "X", "arms": labels}], ARMS))
    assert roles.to_list() == ([role] if role else [])


def test_without_rules_the_structure_is_there():
    """Lists and roles do not need rules; classes are NULL."""
    sources = make_sources([{"name": "G-CSF", "arms": ["E1"]}, {"name": "Placebo"}], ARMS)
    made = normalise_interventions(sources, ())
    assert made["role"].to_list()[0] == "experimental"
    assert made["arms"].to_list() == [["E1"], None]
    assert made[["intervention_class", "class_rule", "class_text", "class_field"]].isna().all(axis=None)
    assert made["intervention_classes"].to_list() == [None, None]
    assert made.dtypes.astype(str).to_dict() == COLUMNS


def test_no_rows_give_an_empty_table():
    """A set without interventions has the columns and their dtypes."""
    made = normalise_interventions(make_sources([]), SHIPPED)
    assert made.empty
    assert made.dtypes.astype(str).to_dict() == COLUMNS


def test_trial_does_not_depend_on_its_batch():
    """The rows of two trials together are the rows of each, whatever the order."""
    first = make_sources([{"name": "G-CSF", "other_names": ["x"], "arms": ["E1", "C"]}], ARMS, trial=1)
    second = make_sources([{"name": "Albumin", "arms": ["C"]}], ARMS, trial=2)
    alone = [normalise_interventions(each, SHIPPED) for each in (first, second)]
    for order in ((first, second), (second, first)):
        both = {name: pd.concat([each[name] for each in order], ignore_index=True) for name in SOURCES}
        pd.testing.assert_frame_equal(normalise_interventions(both, SHIPPED), pd.concat(alone, ignore_index=True))


FEW = parse_rules(
    (
        RuleFile(
            "few.toml",
            """
[[intervention_class]]
value = "stand-in"
words = ["placebos?"]
alone = true
[[intervention_class]]
value = "first"
words = ["alpha", "a l"]
[[intervention_class]]
value = "second"
words = ["beta"]
""",
        ),
    )
)
NAMES = st.lists(st.sampled_from(["alpha", "beta", "A-L", "placebo", "nothing", "8"]), min_size=1, max_size=4).map(
    " ".join
)
# Many names in one table, because a table takes as long as a name.
FEW_TABLES = settings(max_examples=8, deadline=None)


def classify_all(interventions):
    """Return the rows of the interventions of one trial, by the rules of `FEW`."""
    return normalise_interventions(make_sources(interventions), FEW)


@FEW_TABLES
@given(st.lists(st.tuples(NAMES, st.sampled_from(["zeta", "12 mg", "twice"])), min_size=1, max_size=40))
def test_text_that_no_rule_knows_takes_nothing_away(names):
    """Not before the name, not after it, and not as another name."""
    expected = classify_all([{"name": name} for name, _ in names])["intervention_classes"].to_list()
    for longer in (
        [{"name": f"{unrelated} {name}"} for name, unrelated in names],
        [{"name": f"{name} {unrelated}"} for name, unrelated in names],
        [{"name": name, "other_names": [unrelated]} for name, unrelated in names],
    ):
        assert classify_all(longer)["intervention_classes"].to_list() == expected


@FEW_TABLES
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=40))
def test_case_does_not_matter_and_the_text_is_in_the_record(names):
    """What a class is read from can be found again."""
    rows = classify_all([{"name": name, "other_names": [other]} for name, other in names])
    upper = classify_all([{"name": name.upper(), "other_names": [other.upper()]} for name, other in names])
    assert rows["intervention_classes"].to_list() == upper["intervention_classes"].to_list()
    for row, (name, other) in zip(rows.to_dict("records"), names, strict=True):
        if row["intervention_classes"]:
            assert row["intervention_class"] in row["intervention_classes"]
            assert row["class_text"] in {"name": name, "other name": other}[row["class_field"]]


@FEW_TABLES
@given(
    st.permutations(ARMS),
    st.lists(st.lists(st.sampled_from([label for label, _ in ARMS]), unique=True), min_size=1, max_size=40),
)
def test_order_of_arms_does_not_matter_for_roles(arms, labels_of_each):
    """A role depends on which arms use the intervention, not on where they stand."""
    in_order = find_roles(make_sources([{"arms": sorted(labels)} for labels in labels_of_each], ARMS))
    shuffled = find_roles(make_sources([{"arms": labels} for labels in labels_of_each], arms))
    assert in_order.to_dict() == shuffled.to_dict()
