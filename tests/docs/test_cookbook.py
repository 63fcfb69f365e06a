"""`docs/cookbook.md` has thirty-three questions, and each statement gives the answer below it."""

from __future__ import annotations

import re

import pytest

from tests.tools.cookbook_page import PAGE, fill_answers

RECIPES = PAGE.read_text().split("\n## ")[1:]


@pytest.fixture(scope="module")
def cookbook_warehouse(cookbook_aclf):
    """Return the warehouse that the page names."""
    return cookbook_aclf.warehouse


def test_there_are_thirty_three_questions():
    """Each has a question as heading, one statement and one answer."""
    assert len(RECIPES) == 33
    for recipe in RECIPES:
        assert recipe.partition("\n")[0].endswith("?")
        assert (recipe.count("```sql\n"), len(re.findall(r"^\| --- \|", recipe, re.MULTILINE))) == (1, 1)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.partition("?")[0])
def test_statement_gives_the_answer_on_the_page(cookbook_warehouse, recipe):
    """On the nights of the sample the statement gives the rows of the page."""
    assert fill_answers(recipe, cookbook_warehouse) == recipe


def test_silent_trials_include_the_known_one(cookbook_warehouse):
    """Checked by hand: NCT03863002 is unknown, was last verified in April 2018 and had not begun to recruit."""
    (recipe,) = [recipe for recipe in RECIPES if recipe.startswith("Which trials have gone silent")]
    assert "| NCT03863002 | Unknown status | 2018-04-01 | NOT_YET_RECRUITING |" in fill_answers(
        recipe, cookbook_warehouse
    )


@pytest.mark.parametrize(
    ("question", "row"),
    [
        # The eligibility text says "MELD score from 18 to 35".
        ("Which limits do trials set", "| MELD | inclusion | between | 18.0 | 35.0 |  | NCT00973817 |"),
        # The primary outcome is "Mortality", "28 days and 90 days".
        (
            "Which trials have death or survival",
            "| NCT02457637 | Completed | Mortality | 28 days and 90 days | [28, 90] |",
        ),
        # Berlin is 523.5 km from Vienna.
        ("Which trials recruit within 600 km", "| NCT04613921 | Sample site 2 | Germany | 523.5 | Recruiting |"),
        # 40 of 88 are 45.45 %.
        ("How many participants of each arm", "| NCT02669680 | G-CSF | 40 | 88 | 45.5 |"),
        # Both completion dates moved; the verification and the two update dates are paperwork.
        ("What really changed this month", "| NCT04975490 | 2 | 0 | 3 | status |"),
        # From 2025-12-31 to 2026-12-31.
        ("Whose completion has slipped", "| NCT04975490 | completion_date | 2025-12-31 | 2026-12-31 | 365 |"),
        # Two of its three arms get a drug, the third gets a placebo.
        ("Who tests G-CSF", "| not stated | Recruiting | 1 | NCT06890039 |"),
    ],
)
def test_answer_has_the_row_that_was_checked_by_hand(cookbook_warehouse, question, row):
    """Each follows from the record that ships, read by a person."""
    (recipe,) = [recipe for recipe in RECIPES if recipe.startswith(question)]
    assert row in fill_answers(recipe, cookbook_warehouse)
