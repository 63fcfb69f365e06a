"""Try rules on the examples that their files give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from transform.rules.matching import find_matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transform.rules.model import Rule


def list_failed_examples(rules: Sequence[Rule]) -> list[str]:
    """Return in words each example that its rule does not match, and each counterexample that it does."""
    return [failure for rule in rules for failure in _find_failures(rule)]


def _find_failures(rule: Rule) -> Iterator[str]:
    texts = [*rule.examples, *rule.counterexamples]
    matched = set(find_matches(pd.Series(texts, dtype="str"), [rule])["row"])
    for row, text in enumerate(texts):
        is_example = row < len(rule.examples)
        if is_example != (row in matched):
            yield f"the rule {rule.name!a} {'does not match' if is_example else 'matches'} {text!a}"
