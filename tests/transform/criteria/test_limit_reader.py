"""A limit is read as it is written, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from transform.criteria.limit_reader import find_limits
from transform.rules.files import parse_rules, read_rule_files

if TYPE_CHECKING:
    from transform.rules.model import Rule

RULES = tuple(rule for rule in parse_rules(read_rule_files(["aclf"])) if rule.kind == "criterion_measure")


def read(line: str) -> list[str]:
    """Return the limits of a line, each as `measure operator value unit`, with values in the unit of the measure."""
    found = []
    for limit in find_limits(line, RULES):
        value = limit.value if limit.value_in_unit is None else limit.value_in_unit
        high = limit.high_value if limit.high_value_in_unit is None else limit.high_value_in_unit
        values = f"{value:g}" if high is None else f"{value:g} {high:g}"
        found.append(f"{limit.measure} {limit.operator} {values} {limit.unit or '-'}")
    return found


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        # Operators
        ("MELD score ≥ 20", ["MELD >= 20 -"]),
        ("MELD score \\>/= 20", ["MELD >= 20 -"]),
        ("MELD =\\< 20", ["MELD <= 20 -"]),
        ("MELD of 20 or more", ["MELD >= 20 -"]),
        ("MELD no greater than 20 points", ["MELD <= 20 -"]),
        ("MELD greater than or equal to 20", ["MELD >= 20 -"]),
        ("MELD equal to or less than 20", ["MELD <= 20 -"]),
        ("MELD score exceeding 30", ["MELD > 30 -"]),
        ("INR &gt; 1.5", ["INR > 1.5 -"]),
        ("MELD from 18 to 35", ["MELD between 18 35 -"]),
        ("MELD score between 18 and 35", ["MELD between 18 35 -"]),
        ("MELD 18–35", ["MELD between 18 35 -"]),
        ("1.5 ≤ INR < 2.5", ["INR >= 1.5 -", "INR < 2.5 -"]),
        ("MELD >15, <30", ["MELD > 15 -", "MELD < 30 -"]),
        ("INR, equal or greater to 2", ["INR >= 2 -"]),
        # Age
        ("18-75 years old", ["age between 18 75 years"]),
        ("Men or women, aged 18 to 80", ["age between 18 80 years"]),
        ("Between the ages of 18 and 65", ["age between 18 65 years"]),
        ("Under the age of 18", ["age < 18 years"]),
        ("18 years of age or older", ["age >= 18 years"]),
        ("Age 18+", ["age >= 18 years"]),
        ("Patients ≥ 18 and ≤ 75 years of age", ["age >= 18 years", "age <= 75 years"]),
        ("Be aged ≥ 18 to ≤ 70 years", ["age >= 18 years", "age <= 70 years"]),
        ("Older than 18 years and younger than 65 years", ["age > 18 years", "age < 65 years"]),
        ("Age between 9 months and 16 years", ["age >= 0.75 years", "age <= 16 years"]),
        ("Age <18 or >75 years", ["age < 18 years", "age > 75 years"]),
        ("Age below 18 or above 70", ["age < 18 years", "age > 70 years"]),
        ("65 years ≥ age ≥ 18 years", ["age <= 65 years", "age >= 18 years"]),
        # Units and numbers
        ("Bilirubin ≥ 85.5 µmol/L", ["bilirubin >= 5 mg/dL"]),
        ("Bilirubin > 1,5 mg/dl", ["bilirubin > 1.5 mg/dL"]),
        ("TBIL > 10 times the upper limit of normal", ["bilirubin > 10 ULN"]),
        ("INR ≤ 1.5 x ULN", ["INR <= 1.5 ULN"]),
        ("Creatinine > ULN", ["creatinine > 1 ULN"]),
        ("Creatinine above the upper limit of normal (ULN)", ["creatinine > 1 ULN"]),
        ("Bilirubin ≤ institutional ULN", ["bilirubin <= 1 ULN"]),
        ("Bilirubin > ULN and ≤ 1.5 × ULN", ["bilirubin > 1 ULN", "bilirubin <= 1.5 ULN"]),
        ("INR or PT ≤ 1.5 x ULN", ["INR <= 1.5 ULN"]),
        ("INR, PT and aPTT ≤ 1.5 x ULN", ["INR <= 1.5 ULN"]),
        ("Alb < 28 g/L", ["albumin < 2.8 g/dL"]),
        ("AARC-ACLF grade 2 or 3", ["AARC grade between 2 3 grade"]),
        ("AARC grade III", ["AARC grade = 3 grade"]),
        ("HE grade ≥ 3", ["hepatic encephalopathy grade >= 3 grade"]),
        # A line that is an age and nothing else
        ("≥ 18 years", ["age >= 18 years"]),
        ("18-75 years;", ["age between 18 75 years"]),
        ("At least 18 years.", ["age >= 18 years"]),
        ("Creatinine ≥ 88.4 umol/L", ["creatinine >= 1 mg/dL"]),
        ("Platelets < 50 x 10\\^9/L", ["platelets < 50 10^9/L"]),
        ("PLT <50×109/L", ["platelets < 50 10^9/L"]),
        ("Platelet count at least 50,000/mm(3)", ["platelets >= 50 10^9/L"]),
        ("Platelets < 50 000 per microliter", ["platelets < 50 10^9/L"]),
        ("Platelets < 50 K/mcL", ["platelets < 50 10^9/L"]),
        ("30% < PTA ≤ 40%", ["prothrombin activity > 30 %", "prothrombin activity <= 40 %"]),
        ("Bilirubin ≥ 10 mg/dL or ≥ 171 umol/L", ["bilirubin >= 10 mg/dL", "bilirubin >= 10 mg/dL"]),
        # A number without a unit
        ("Platelets below 50,000", ["platelets < 50 10^9/L"]),
        ("Bilirubin above 12", ["bilirubin > 12 mg/dL"]),
        ("Creatinine > 200", ["creatinine > 2.26244 mg/dL"]),
        ("Bilirubin above 20", ["bilirubin > 20 -"]),
        ("PTA below 40", []),
        # Grades and classes
        ("ACLF grade 2 or 3", ["ACLF grade between 2 3 grade"]),
        ("ACLF grade I-III", ["ACLF grade between 1 3 grade"]),
        ("ACLF grade ≥ 2", ["ACLF grade >= 2 grade"]),
        ("ACLF-3", ["ACLF grade = 3 grade"]),
        ("Grade 2 or higher acute-on-chronic liver failure", ["ACLF grade >= 2 grade"]),
        ("ACLF grade 1 or 3", []),
        ("Child-Pugh class B or C", ["Child-Pugh class between 2 3 class"]),
        ("Child-Pugh C cirrhosis", ["Child-Pugh class = 3 class"]),
        ("Cirrhosis above Child-Pugh A", ["Child-Pugh class > 1 class"]),
        ("Child-Pugh A or B7", []),
        ("Child-Pugh score ≥ 10", ["Child-Pugh score >= 10 -"]),
        ("Hepatic encephalopathy (grade III to IV)", ["hepatic encephalopathy grade between 3 4 grade"]),
        # One word in the other
        ("CLIF-C ACLF score > 64", ["CLIF-C ACLF > 64 -"]),
        ("CLIF-SOFA ≥ 8", ["CLIF-SOFA >= 8 -"]),
        ("MELD-Na ≥ 20", ["MELD-Na >= 20 -"]),
        ("MELD 3.0 score above 25", ["MELD 3.0 > 25 -"]),
        ("Bilirubin ≥ 5 mg/dL and INR ≥ 1.5", ["bilirubin >= 5 mg/dL", "INR >= 1.5 -"]),
    ],
)
def test_limit_is_read(line: str, limits: list[str]) -> None:
    """By hand: the measure, the operator, the value and the unit."""
    assert read(line) == limits


@pytest.mark.parametrize(
    "line",
    [
        "MELD score at day 28 below 15",
        "Bilirubin for more than 2 weeks",
        "ACLF for more than 2 weeks",
        "ACLF and death within 28 days",
        "MELD score 25",
        "An MRI less than 8 months old",
        "Healthy subjects (n = 30): 20-60 years old",
        "Adults, or children 17-19 years old",
        "Cohort 2: bilirubin ≤ ULN",
        "Bilirubin > ULN x 2",
        "Bilirubin > ULN to 1.5 x ULN",
        "Creatinine ≤ ULN for patients on dialysis",
        "AST > ULN; bilirubin normal",
        "INR or PT > 15 seconds",
        "He is in grade 2",
        "≥ 5 years",
        "Diabetes for ≥ 18 years",
        "A rise in creatinine of ≥ 0.3 mg/dL",
        "Bilirubin > 2 mg/dL above baseline",
        "TBIL ≥ 17.1 umol/L per day",
        "Creatinine ≥ 1.5 times baseline",
        "Creatinine clearance < 30 mL/min",
        "Direct bilirubin > 2 mg/dL",
        "Platelet transfusion within 7 days",
        "Quick SOFA ≥ 2",
        "Gestational age > 37 weeks",
        "ALT > 5 x ULN for age",
        "Not aged 18 to 65 years",
        "Except patients with MELD > 40",
        "If bilirubin > 5 mg/dL, ask the centre",
        "A related donor aged 18 to 55 years",
        "Diagnosed before 30 years of age",
        "Patients aged 7 to 17 years must give assent",
        "Lansky score ≥ 50 for patients < 16 years old",
        "For Gilbert's syndrome, bilirubin ≤ 3 mg/dL",
        "Creatinine ≤ 1.4 mg/dL in women",
        "Liver failure (Child-Pugh C) is not present",
        "Warfarin with a target INR > 2",
        "INR > 1.5 fold",
        "MELD score > 400",
    ],
)
def test_limit_of_something_else_is_not_read(line: str) -> None:
    """Another time, another quantity, another person, some of the participants, a negation."""
    assert read(line) == []


def test_main_limit_is_read_beside_its_exception() -> None:
    """The exception is not."""
    line = "Bilirubin ≤ 1.5 x ULN (or ≤ 3 x ULN for patients with Gilbert's syndrome)"
    assert read(line) == ["bilirubin <= 1.5 ULN"]


def test_first_rule_counts_where_two_read_the_same_piece() -> None:
    """`years old` and `Adults` both tell that it is an age."""
    (limit,) = find_limits("Adults 18 to 70 years old", RULES)
    assert limit.limit_rule == "age"


def test_limit_and_unit_are_pieces_of_the_line() -> None:
    """They are as written, with the registry's backslashes."""
    line = "Adults; platelet count \\< 50 × 10\\^9/L."
    (limit,) = find_limits(line, RULES)
    values = limit.list_values(line)
    assert "platelet count \\< 50 × 10\\^9/L" in values
    assert "× 10\\^9/L" in values


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_reads_its_examples(rule: Rule) -> None:
    """Each rule has its source and two examples that it reads, and reads none of its counterexamples."""
    assert rule.source
    assert len(rule.examples) > 1
    for example in rule.examples:
        assert rule.name in [limit.limit_rule for limit in find_limits(example, RULES)], example
    for example in rule.counterexamples:
        assert rule.name not in [limit.limit_rule for limit in find_limits(example, RULES)], example
