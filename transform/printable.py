"""What of a record's text may reach a terminal or a page: its characters, and nothing that steers."""

from __future__ import annotations

from typing import Any

_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n")}
_TURNS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_UNPRINTABLE = dict.fromkeys(_CONTROLS | _TURNS)
"""Characters that steer a terminal, and those that turn the direction in which a text is read."""


def printable(value: Any) -> Any:
    """The value, its texts without the characters that steer a terminal or turn the reading direction."""
    if isinstance(value, str):
        return value.translate(_UNPRINTABLE)
    return [printable(part) for part in value] if isinstance(value, list) else value
