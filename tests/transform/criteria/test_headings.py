"""A line of the eligibility text is a heading, or a criterion, or both."""

from __future__ import annotations

import pytest

from transform.criteria.headings import read_heading

IN, OUT = "inclusion", "exclusion"


@pytest.mark.parametrize(
    ("line", "starts", "name"),
    [
        ("Inclusion Criteria:", IN, None),
        ("EXCLUSION CRITERIA", OUT, None),
        ("Key inclusion criteria :", IN, None),
        ("Exclusion criteria：", OUT, None),
        ("Non-inclusion criteria:", OUT, None),
        ("Inclusion:", IN, None),
        ("Criteria for exclusion:", OUT, None),
        ("List of exclusion criteria:", OUT, None),
        ("Inclusion criteria include:", IN, None),
        ("Eligibility Criteria:", None, None),
        ("Donor Exclusion Criteria:", OUT, "Donor Exclusion Criteria"),
        ("Inclusion criteria for healthy controls", IN, "Inclusion criteria for healthy controls"),
        ("Exclusion Criteria (Arm B):", OUT, "Exclusion Criteria (Arm B)"),
        ("2.4 EXCLUSION CRITERIA", OUT, "2.4 EXCLUSION CRITERIA"),
        ("Patients will be excluded if they meet any of these:", OUT, None),
        ("Adults who have all of the following are eligible:", IN, None),
        ("People must not meet any of the following exclusion criteria to be eligible:", OUT, None),
    ],
)
def test_heading_starts_its_section(line: str, starts: str | None, name: str | None) -> None:
    """The name is what a heading says beyond the section."""
    heading = read_heading(line, has_bullet=False)
    assert heading is not None
    assert (heading.is_section, heading.starts, heading.name, heading.rest) == (True, starts, name, None)


@pytest.mark.parametrize(
    ("line", "starts", "rest"),
    [
        ("Exclusion Criteria: pregnancy", OUT, "pregnancy"),
        ("Inclusion: cirrhosis of any cause", IN, "cirrhosis of any cause"),
        ("Inclusion criteria are age and consent", IN, "Inclusion criteria are age and consent"),
        ("Women of 50 years are eligible if they have the following:", IN, None),
    ],
)
def test_heading_goes_on_with_a_criterion(line: str, starts: str, rest: str | None) -> None:
    """A heading with a criterion behind it, and a sentence with a number, are both."""
    heading = read_heading(line, has_bullet=False)
    assert heading is not None
    assert heading.starts == starts
    assert heading.rest is not None
    assert line[heading.rest :] == (rest or line)


@pytest.mark.parametrize(
    "line",
    [
        "Pregnancy at inclusion",
        "Meets all inclusion criteria of the first part",
        "Not meeting the exclusion criteria",
        "Excluded: warfarin and heparin",
        "Patients with earlier transplantation are eligible provided they meet these criteria:",
        "Enrolled in another trial",
        "Age above 18 years",
    ],
)
def test_criterion_with_a_bullet_is_no_heading(line: str) -> None:
    """The words of headings stand in criteria as well."""
    assert read_heading(line, has_bullet=True) is None


def test_sentence_with_a_bullet_leaves_the_section() -> None:
    """It speaks for the lines below it, and says nothing itself."""
    heading = read_heading("A person is excluded if any of the following criteria is met:", has_bullet=True)
    assert heading is not None
    assert not heading.is_section
