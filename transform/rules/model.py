"""A rule: words, and what a text says that has one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = ("intervention_class", "outcome_class", "criterion_measure", "mention")
"""What rules are for: each a list of that name in a file of rules."""

HIDDEN = "\x00"
"""What stands in a text for a piece that a rule passes over. A dot of a word matches it, and such a match
does not count."""

# What a space in a rule's word stands for: `G CSF` is also G-CSF and GCSF, and a name may go on in the next line.
_GAP = "[\\s\xa0_\u2010-\u2015-]*"
_CAPTURING = re.compile(r"(?<!\\)\((?!\?)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file.

    Attributes:
        kind: what it is for; see `KINDS`.
        name: its name, which no other rule of its kind has.
        value: what it says of a text, such as a class.
        words: the words that it looks for, as regular expressions. It looks for whole words, in upper and lower case.
            A space stands for any space, line end, hyphen or underscore, or for nothing.
        pass_over: longer texts that contain a word and mean something else. They count as if they were not there.
        alone: whether a text that it matches is matched by no later rule: the placebo of a drug is not that drug.
        source: where it comes from.
        file: the file that it stands in.
        version: the first digits of the SHA-256 of that file.
        concept: what the value is one of, for a mention: score, definition, aetiology.
        unit: the unit of `value_in_unit`, for a measure; None if the measure has no unit.
        units: how many `unit` each other unit is.
        minimum: the smallest number that can be meant, in `unit`; for a measure.
        maximum: the largest.
        examples: texts that it matches.
        counterexamples: texts that it does not match.
    """

    kind: str
    name: str
    value: str
    words: tuple[str, ...]
    pass_over: tuple[str, ...] = ()
    alone: bool = False
    source: str = ""
    file: str = ""
    version: str = ""
    concept: str = ""
    unit: str | None = None
    units: Mapping[str, float] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """The words as one regular expression of RE2, with the matched text as its group `found`."""
        return f"(?i)(?P<found>{join_words(self.words)})"


def join_words(words: Iterable[str]) -> str:
    """Return a regular expression of RE2 that matches any of these whole words; see `Rule.words`."""
    expanded = [expand_word(word) for word in words]
    # A text may begin or end with a sign, where there is no edge of a word.
    anchored = [word for word in expanded if word.startswith("^") or word.endswith("$")]
    bounded = [word for word in expanded if word not in anchored]
    whole = [rf"\b(?:{'|'.join(bounded)})\b"] if bounded else []
    anchored = [word if word.startswith("^") else rf"\b{word}" for word in anchored]
    anchored = [word if word.endswith("$") else rf"{word}\b" for word in anchored]
    return rf"(?:{'|'.join([*whole, *anchored])})"


def expand_word(word: str) -> str:
    """Return the regular expression that a word of a rule stands for."""
    return _CAPTURING.sub("(?:", word).replace(" ", _GAP).replace("[^", r"[^\x00")
