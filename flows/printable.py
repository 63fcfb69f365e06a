"""What a record's text is on a terminal: its characters, and none of the terminal's own language."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Every control character but the tab and the line feed: an escape sequence could colour or retitle a terminal."""


def printable(text: str) -> str:
    """The text without control characters."""
    return _CONTROL.sub("", text)
