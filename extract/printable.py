"""Text for people: every text that becomes part of a sentence, a page or an artifact is cleaned here."""

from __future__ import annotations

import json
import re
from typing import Any
from unicodedata import category

LONGEST_QUOTE = 2000
"""Characters that are shown of a sentence with words of the registry, of a library or of a file in it."""

LONGEST_NAME = 100
"""Characters that are shown of a key, a code or a date that the registry sent."""

# C0 and C1 control characters, except tab and line feed. They control a terminal.
_TERMINAL_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n")}
# Unicode's marks, embeddings, overrides and isolates. They change the direction in which a text is read.
_DIRECTION_CONTROLS = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
# Characters without width hide in a word. The two joiners are not here, because some scripts need them.
_WITHOUT_WIDTH = {0x200B, *range(0x2060, 0x2065), 0xFEFF, *range(0xE0000, 0xE0080)}
_REMOVED = dict.fromkeys(_TERMINAL_CONTROLS | _DIRECTION_CONTROLS | _WITHOUT_WIDTH)
_ESCAPED = {code: json.dumps(chr(code))[1:-1] for code in _REMOVED}

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet runs as a formula."""

_WORD = re.compile(r"\S+")
_MARKDOWN = re.compile(r"[\\`*_\[\]<|~&#@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MARKDOWN_AT_THE_START = re.compile(r"^(\d*)([>+=\-.)])")
"""Characters that Markdown may read as more than text: anywhere, and at the start of a line."""


class _SentenceCharacters(dict[int, str | None]):
    """What each character becomes in a sentence; it is worked out when the character is first seen."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        if category(character).startswith("Z"):
            self[code] = " "
        else:
            self[code] = character if character.isprintable() else None
        return self[code]


_SENTENCE_CHARACTERS = _SentenceCharacters({ord("\t"): " "})


def clean_sentence(text: str, longest: int | None = None) -> str:
    """Return a text as a sentence or a part of one: one line of printable characters, without passwords.

    A line break becomes a space. Indentation at the beginning stays.

    Args:
        text: our own words, with words of the registry, of a library or of the environment in them.
        longest: the most characters to return, where a cut ends in `…`; None to return all.
    """
    first, *others = text.splitlines() or [""]
    joined = " ".join([first, *filter(None, map(str.strip, others))])
    one_line = hide_passwords(joined).translate(_SENTENCE_CHARACTERS)
    return one_line if longest is None or len(one_line) <= longest else f"{one_line[: longest - 1]}…"


def clean_name(text: str) -> str:
    """Return a name or a value that the registry sent as a part of a sentence, shortened to a hundred characters."""
    return clean_sentence(text, LONGEST_NAME).strip()


def hide_passwords(text: str) -> str:
    """Return the text without the user names and passwords of the addresses in it."""
    return _WORD.sub(_hide_password, text) if "//" in text and "@" in text else text


def escape_markdown(text: str) -> str:
    """Escape a text, so that Markdown shows it as it is, anywhere: no HTML, no link, no heading comes from it."""
    return _MARKDOWN_AT_THE_START.sub(r"\1\\\2", escape_markdown_in_line(text))


def escape_markdown_in_line(text: str) -> str:
    """Escape a text that stands inside a line, as a cell of a table does: no heading or list can begin there."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def escape_controls(document: str) -> str:
    """Return a JSON document in which each character that `remove_controls` would remove is an escape."""
    return document.translate(_ESCAPED)


def disarm_formula(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def remove_controls(text: str) -> str:
    """Return a text of several lines without the characters that control a terminal or change the reading direction."""
    return text.translate(_REMOVED)


def remove_controls_in(value: Any) -> Any:
    """Return the value with the controls removed from a text, or from each text in a list. Keep any other value."""
    if isinstance(value, list):
        return [remove_controls_in(part) for part in value]
    return remove_controls(value) if isinstance(value, str) else value


def _hide_password(word: re.Match[str]) -> str:
    before, slashes, after = word[0].partition("//")
    # A password may hold any character, also / and @, so all up to the last @ is taken for one.
    return before + slashes + after.rpartition("@")[2]
