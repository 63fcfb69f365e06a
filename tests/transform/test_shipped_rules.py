"""Every rule that ships says where it comes from, and its own examples prove its words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd
import pytest

from transform.rules.files import parse_rules, read_rule_files
from transform.rules.matching import find_matches
from transform.rules.model import KINDS

FIRST_COUNTS = ("intervention_class", "outcome_class")
"""The kinds of which a text has one value: that of the first rule that matches it."""

FOLDERS = sorted(
    folder.name
    for folder in (files("transform") / "rules").iterdir()
    if folder.is_dir() and any(file.name.endswith(".toml") for file in folder.iterdir())
)
BY_KIND = pytest.mark.parametrize(("folder", "kind"), [(folder, kind) for folder in FOLDERS for kind in KINDS])


@cache
def list_rules(folder, kind):
    """Return the rules of a kind in a folder that ships."""
    return [rule for rule in parse_rules(read_rule_files([folder])) if rule.kind == kind]


@cache
def find_rules(folder, kind, key):
    """Return each rule with each text of its `examples` or `counterexamples`, and the names of all that match it."""
    rules = list_rules(folder, kind)
    texts = [(rule, text) for rule in rules for text in getattr(rule, key)]
    matches = find_matches(pd.Series([text for _, text in texts], dtype="str"), rules)
    found = matches.groupby("row")["rule"].agg(list).to_dict()
    return [(rule, text, [rules[number] for number in found.get(row, [])]) for row, (rule, text) in enumerate(texts)]


@BY_KIND
def test_rule_has_source_and_examples(folder, kind):
    """A rule without these could not be judged by anyone who reads it."""
    assert [rule.name for rule in list_rules(folder, kind) if not rule.source or len(rule.examples) < 2] == []


@BY_KIND
def test_example_is_matched_by_its_rule(folder, kind):
    """Other rules may match it too."""
    assert [(rule.name, text) for rule, text, found in find_rules(folder, kind, "examples") if rule not in found] == []


@BY_KIND
def test_counterexample_is_not_matched_by_its_rule(folder, kind):
    """It has the trap that the rule avoids."""
    cases = find_rules(folder, kind, "counterexamples")
    assert [(rule.name, text) for rule, text, found in cases if rule in found] == []


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("kind", FIRST_COUNTS)
def test_example_has_its_rule_s_value(folder, kind):
    """Where the first rule counts, no rule before it takes its examples."""
    cases = find_rules(folder, kind, "examples")
    assert [(rule.name, text, found[0].name) for rule, text, found in cases if found[0].value != rule.value] == []


@BY_KIND
def test_examples_in_capitals_are_matched_too(folder, kind):
    """A title in capitals has all the mentions that its words have."""
    rules = list_rules(folder, kind)
    texts = pd.Series([text.upper() for rule in rules for text in rule.examples], dtype="str")
    owners = [number for number, rule in enumerate(rules) for _ in rule.examples]
    matches = find_matches(texts, rules)
    missed = set(enumerate(owners)) - set(zip(matches["row"], matches["rule"], strict=True))
    assert [texts[row] for row, _ in sorted(missed)] == []
