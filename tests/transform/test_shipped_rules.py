"""Every rule that ships says where it comes from, and its own examples prove its words."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files

import pandas as pd
import pytest

from transform.rules.examples import list_failed_examples
from transform.rules.files import RuleFile, parse_rules, read_rule_files
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


@BY_KIND
def test_rule_has_source_and_examples(folder, kind):
    """A rule without these could not be judged by anyone who reads it."""
    assert [rule.name for rule in list_rules(folder, kind) if not rule.source or len(rule.examples) < 2] == []


@BY_KIND
def test_examples_fit(folder, kind):
    """A rule matches its examples, and not its counterexamples, which have the trap that it avoids."""
    assert list_failed_examples(list_rules(folder, kind)) == []


@BY_KIND
def test_examples_in_capitals_fit_too(folder, kind):
    """A title in capitals says the same."""
    in_capitals = [
        replace(rule, examples=[text.upper() for text in rule.examples], counterexamples=())
        for rule in list_rules(folder, kind)
    ]
    assert list_failed_examples(in_capitals) == []


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("kind", FIRST_COUNTS)
def test_example_has_its_rule_s_value(folder, kind):
    """Where the first rule counts, no rule before it takes its examples."""
    rules = list_rules(folder, kind)
    cases = [(rule, text) for rule in rules for text in rule.examples]
    matches = find_matches(pd.Series([text for _, text in cases], dtype="str"), rules).drop_duplicates("row")
    chosen = matches.set_index("row")["rule"]
    others = [(rule.name, text) for row, (rule, text) in enumerate(cases) if rules[chosen[row]].value != rule.value]
    assert others == []


@BY_KIND
def test_piece_that_is_found_has_no_space_around(folder, kind):
    """A word that may begin or end with a gap would take the space with it."""
    rules = list_rules(folder, kind)
    texts = pd.Series([text for rule in rules for text in rule.examples], dtype="str")
    found = find_matches(" " + texts + " ", rules)["found"]
    assert found[found != found.str.strip()].tolist() == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_words_are_sound(folder):
    """The words that ship take no check when they are used, so they are checked here, as those of a person are."""
    for file in (files("transform") / "rules" / folder).iterdir():
        if file.name.endswith(".toml"):
            assert parse_rules((RuleFile(file.name, file.read_text()),))
