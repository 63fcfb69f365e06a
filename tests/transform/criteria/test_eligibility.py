"""The criteria table: every line of the eligibility text is a row, in its section, with its limits."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.criteria.eligibility import COLUMNS, normalise_criteria
from transform.rules.files import parse_rules, read_rule_files

RULES = parse_rules(read_rule_files(["aclf"]))

TEXT = """Inclusion Criteria:

* Cirrhosis
* Organ function:

  1. Platelets \\>= 50,000/mm3
  2. INR \\< 2.5

     * not corrected by vitamin K
* Age 18 years or older and under 75

Healthy controls

* No liver disease

Exclusion Criteria:

1\\. Pregnancy
2\\. MELD 40 or more
"""


def make(*texts: str | None, rules: tuple = RULES) -> pd.DataFrame:
    """Return the rows of trials with these texts, numbered from 1."""
    nct_id = [f"NCT{number:08}" for number in range(1, len(texts) + 1)]
    frame = pd.DataFrame({"nct_id": nct_id, "criteria": list(texts)}).astype("str")
    return normalise_criteria({"ctgov.eligibilities": frame}, rules)


def lines_of(text: str) -> list[tuple[object, ...]]:
    """Return type, nesting level, heading and text of each line."""
    rows = make(text).drop_duplicates("line_number")
    columns = ["criterion_type", "nesting_level", "heading", "text"]
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows[columns].to_numpy()]


def test_text_becomes_lines() -> None:
    """With bullets and headings taken away, the section and the nesting told."""
    assert lines_of(TEXT) == [
        ("inclusion", 0, None, "Cirrhosis"),
        ("inclusion", 0, None, "Organ function:"),
        ("inclusion", 1, None, "Platelets \\>= 50,000/mm3"),
        ("inclusion", 1, None, "INR \\< 2.5"),
        ("inclusion", 2, None, "not corrected by vitamin K"),
        ("inclusion", 0, None, "Age 18 years or older and under 75"),
        ("inclusion", 0, "Healthy controls", "No liver disease"),
        ("exclusion", 0, None, "Pregnancy"),
        ("exclusion", 0, None, "MELD 40 or more"),
    ]


def test_further_limit_of_a_line_is_a_further_row() -> None:
    """It repeats the line, and ids go on."""
    rows = make("Inclusion:\n* Consent\n* Age 18 years or older and under 75")
    assert rows["id"].tolist() == [10_000_001, 10_000_002, 10_000_003]
    assert rows["line_number"].tolist() == [1, 2, 2]
    assert rows["limit_number"].tolist() == [1, 1, 2]
    assert rows["text"].tolist()[1:] == ["Age 18 years or older and under 75"] * 2
    assert rows["operator"].tolist()[1:] == [">=", "<"]
    assert rows["value_in_unit"].tolist()[1:] == [18, 75]
    assert pd.isna(rows["measure"][0])


BULLETS = [
    ("* Age", "Age"),
    ("* • Age", "Age"),
    ("\\- Age", "Age"),
    ("-Age", "Age"),
    ("o Age", "Age"),
    ("12. Age", "Age"),
    ("3\\) Age", "Age"),
    ("（1）Age", "Age"),
    ("1、Age", "Age"),
    ("1.Age", "Age"),
    ("1- Age", "Age"),
    ("3.4. Age", "Age"),
    ("(iv) Age", "Age"),
    ("* b. Age", "Age"),
    ("A. Age", "Age"),
    ("1. 18 years", "18 years"),
    ("1.5 mg of it", "1.5 mg of it"),
    ("18-65 years", "18-65 years"),
    ("6-month history", "6-month history"),
    ("5-HT3 blockers", "5-HT3 blockers"),
    ("E. coli infection", "E. coli infection"),
    ("**Age**", "**Age**"),
    ("≥ 18 years", "≥ 18 years"),
    ("I agree", "I agree"),
]


def test_bullets_are_taken_away() -> None:
    """And nothing that only looks like one."""
    text = "\n".join(line for line, _ in BULLETS)
    assert [row[3] for row in lines_of(f"Inclusion:\n{text}")] == [bare for _, bare in BULLETS]


def test_group_above_sections_is_their_heading() -> None:
    """Where a section has no name of its own."""
    lines = lines_of("Part 1:\n\nInclusion Criteria:\n\n* Cirrhosis\n\nExclusion Criteria (donors):\n\n* Pregnancy")
    assert lines == [
        ("inclusion", 0, "Part 1", "Cirrhosis"),
        ("exclusion", 0, "Exclusion Criteria (donors)", "Pregnancy"),
    ]


def test_heading_behind_a_sentence_is_a_line() -> None:
    """Some records have lost the end of a line."""
    lines = lines_of("Inclusion Criteria:\n\n* Cirrhosis. Exclusion Criteria\n* Pregnancy")
    assert [(line[0], line[3]) for line in lines] == [("inclusion", "Cirrhosis."), ("exclusion", "Pregnancy")]


def test_type_is_null_where_the_text_does_not_tell() -> None:
    """Without a heading, and before the first one."""
    lines = lines_of("Adults with cirrhosis.\n\nExclusion Criteria: pregnancy\n")
    assert [line[0] for line in lines] == [None, "exclusion"]


def test_trial_without_text_has_no_row() -> None:
    """The columns and their types are there all the same."""
    rows = make(None, "", "Inclusion Criteria:\n\n---")
    assert rows.empty
    assert {name: str(dtype) for name, dtype in rows.dtypes.items()} == COLUMNS


def test_without_rules_there_are_lines_without_limits() -> None:
    """All that is read is NULL, with its type."""
    rows = make(TEXT, rules=())
    assert rows["text"].tolist() == make(TEXT).drop_duplicates("line_number")["text"].tolist()
    assert rows["measure"].isna().all()
    assert {name: str(dtype) for name, dtype in rows.dtypes.items()} == COLUMNS


LINES = st.lists(
    st.sampled_from(
        [
            "* Cirrhosis",
            "  * Age 18 to 65 years",
            "    1. Bilirubin \\> 5 mg/dL or INR ≥ 1.5",
            "Exclusion Criteria:",
            "Healthy controls",
            "* MELD \\> 20 and \\< 40",
            "Pregnancy: not now",
            "",
        ]
    ),
    max_size=8,
).map("\n".join)


FEW = settings(deadline=None, max_examples=5)
FEW_RULES = tuple(rule for rule in RULES if rule.name in {"age", "bilirubin", "MELD"})


@FEW
@given(LINES, LINES)
def test_rows_of_a_trial_depend_on_that_trial_alone(first: str, second: str) -> None:
    """Neither the order of the trials nor their company changes a row."""
    rows = make(first, second, rules=FEW_RULES)
    frame = pd.DataFrame({"nct_id": ["NCT00000002", "NCT00000001"], "criteria": [second, first]}).astype("str")
    pd.testing.assert_frame_equal(rows, normalise_criteria({"ctgov.eligibilities": frame}, FEW_RULES))
    pd.testing.assert_frame_equal(rows[rows["nct_id"] == "NCT00000001"], make(first, rules=FEW_RULES))


@FEW
@given(LINES, st.text(alphabet="abc xyz", max_size=20))
def test_added_line_removes_no_limit(text: str, other: str) -> None:
    """A line more adds a row at most, and every value is a piece of the record's text."""
    columns = ["measure", "operator", "value", "limit_text"]
    rows = make(text, f"{text}\n* {other}", rules=FEW_RULES)
    limits = rows.dropna(subset=["measure"]).set_index("nct_id")[columns]
    before, after = (limits[limits.index == nct_id].reset_index(drop=True) for nct_id in ("NCT00000001", "NCT00000002"))
    pd.testing.assert_frame_equal(before, after)
    assert all(piece in text for piece in before["limit_text"])
    assert all(line in text for line in rows["text"][rows["nct_id"] == "NCT00000001"])


@FEW
@given(LINES)
def test_case_does_not_matter(text: str) -> None:
    """Capitals read like small letters."""
    columns = ["line_number", "criterion_type", "measure", "operator", "value", "value_in_unit"]
    small, capital = (make(each, rules=FEW_RULES)[columns] for each in (text, text.upper()))
    pd.testing.assert_frame_equal(small, capital)
