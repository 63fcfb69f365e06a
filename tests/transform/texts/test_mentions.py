"""A mention names the sentence of the record, the piece of it, and the rule."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rules import parse_text
from transform.texts.mentions import SOURCES, normalise_mentions

RULES = parse_text(
    """
[[mention]]
concept = "score"
value = "MELD"
words = ["MELD"]
pass_over = ["MELD Na"]

[[mention]]
concept = "score"
value = "MELD-Na"
words = ["MELD Na"]

[[mention]]
concept = "aetiology"
value = "alcohol"
words = ["alcohol(ic)? (related )?(hepatitis|cirrhosis)"]

[[mention]]
concept = "precipitant"
value = "alcoholic hepatitis"
words = ["alcohol(ic)? (related )?hepatitis"]

[[outcome_class]]
value = "liver score"
words = ["MELD"]
"""
)
COLUMNS = {
    "ctgov.studies": ["nct_id", "brief_title", "official_title"],
    "ctgov.brief_summaries": ["id", "nct_id", "description"],
    "ctgov.detailed_descriptions": ["id", "nct_id", "description"],
    "ctgov.eligibilities": ["id", "nct_id", "criteria", "population"],
    "ctgov.conditions": ["id", "nct_id", "name"],
    "ctgov.keywords": ["id", "nct_id", "name"],
    "ctgov.interventions": ["id", "nct_id", "name", "description"],
    "ctgov.design_groups": ["id", "nct_id", "title", "description"],
    "ctgov.design_outcomes": ["id", "nct_id", "outcome_type", "measure", "description"],
}
RESULT = ["id", "nct_id", "concept", "value", "found_in", "sentence", "mention_text", "mention_rule"]
A, B = "NCT00000001", "NCT12345678"
PIECES = ["MELD of 20", "MELD-Na", "meld\n", "alcoholic hepatitis", "Cirrhosis.", "e.g. ", " ", "- ", "x"]
TEXTS = st.lists(st.lists(st.sampled_from(PIECES)).map(" ".join), min_size=1, max_size=12)


def on_many_texts(test):
    """Run a property on some lists of texts, because one call is as quick for many of them as for one."""
    return settings(max_examples=5, deadline=None)(given(TEXTS)(test))


def number_trials(texts):
    """Return each text with an NCT number of its own."""
    return [(f"NCT{number:08}", text) for number, text in enumerate(texts, 1)]


def make_sources(**rows):
    """Return the source tables; the rows of some are given by name, as tuples without the id."""
    sources = {}
    for table, columns in COLUMNS.items():
        values = rows.get(table.removeprefix("ctgov."), [])
        if "id" in columns:
            values = [(number, *row) for number, row in enumerate(values, 1)]
        sources[table] = pd.DataFrame(values, columns=columns).astype(dict.fromkeys(columns, "str"))
    return sources


def list_mentions(sources, *columns, rules=RULES):
    """Return the mentions as tuples of these columns."""
    return list(normalise_mentions(sources, rules)[[*columns]].itertuples(index=False, name=None))


def test_sources_are_the_tables_that_are_read():
    """The caller prepares no other table."""
    assert set(SOURCES) == set(COLUMNS)


def test_mentions_of_two_trials():
    """Rows come trial by trial, in the order of the places; each place has its name."""
    cause = "alcoholic hepatitis"
    title, both = "Severe Alcoholic Hepatitis", "MELD and MELD-Na in Cirrhosis"
    sources = make_sources(
        studies=[(A, title, None), (B, "A Score", both)],
        eligibilities=[(A, "Inclusion:\n\n* MELD of 2.5. Then\n* MELD-Na", None)],
        design_outcomes=[(A, "secondary", "Survival", "By MELD.")],
        brief_summaries=[(B, "No other word.")],
    )
    frame = normalise_mentions(sources, RULES)
    first, second = 10_000_000, 123_456_780_000_000
    assert list(frame.itertuples(index=False, name=None)) == [
        (first + 1, A, "aetiology", "alcohol", "brief title", title, title[7:], "aetiology: alcohol"),
        (first + 2, A, "precipitant", cause, "brief title", title, title[7:], f"precipitant: {cause}"),
        (first + 3, A, "score", "MELD", "secondary outcome", "By MELD.", "MELD", "score: MELD"),
        (first + 4, A, "score", "MELD", "eligibility criteria", "MELD of 2.5.", "MELD", "score: MELD"),
        (first + 5, A, "score", "MELD-Na", "eligibility criteria", "MELD-Na", "MELD-Na", "score: MELD-Na"),
        (second + 1, B, "score", "MELD", "official title", both, "MELD", "score: MELD"),
        (second + 2, B, "score", "MELD-Na", "official title", both, "MELD-Na", "score: MELD-Na"),
    ]  # fmt: skip


@pytest.mark.parametrize("rules", [(), [rule for rule in RULES if rule.kind != "mention"]])
@pytest.mark.parametrize("title", [None, "MELD"])
def test_without_rules_there_are_no_rows(rules, title):
    """The columns and their types are those of a table with rows."""
    filled = normalise_mentions(make_sources(studies=[(A, "MELD", None)]), RULES)
    empty = normalise_mentions(make_sources(studies=[(A, title, None)]), rules)
    assert list(empty) == RESULT
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == filled.dtypes.to_dict()
    assert normalise_mentions(make_sources(), RULES).dtypes.to_dict() == filled.dtypes.to_dict()


@on_many_texts
def test_text_that_is_added_takes_no_mention_away(texts):
    """Neither a further line nor another place does."""
    rows = number_trials(texts)
    others = [(nct_id, text) for (nct_id, _), text in zip(rows, reversed(texts), strict=True)]
    longer = [(nct_id, f"{text}\n{other}") for (nct_id, text), (_, other) in zip(rows, others, strict=True)]
    before = list_mentions(make_sources(brief_summaries=rows), "nct_id", "value", "sentence")
    after = list_mentions(make_sources(brief_summaries=longer, keywords=others), "nct_id", "value", "sentence")
    assert set(before) <= set(after)


@on_many_texts
def test_mention_is_in_its_sentence_and_the_sentence_in_the_record(texts):
    """So a reader finds both again."""
    rows = number_trials(texts)
    sources = make_sources(brief_summaries=rows)
    for nct_id, sentence, found in list_mentions(sources, "nct_id", "sentence", "mention_text"):
        assert sentence in dict(rows)[nct_id]
        assert found in sentence


@on_many_texts
def test_case_does_not_matter(texts):
    """The same mentions come from a text in capitals, which may end a sentence where a small letter did not."""
    rows = number_trials(texts)
    capitals = [(nct_id, text.upper()) for nct_id, text in rows]
    one, two = (list_mentions(make_sources(keywords=each), "nct_id", "value", "found_in") for each in (rows, capitals))
    assert set(one) == set(two)


@on_many_texts
def test_order_of_arms_does_not_matter(texts):
    """Their mentions are the same; only the rows' numbers follow the record."""
    columns = [column for column in RESULT if column != "id"]
    one, two = (
        list_mentions(make_sources(design_groups=[(A, text, None) for text in order]), *columns)
        for order in (texts, texts[::-1])
    )
    assert sorted(one) == sorted(two)


@on_many_texts
def test_rows_of_a_trial_depend_on_that_trial_alone(texts):
    """Any batch gives them, and any order of the trials."""
    rows = number_trials(texts)
    together = list_mentions(make_sources(brief_summaries=rows[::-1], keywords=rows), *RESULT)
    one, others = (
        list_mentions(make_sources(brief_summaries=each, keywords=each), *RESULT) for each in (rows[:1], rows[1:])
    )
    assert together == one + others
    assert together == sorted(together)
