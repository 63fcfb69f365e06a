"""Find which rules match which texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from transform.normalise.text_arrays import make_text_array
from transform.rules.model import HIDDEN, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transform.rules.model import Rule

_LETTERS_PER_SEARCH = 3000
"""RE2 searches for some words together as quickly as for one. For too many letters it needs more memory than it takes,
and is ten times as slow."""

_TYPES = {"row": "int64", "rule": "int64", "found": "str"}


def find_matches(texts: pd.Series[str], rules: Sequence[Rule]) -> pd.DataFrame:
    """Find the rules that match each text. Words that stand in the text twice count once.

    Text that is added to a text never takes away a match, unless a rule that is `alone` matches the longer text.

    Args:
        texts: any texts; NULLs are allowed.
        rules: the rules.

    Returns:
        One row per text and rule that matches it, sorted by both: `row` (int64: the text's position in `texts`), `rule`
        (int64: the rule's position in `rules`), and `found` (`str`: the first piece of the text that the rule matched,
        as the text has it).
    """
    if not rules:
        return pd.DataFrame({"row": [], "rule": [], "found": []}).astype(_TYPES)
    positions, distinct = pd.factorize(texts.astype("str"))
    unique = make_text_array(pd.Series(distinct))
    # Most texts match no rule, and a look for the words of many rules together is enough to see that.
    candidates = np.flatnonzero(_match(unique, rules))
    left = unique.take(pa.array(candidates, pa.int64()))
    pieces = [_find_pieces(rule, left) for rule in rules]
    matches = pd.DataFrame(
        {
            "text": np.concatenate([found for found, _ in pieces]),
            "rule": np.repeat(np.arange(len(rules)), [len(found) for found, _ in pieces]),
            "found": pa.concat_arrays([found for _, found in pieces]).to_pandas().astype("str"),
        }
    )
    matches = _drop_after_alone(matches, rules)
    matches["text"] = candidates[matches["text"]]
    rows = pd.DataFrame({"row": np.arange(len(texts)), "text": positions})
    matches = rows.merge(matches, on="text").drop(columns="text")
    return matches.sort_values(["row", "rule"], ignore_index=True).astype(_TYPES)


def has_words(texts: pd.Series[str], rules: Sequence[Rule]) -> pd.Series[bool]:
    """Return for each text whether it has a word of one of the rules, in a piece that is passed over or not.

    This is quick. A text without these words has no match, nor has any piece of it.

    Args:
        texts: any texts; NULLs are allowed.
        rules: the rules.
    """
    if not rules:
        return pd.Series(data=False, index=texts.index)
    found = _match(make_text_array(texts), rules)
    return pd.Series(found, index=texts.index)


def _drop_after_alone(matches: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the matches without those of rules that come after a rule that is alone, in the same text."""
    is_alone = matches["rule"].isin([number for number, rule in enumerate(rules) if rule.alone])
    last = matches["rule"].where(is_alone).groupby(matches["text"]).transform("min").fillna(len(rules))
    return matches[matches["rule"] <= last].reset_index(drop=True)


def _match(texts: pa.StringArray, rules: Sequence[Rule]) -> np.ndarray:
    found = np.zeros(len(texts), dtype=bool)
    for words in _split_words([word for rule in rules for word in rule.words]):
        matches = pc.match_substring_regex(texts, f"(?i){join_words(words)}")
        found |= np.asarray(matches.fill_null(fill_value=False))
    return found


def _split_words(words: Sequence[str]) -> list[list[str]]:
    """Return the words in groups that are quick to search for together."""
    ends = np.cumsum([len(word) for word in words]) // _LETTERS_PER_SEARCH
    return [[words[int(at)] for at in np.flatnonzero(ends == group)] for group in np.unique(ends)]


def _find_pieces(rule: Rule, texts: pa.StringArray) -> tuple[np.ndarray, pa.StringArray]:
    """Return the positions of the texts that a rule matches, and the piece of each that it matched first."""
    # Arrow alone: a frame a rule would take longer than the search.
    if rule.pass_over:
        texts = pc.replace_substring_regex(texts, f"(?i){join_words(rule.pass_over)}", HIDDEN)
    found = pc.struct_field(pc.extract_regex(texts, rule.pattern), "found")
    # A dot matches what is hidden, too. Such a piece is not in the text.
    is_whole = pc.invert(pc.match_substring(found, HIDDEN)).fill_null(fill_value=False)
    # A word that is tied to the start or the end of the text takes the spaces there.
    return np.flatnonzero(np.asarray(is_whole)), pc.utf8_trim_whitespace(found.filter(is_whole))
