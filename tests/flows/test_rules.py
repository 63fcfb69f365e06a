"""The rules of a condition set are applied, kept, and applied again when they change."""

from __future__ import annotations

import pytest

from extract.errors import BadRules
from flows import pipeline
from tests.support.warehouses import CONDITION_SET, EVERYTHING, make_member_study, read_golden_studies, with_value
from transform.catalog.files import load_catalog

SUMMARY = "protocolSection.descriptionModule.briefSummary"
RULE = '[[mention]]\nconcept = "taste"\nvalue = "{value}"\nwords = ["{word}"]\n'
MENTIONED = (
    "select nct_id, mentions.value, mention_text, file from mentions join rules on rule = mention_rule order by all"
)


@pytest.fixture
def salty(warehouse):
    """A warehouse whose set has rules of its own, after a sync of two trials."""
    warehouse.use_condition_set(CONDITION_SET + 'rules = ["taste.toml"]\n')
    write_rules(warehouse, value="salt", word="salty")
    warehouse.serve(
        with_value(make_member_study(1), SUMMARY, "A salty sea."),
        with_value(make_member_study(2), SUMMARY, "A sweet sea."),
    )
    warehouse.sync()
    return warehouse


def write_rules(warehouse, value, word):
    """Write the file of rules that the condition set names."""
    (warehouse.folder / "taste.toml").write_text(RULE.format(value=value, word=word))


def test_a_file_beside_the_set_gives_the_values(salty):
    """The value stands beside its text and its rule, and the rule beside its file."""
    assert salty.rows(MENTIONED) == [("NCT00000001", "salt", "salty", "taste.toml")]
    assert salty.rows("select rule, concept, words, length(version) from rules") == [
        ("taste: salt", "taste", ["salty"], 12)
    ]


def test_other_rules_are_applied_by_the_next_sync(salty):
    """No trial has changed, and no record is requested; the tables are made again and published."""
    write_rules(salty, value="sugar", word="sweet")
    salty.server.requests.clear()
    assert salty.sync()["outcome"] == "published"
    assert salty.rows(MENTIONED) == [("NCT00000002", "sugar", "sweet", "taste.toml")]
    assert len(salty.server.requests) == 1
    assert salty.sync()["outcome"] == "unchanged"


def test_rules_stay_until_a_sync_names_others(salty):
    """A backfill names the set that ships, a rebuild none, and a lost store comes back from the published file."""
    salty.backfill("NCT00000001", condition_sets=["aclf"])
    assert salty.rows(MENTIONED) == [("NCT00000001", "salt", "salty", "taste.toml")]
    (salty.folder / ".aclf" / "store.duckdb").unlink()
    pipeline.rebuild(salty.job("rebuild"))
    assert salty.rows(MENTIONED) == [("NCT00000001", "salt", "salty", "taste.toml")]
    salty.use_condition_set(CONDITION_SET)
    assert salty.sync()["outcome"] == "published"
    assert salty.rows("from rules") == salty.rows("from mentions") == []


def test_tables_that_are_made_again_are_those_of_a_rebuild(warehouse):
    """Other rules, applied to the rows of the store, give what the whole rebuild gives, for whole records."""
    warehouse.use_condition_set(EVERYTHING.replace("aclf", "taste.toml"))
    write_rules(warehouse, value="salt", word="salty")
    warehouse.serve(*read_golden_studies())
    warehouse.sync()
    warehouse.use_condition_set(EVERYTHING)
    warehouse.sync()
    made_again = read_rule_tables(warehouse)
    pipeline.rebuild(warehouse.job("rebuild"))
    assert read_rule_tables(warehouse) == made_again
    assert all(made_again.values())


def read_rule_tables(warehouse):
    """Return the rows of the tables that are made with rules."""
    tables = [table.qualified for table in load_catalog().tables if table.normaliser]
    return {table: warehouse.rows(f"from {table} order by id") for table in tables}


def test_wrong_rules_are_refused_before_any_request(salty):
    """The sentence names the file and the key."""
    write_rules(salty, value="salt", word="(salty")
    salty.server.requests.clear()
    with pytest.raises(BadRules, match=r"taste\.toml.*`words` of mention 1"):
        salty.sync()
    assert salty.server.requests == []


def test_rules_that_apply_to_nothing_yet_cost_nothing(warehouse):
    """The first sync of a set without rules keeps none, and its trials have none of their values."""
    warehouse.serve(make_member_study(1))
    warehouse.sync()
    assert warehouse.rows("from rules") == []
