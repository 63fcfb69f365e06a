"""A file of rules gives its rules, or is refused with its name, the rule and the key."""

from __future__ import annotations

import pandas as pd
import pytest

from extract.errors import BadRules
from tests.support.rules import parse_text
from transform.rules.files import read_rule_files
from transform.rules.matching import find_matches

G_CSF = """
[[mention]]
concept = "treatment"
value = "G-CSF"
words = ["G CSF", "granulocyte colony stimulating factor"]
pass_over = ["G CSF receptor"]
source = "FIELD"
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Subcutaneous G-CSF for 5 days", "G-CSF"),
        ("gcsf", "gcsf"),
        ("Granulocyte colony-\nstimulating factor", "Granulocyte colony-\nstimulating factor"),
        ("G-CSF receptor, and g csf", "g csf"),
        ("G-CSF receptor", None),
        ("GM-CSF", None),
        ("GCSFX", None),
        (None, None),
        ("", None),
    ],
)
def test_words_match_whole_in_any_case_and_with_any_gap(text, found):
    """A piece that is passed over does not count, and does not hide another one."""
    matches = find_matches(pd.Series(["something else", text], dtype="str"), parse_text(G_CSF))
    assert matches.to_dict("records") == ([{"row": 1, "rule": 0, "found": found}] if found else [])


@pytest.mark.parametrize("between", ["[^.]*", ".*"])
def test_match_does_not_reach_over_a_piece_that_is_passed_over(between):
    """What is found is always a piece of the text."""
    rules = parse_text(G_CSF.replace('"G CSF", ', f"'G CSF{between}days', "))
    texts = pd.Series(["G-CSF receptor, G-CSF for days", "G-CSF, not G-CSF receptor, on all days"], dtype="str")
    assert find_matches(texts, rules)["found"].tolist() == ["G-CSF for days"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("placebo of G-CSF", ["placebo"]),
        ("G-CSF", ["G-CSF"]),
        ("NAC, placebo and G-CSF", ["NAC", "placebo"]),
        ("NAC", ["NAC"]),
    ],
)
def test_no_later_rule_matches_a_text_that_an_alone_rule_matches(text, found):
    """Earlier rules still do, and other texts are not touched."""
    template = '[[intervention_class]]\nvalue = "{0}"\nwords = ["{0}"]\n'
    rules = parse_text(
        template.format("NAC") + template.format("placebo") + "alone = true\n" + template.format("G-CSF")
    )
    matches = find_matches(pd.Series([text, "G-CSF"]), rules)
    assert [rules[rule].name for rule in matches.loc[matches["row"] == 0, "rule"]] == found
    assert [rules[rule].name for rule in matches.loc[matches["row"] == 1, "rule"]] == ["G-CSF"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("words", "word"), "`word` of mention 1 is not a known key"),
        (('"G CSF", ', "5, "), "`words` of mention 1 must be a list of texts"),
        (('"G CSF", ', '"", '), "`words` of mention 1 must be a list of texts"),
        (('"G CSF", ', '"(?=x)", '), "looking ahead"),
        (('"G CSF", ', '"(x", '), "not a regular expression"),
        (('"G CSF", ', '"x++", '), "not a regular expression"),
        (('"G CSF", ', '"x?", '), "matches a text without any word"),
        (("concept", "#"), "`concept` of mention 1 is missing"),
        (("[[mention]]", "[[mentions]]"), "have a list 'mentions'"),
        (("[[mention]]", "[mention]"), "must be a list"),
        (("[[mention]]", "[[mention"), "cannot be read"),
        (('"FIELD"', '"FIELD"\nminimum = "1"'), "`minimum` of mention 1 must be a number"),
        (('"FIELD"', '"FIELD"\nalone = "yes"'), "`alone` of mention 1 must be true or false"),
        (('"FIELD"', '"FIELD"\nunits = {a = 0}'), "`units` of mention 1 must be a table of numbers"),
    ],
)
def test_wrong_file_is_refused(change, problem):
    """The sentence names the file, the rule and the key."""
    with pytest.raises(BadRules, match=r"made\.toml") as refusal:
        parse_text(G_CSF.replace(*change))
    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [("≥ 18 years", ["≥ 18 years"]), (" (none) ", ["(none)"]), ("none of it", []), ("is ≥ 18 years", [])],
)
def test_word_that_is_tied_to_the_ends_takes_the_signs_there(text, found):
    """A text may begin or end with a sign, where there is no edge of a word. Spaces are left out."""
    rule = "[[mention]]\nconcept = 'x'\nvalue = 'x'\nwords = ['^\\W*none\\W*$', '^\\W*\\d+ years']\n"
    assert find_matches(pd.Series([text], dtype="str"), parse_text(rule))["found"].tolist() == found


def test_two_rules_of_one_name_are_refused():
    """Nobody could say which of them a value comes from."""
    with pytest.raises(BadRules, match="two rules of mention have the name 'treatment: G-CSF'"):
        parse_text(G_CSF + G_CSF)


@pytest.mark.parametrize("name", ["nothing.toml", "nothing"])
def test_missing_file_is_refused(name):
    """Neither a path nor a folder that ships."""
    with pytest.raises(BadRules, match="nothing"):
        read_rule_files([name])
