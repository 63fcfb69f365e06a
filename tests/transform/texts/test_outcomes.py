"""An outcome has the days of its time frame and the class of what it measures, beside the text that says so."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rules import parse_text
from transform.rules.files import parse_rules, read_rule_files
from transform.texts.outcomes import KIND, SOURCES, normalise_outcomes

COLUMNS = {
    "id": "int64",
    "nct_id": "str",
    "outcome_type": "str",
    "measure": "str",
    "description": "str",
    "time_frame": "str",
    "time_frame_days": "object",
    "first_time_frame_day": "Int64",
    "last_time_frame_day": "Int64",
    "outcome_class": "str",
    "class_rule": "str",
    "class_text": "str",
    "class_field": "str",
    "outcome_classes": "object",
}
RULES = tuple(rule for rule in parse_rules(read_rule_files(["aclf"])) if rule.kind == KIND)
MADE = """
[[outcome_class]]
value = "death"
words = ["deaths?", "mortality"]
[[outcome_class]]
value = "safety"
rule = "events"
words = ["events?"]
[[outcome_class]]
value = "safety"
rule = "harms"
words = ["harms?", "fatal harms?"]
pass_over = ["no harms?"]
[[mention]]
concept = "score"
value = "MELD"
words = ["MELD"]
"""


def make_source(*outcomes):
    """Return `ctgov.design_outcomes` with these outcomes, each a pair of measure and description."""
    rows = [
        {
            "id": 10_000_000 + number,
            "nct_id": "NCT00000001",
            "outcome_type": "primary",
            "measure": measure,
            "time_frame": "28 days",
            "population": None,
            "description": description,
        }
        for number, (measure, description) in enumerate(outcomes, 1)
    ]
    texts = ["nct_id", "outcome_type", "measure", "time_frame", "population", "description"]
    frame = pd.DataFrame(rows, columns=["id", *texts])
    return {SOURCES[0]: frame.astype({"id": "int64"} | dict.fromkeys(texts, "str"))}


def classify(*outcomes, text=MADE):
    """Return the rows of outcomes by the rules of a file with this text."""
    return normalise_outcomes(make_source(*outcomes), parse_text(text))


def test_columns_and_rows():
    """Rows are in the order of ids, and keep the ids of their source."""
    sources = make_source(("Mortality", None), ("Events", "Any"), ("Walking", None))
    sources = {name: frame.iloc[::-1] for name, frame in sources.items()}
    rows = normalise_outcomes(sources, parse_text(MADE))
    assert rows.dtypes.astype("str").to_dict() == COLUMNS
    assert rows["id"].tolist() == [10_000_001, 10_000_002, 10_000_003]
    assert rows["time_frame_days"].tolist() == [[28]] * 3
    assert rows["outcome_class"].fillna("").tolist() == ["death", "safety", ""]
    assert rows["outcome_classes"].tolist() == [["death"], ["safety"], None]


@pytest.mark.parametrize("outcomes", [(), (("Mortality", "Deaths"),)])
def test_without_rules_or_rows_the_columns_stay(outcomes):
    """Another disease may bring no rules, and a batch no outcomes."""
    rows = normalise_outcomes(make_source(*outcomes), ())
    assert rows.dtypes.astype("str").to_dict() == COLUMNS
    assert len(rows) == len(outcomes)
    assert rows.loc[:, "outcome_class":].isna().all(axis=None)


@pytest.mark.parametrize(
    ("measure", "description", "first", "classes"),
    [
        ("Fatal harms, events and deaths", None, ("death", "death", "deaths", "measure"), ["death", "safety"]),
        ("Harms and events", "Deaths", ("safety", "events", "events", "measure"), ["safety"]),
        ("Outcome", "Deaths by any cause", ("death", "death", "Deaths", "description"), ["death"]),
        ("Outcome", "Counted by the board, which looks at all the deaths", None, None),
        (
            "Outcome",
            "Counted by the trial's own board as HARMS",
            ("safety", "harms", "HARMS", "description"),
            ["safety"],
        ),
        ("No harm", "No harm of any kind", None, None),
        ("MELD", None, None, None),
        (None, None, None, None),
    ],
)
def test_first_rule_of_the_file_counts(measure, description, first, classes):
    """The measure is read before the description, and of that only the start."""
    row = classify((measure, description)).iloc[0]
    values = row["outcome_class":"class_field"].tolist()
    assert values == list(first) if first else pd.isna(values).all()
    assert row["outcome_classes"] == classes


OUTCOMES = [
    ("28-day mortality", "death or survival"),
    ("Overall survival", "death or survival"),
    ("OS", "death or survival"),
    ("Progression-free survival", None),
    ("90-day transplant-free survival", "transplant-free survival"),
    ("Death or liver transplantation", "transplant-free survival"),
    ("Survival after liver transplantation", "death or survival"),
    ("Development of acute-on-chronic liver failure", "organ failure or ACLF grade"),
    ("Change in SOFA score", "organ failure or ACLF grade"),
    ("CLIF-C ACLF score", "liver score"),
    ("MELD-Na", "liver score"),
    ("Child–Pugh score", "liver score"),
    ("Grade of hepatic encephalopathy", "hepatic encephalopathy"),
    ("Serious adverse events, with infections", "safety"),
    ("Oral glucose tolerance", "biomarker or laboratory"),
    ("Infections", "infection"),
    ("Acute kidney injury", "renal function"),
    ("AUC(0-24 hrs) of the drug", "pharmacokinetics"),
    ("Rebleeding", "bleeding"),
    ("Length of hospital stay", "hospital stay or readmission"),
    ("Health-related quality of life", "quality of life"),
    ("Quality of sleep", None),
    ("Cost-effectiveness", "cost"),
    ("HBV DNA", "virology"),
    ("Total bilirubin", "liver tests"),
    ("Urine albumin-to-creatinine ratio", "renal function"),
    ("Liver stiffness", "imaging or fibrosis"),
    ("Interleukin-6", "biomarker or laboratory"),
    ("Postoperative complications", "safety"),
    ("Blood pressure", None),
]


def test_shipped_rules_tell_outcomes_apart():
    """By hand, with the traps among the words."""
    rows = normalise_outcomes(make_source(*((measure, None) for measure, _ in OUTCOMES)), RULES)
    found = rows["outcome_class"].astype("object").where(rows["outcome_class"].notna(), None)
    assert list(zip(rows["measure"], found, strict=True)) == OUTCOMES


WORDS = st.lists(st.sampled_from(["deaths", "harm", "events", "walking", "at", "home", "MELD"]), min_size=1, max_size=4)
TEXTS = WORDS.map(" ".join)


@settings(max_examples=20, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([" in all arms", ", as written", "; walking"]))
def test_unrelated_text_and_case_never_matter(measure, description, other):
    """Each class stays, and its text stands in the record."""
    rows = classify(
        (measure, description), (measure + other, description + other), (measure.upper(), description.upper())
    )
    assert rows["outcome_classes"].map(str).nunique() == 1
    assert rows["class_rule"].nunique(dropna=False) == 1
    for row in rows.dropna(subset="class_text").itertuples():
        assert row.class_text in getattr(row, row.class_field)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
def test_row_depends_on_its_outcome_alone(outcomes):
    """Whatever else is in the batch."""
    together = classify(*outcomes).loc[:, "outcome_class":].astype("object")
    alone = pd.concat([classify(outcome) for outcome in outcomes], ignore_index=True).loc[:, "outcome_class":]
    pd.testing.assert_frame_equal(together, alone.astype("object"))
