"""`docs/cookbook.md` has twenty questions, and each statement gives the answer that stands below it."""

from __future__ import annotations

import re

import pytest

from tests.tools.cookbook_page import PAGE, answered

RECIPES = PAGE.read_text().split("\n## ")[1:]


def test_there_are_twenty_questions():
    """Each has a heading that asks, one statement and one answer."""
    assert len(RECIPES) == 20
    for recipe in RECIPES:
        assert recipe.partition("\n")[0].endswith("?")
        assert (recipe.count("```sql\n"), len(re.findall(r"^\| --- \|", recipe, re.MULTILINE))) == (1, 1)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.partition("?")[0])
def test_an_answer_is_what_the_statement_gives(both_nights, recipe):
    """Run anew on the sample's two nights, the statement gives the rows of the page."""
    assert answered(recipe, both_nights.warehouse) == recipe


def test_the_silent_trials_are_right(both_nights):
    """By hand: the seed page's trial is unknown, was last verified in April 2018 and had not begun to recruit."""
    (recipe,) = [recipe for recipe in RECIPES if recipe.startswith("Which have gone silent")]
    assert "| NCT03863002 | Unknown status | 2018-04-01 | NOT_YET_RECRUITING |" in answered(
        recipe, both_nights.warehouse
    )
