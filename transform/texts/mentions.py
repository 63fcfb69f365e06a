"""Mentions: which sentences of a record name a definition, a score or another concept of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from transform.normalise.row_ids import make_row_ids
from transform.normalise.text_arrays import make_text_array
from transform.rules.matching import find_matches, has_words
from transform.texts.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from transform.rules.model import Rule

_PLACES = {
    ("ctgov.studies", "brief_title"): "brief title",
    ("ctgov.studies", "official_title"): "official title",
    ("ctgov.brief_summaries", "description"): "brief summary",
    ("ctgov.detailed_descriptions", "description"): "detailed description",
    ("ctgov.conditions", "name"): "condition",
    ("ctgov.keywords", "name"): "keyword",
    ("ctgov.design_groups", "title"): "arm group",
    ("ctgov.design_groups", "description"): "arm group",
    ("ctgov.interventions", "name"): "intervention",
    ("ctgov.interventions", "description"): "intervention",
    ("ctgov.design_outcomes", "measure"): "outcome",
    ("ctgov.design_outcomes", "description"): "outcome",
    ("ctgov.eligibilities", "criteria"): "eligibility criteria",
    ("ctgov.eligibilities", "population"): "study population",
}
"""Where mentions are looked for, in the order in which a trial's rows come. An outcome's place has its type before."""

SOURCES = tuple(dict.fromkeys(table for table, _ in _PLACES))
"""The tables that mentions are made from."""

_COLUMNS = {
    "id": "int64",
    "nct_id": "str",
    "concept": "str",
    "value": "str",
    "found_in": "str",
    "sentence": "str",
    "mention_text": "str",
    "mention_rule": "str",
}


def normalise_mentions(sources: Mapping[str, pd.DataFrame], rules: Sequence[Rule]) -> pd.DataFrame:
    """Find the sentences that rules of the kind `mention` match. Where several rules match, all are kept.

    Args:
        sources: the rows of each table of `SOURCES`, by its name, in the order of their ids.
        rules: the rules, of any kinds. Without one of the kind `mention` there are no rows.

    Returns:
        `main.mentions`: a row per sentence and rule, in the order of the trials, then of the places of a record, the
        sentences and the rules. `id` (int64) is the NCT number's digits times ten million plus the row's number in the
        trial; all other columns are `str`. `sentence` is a piece of the record's text, and `mention_text` of the
        sentence.
    """
    rules = [rule for rule in rules if rule.kind == "mention"]
    if not rules:
        return pd.DataFrame(columns=[*_COLUMNS]).astype(_COLUMNS)
    sentences = _split_texts(_collect_texts(sources), rules)
    matches = find_matches(sentences["text"], rules)
    named = pd.DataFrame(
        [(rule.concept, rule.value, rule.name) for rule in rules], columns=["concept", "value", "mention_rule"]
    )
    rows = sentences.take(matches["row"].to_numpy()).reset_index(drop=True).rename(columns={"text": "sentence"})
    rows = rows.join(named.take(matches["rule"].to_numpy()).reset_index(drop=True)).assign(
        mention_text=matches["found"]
    )
    # A trial's sentences are not together yet: its titles come before all summaries.
    rows = rows.sort_values("nct_id", kind="stable", ignore_index=True)
    rows["id"] = make_row_ids(rows["nct_id"])
    return rows[[*_COLUMNS]].astype(_COLUMNS)


def _collect_texts(sources: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return all texts with `nct_id`, `found_in` and `text`, place by place."""
    return pd.concat(list(_iter_places(sources)), ignore_index=True)


def _iter_places(sources: Mapping[str, pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for (table, column), place in _PLACES.items():
        source = sources[table]
        is_typed = "outcome_type" in source.columns
        found_in = source["outcome_type"] + f" {place}" if is_typed else place
        yield pd.DataFrame({"nct_id": source["nct_id"], "found_in": found_in, "text": source[column]}, dtype="str")


def _split_texts(texts: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the sentences of the lines that have a word of a rule: `nct_id`, `found_in` and `text`."""
    lists = pc.split_pattern(make_text_array(texts["text"]), "\n")
    owners = np.asarray(pc.list_parent_indices(lists))
    every_line = pc.list_flatten(lists).to_pandas().astype("str")
    # Few lines of a text have a word, and only those are worth the search for their sentences.
    found = np.flatnonzero(has_words(every_line, rules))
    lines = texts.take(owners[found]).assign(text=every_line.take(found).array)
    sentences = lines.assign(text=lines["text"].map(split_sentences)).explode("text", ignore_index=True)
    return sentences.astype("str")
