"""The command line follows, lists, checks and selects condition sets."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.support.folders import DOCS
from tests.support.made_studies import make_contents, make_study
from tests.support.warehouses import CONDITION_SET

RARE_SET = 'name = "rare"\ntitle = "Rare disease"\nsearch = "\\"rare disease\\""\nminimum_trials = 2\n'


@pytest.fixture
def two(aclf, registry):
    """Return the command line in a folder with two sets, which the environment names, after a first sync."""
    (aclf.folder / "made set.toml").write_text(CONDITION_SET)
    (aclf.folder / "rare.toml").write_text(RARE_SET)
    aclf.environment["ACLF_CONDITION_SET"] = "made set.toml,rare.toml"
    serve(registry, 10, rare=2)
    assert aclf("sync", "--direct").code == 0
    return aclf


def serve(registry, day, rare):
    """Serve one trial of the made disease, and some of the rare one, as the data of a day in September."""
    studies = [make_study(1, conditions=["Made disease"])]
    studies += [make_study(number, conditions=["Rare disease"]) for number in range(2, 2 + rare)]
    registry.contents = make_contents(*studies, data_timestamp=f"2026-09-{day}T09:00:04")


def test_the_sets_are_listed(two):
    """Each has its title, the trials in it, and whether it is followed; JSON has the rows of `condition_sets`."""
    lines = two("sets").out.splitlines()
    (made,) = [line for line in lines if line.strip().startswith("made")]
    assert made.split()[1:5] == ["Made", "disease", "1", "1"]
    assert made.split()[-1] == "followed"
    assert [(row["name"], row["trials"], row["is_followed"]) for row in two("sets", "--json").document] == [
        ("made", 1, True),
        ("rare", 2, True),
    ]


def test_a_refused_listing_ends_with_3_and_is_shown_until_it_heals(two, registry):
    """Each command names the set that was not listed; `--lenient` makes the code 0."""
    serve(registry, 11, rare=1)
    planned = two("sync", "--dry-run")
    assert planned.code == 0
    assert planned.err.startswith("the set rare was not listed and keeps its trials")
    run = two("sync", "--direct")
    assert run.code == 3
    assert "the set rare was not listed and keeps its trials" in run.out
    assert "rare was not listed: the registry lists 1 trials" in two("sets").out.splitlines()[-1]
    assert "because the registry lists 1 trials" in two("status").out
    assert two("sync", "--direct", "--lenient").code == 0
    serve(registry, 12, rare=3)
    healed = two("sync", "--direct", "--json")
    assert (healed.code, healed.document["inserted"]) == (0, 1)
    assert healed.document["condition_sets"][1] == {"name": "rare", "listed": 3, "refused": None}
    assert "because" not in two("status").out


def test_a_set_can_be_checked_before_it_is_followed(two, registry):
    """The registry says how many trials its search finds; nothing is fetched and nothing is written."""
    before = two.published()
    (two.folder / "third.toml").write_text(RARE_SET.replace("= 2", "= 30") + 'include = ["NCT00000009"]\n')
    registry.requests.clear()
    checked = two("sets", "check", "third.toml")
    assert checked.out.splitlines() == [
        "The search of rare (Rare disease) finds 2 trials.",
        "1 is included by hand, found or not.",
        "A sync would refuse it: minimum_trials is 30.",
    ]
    assert len(registry.requests) == 1
    assert two("sets", "check", "rare.toml", "--json").document == {
        "name": "rare",
        "title": "Rare disease",
        "found": 2,
        "minimum_trials": 2,
        "rules": 0,
    }
    assert two.published() == before


def test_the_sample_can_be_asked_too(aclf):
    """The example of the documentation finds its 13 trials in the sample, in a folder without a warehouse."""
    shutil.copy(DOCS / "cirrhosis.toml", aclf.folder)
    checked = aclf("sets", "check", "cirrhosis.toml", "--registry", "sample")
    first, second = checked.out.splitlines()
    assert first == "The search of cirrhosis (Cirrhosis of the liver) finds 13 trials."
    assert re.fullmatch(r"Its texts are read with \d+ rules \(aclf\), which fit their examples\.", second)
    assert not (aclf.folder / ".aclf").exists()


def test_rules_that_do_not_fit_their_examples_are_named(two, registry):
    """The sentence names the rule and the text, and no request is sent."""
    rule = '[[mention]]\nconcept = "taste"\nvalue = "salt"\nwords = ["salty"]\nexamples = ["a sweet sea"]\n'
    (two.folder / "taste.toml").write_text(rule)
    (two.folder / "third.toml").write_text(RARE_SET + 'rules = ["taste.toml"]\n')
    registry.requests.clear()
    checked = two("sets", "check", "third.toml")
    assert checked.code == 2
    assert "the rule 'taste: salt' does not match 'a sweet sea'" in checked.err
    assert registry.requests == []


@pytest.mark.parametrize("words", [("check",), ("check", "a.toml", "b.toml"), ("list",)])
def test_other_words_are_refused(two, words):
    """The sentence says what the command takes."""
    refused = two("sets", *words)
    assert refused.code == 2
    assert "takes nothing, or `check` and a condition set" in refused.err


def test_changes_and_the_report_show_one_set(two):
    """With `--condition-set` they tell about its trials alone; a name that is not followed is refused."""
    lines = [line.strip() for line in two("changes", "--condition-set", "rare").out.splitlines()]
    assert [line for line in lines if "joined" in line] == ["joined the set rare (condition: Rare disease)"] * 2
    assert "2 trials" in two("report", "rare.html", "--condition-set", "rare").out
    page = (two.folder / "rare.html").read_text()
    assert "<h1>Rare disease</h1>" in page
    assert "NCT00000001" not in page
    assert "3 trials" in two("report", "all.html").out
    assert "<h1>Made disease, Rare disease</h1>" in (two.folder / "all.html").read_text()
    for command in (("changes",), ("report", "x.html")):
        refused = two(*command, "--condition-set", "third")
        assert refused.code == 2
        assert "(it follows: made, rare)" in refused.err
