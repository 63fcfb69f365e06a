"""The rules that `docs/rules.md` shows do what the page says, and so do those of `docs/hepatorenal.toml`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from transform.rules.files import RuleFile, parse_rules, read_rule_files
from transform.rules.matching import find_matches
from transform.rules.model import KINDS, Rule

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "rules.md").read_text("utf-8")
BLOCKS = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if block.startswith("[[")]
HEPATORENAL = (DOCS / "hepatorenal_rules.toml").read_text("utf-8")
WORDS = re.findall(r"^- `(\"[^`]*\"|'[^`]*')` matches (.*)$", PAGE, re.MULTILINE)


def list_matched(rules, text):
    """Return the names of the rules that match the text."""
    return [rules[number].name for number in find_matches(pd.Series([text]), rules)["rule"]]


@pytest.mark.parametrize("text", [*BLOCKS, HEPATORENAL])
def test_examples_of_the_page_hold(text):
    """Each rule matches its examples and none of its counterexamples."""
    rules = parse_rules((RuleFile("page.toml", text),))
    assert rules
    for rule in rules:
        assert rule.source or rule.value == "SOFA"
        assert all(rule.name in list_matched([rule], example) for example in rule.examples)
        assert not any(list_matched([rule], example) for example in rule.counterexamples)


def test_whole_example_has_a_rule_of_each_list():
    """A reader sees all four at work."""
    assert {rule.kind for rule in parse_rules((RuleFile("page.toml", BLOCKS[-1]),))} == set(KINDS)


def test_hepatorenal_set_names_its_rules():
    """They have names of their own, so that the set can be followed beside `aclf`."""
    named = tomllib.loads((DOCS / "hepatorenal.toml").read_text("utf-8"))["rules"]
    assert named == ["hepatorenal_rules.toml"]
    parse_rules((RuleFile("hepatorenal_rules.toml", HEPATORENAL), *read_rule_files(["aclf"])))


@pytest.mark.parametrize(
    ("word", "matched", "unmatched"),
    [
        ('"MELD"', ["MELD", "meld", "Meld"], ["melding"]),
        ('"G CSF"', ["G-CSF", "G CSF", "GCSF"], ["GM-CSF"]),
        ('"antibiotics?"', ["antibiotic", "antibiotics"], []),
        ('"(severe )?sepsis"', ["sepsis", "severe sepsis"], []),
        ('"hepatic (coma|encephalopathy)"', ["hepatic coma", "hepatic encephalopathy"], ["coma"]),
        ('"(?-i:TIPS)"', ["TIPS"], ["tips"]),
        ("'MELD 3[.]0'", ["MELD 3.0"], ["MELD 300"]),
        ("'grade \\d'", ["grade 2"], ["grade x"]),
        ("'criteria [^.;]{0,40} AKI'", ["criteria of the club for AKI"], ["criteria. AKI"]),
    ],
)
def test_word_of_the_page_matches_what_the_page_says(word, matched, unmatched):
    """Each of them is on the page."""
    assert word in [shown for shown, _ in WORDS]
    rules = [Rule("mention", "word", "word", (word[1:-1],))]
    assert all(list_matched(rules, text) for text in matched)
    assert not any(list_matched(rules, text) for text in unmatched)
