"""Registry text without the characters that control a terminal or change the reading direction."""

from __future__ import annotations

from typing import Any

# C0 and C1 control characters, except tab and line feed. They control a terminal.
_TERMINAL_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n")}
# Unicode's embeddings, overrides and isolates. They change the direction in which a text is read.
_DIRECTION_CONTROLS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_REMOVED = dict.fromkeys(_TERMINAL_CONTROLS | _DIRECTION_CONTROLS)


def remove_controls(text: str) -> str:
    """Return the text without the characters that control a terminal or change the reading direction."""
    return text.translate(_REMOVED)


def remove_controls_in(value: Any) -> Any:
    """Return the value with the controls removed from a text, or from each text in a list. Keep any other value."""
    if isinstance(value, list):
        return [remove_controls_in(part) for part in value]
    return remove_controls(value) if isinstance(value, str) else value
