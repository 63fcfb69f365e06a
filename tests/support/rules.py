"""Rules from a text, as a file of rules has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.rules.files import RuleFile, parse_rules

if TYPE_CHECKING:
    from transform.rules.model import Rule


def parse_text(text: str) -> tuple[Rule, ...]:
    """Return the rules of one file with this text."""
    return parse_rules((RuleFile("made.toml", text),))
