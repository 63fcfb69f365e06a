"""What of a record's text may reach a terminal or a page: its characters, and nothing that steers."""

from __future__ import annotations

from typing import Any

_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n")}
_TURNS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_UNPRINTABLE = dict.fromkeys(_CONTROLS | _TURNS)
"""Characters that steer a terminal, and those that turn the direction in which a text is read."""


def remove_controls(text: str) -> str:
    """The text without the characters that steer a terminal or turn the reading direction."""
    return text.translate(_UNPRINTABLE)


def remove_controls_in(value: Any) -> Any:
    """The value, a text or the texts of a list so; all else as it is."""
    if isinstance(value, list):
        return [remove_controls_in(part) for part in value]
    return remove_controls(value) if isinstance(value, str) else value
