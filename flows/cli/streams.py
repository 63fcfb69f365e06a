"""Write to standard output and error in any encoding: for people what the encoding has, for programs every character.

On Windows, in a C locale or with `PYTHONIOENCODING`, a stream may lack characters that the registry's texts have.
"""

from __future__ import annotations

import codecs
import io
import sys
from typing import TextIO

_ERRORS = "aclf-readable"
_LOOKALIKES = {
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″", '"'),
    **dict.fromkeys("•·●", "*"),
    "…": "...",
    "─": "-",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "→": "->",
    "←": "<-",
    "×": "x",
    "\N{NO-BREAK SPACE}": " ",
}
"""Characters of texts and of our own pages, each with the ASCII that people read in its place."""


def accept_any_character() -> None:
    """Let the streams write every text: a character that a stream's encoding lacks is replaced or escaped."""
    codecs.register_error(_ERRORS, _replace_characters)
    for stream in (sys.stdout, sys.stderr):
        # A stream may be closed (None), or replaced by one that holds text and encodes nothing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def open_document() -> TextIO:
    """Return standard output for a document that programs read: a file or a pipe gets UTF-8, which loses nothing."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and not stream.isatty() and not has_every_character():
        stream.reconfigure(encoding="utf-8", errors=_ERRORS)
    return stream


def has_every_character() -> bool:
    """Return whether standard output has an encoding with all characters, such as UTF-8."""
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")


def _replace_characters(error: UnicodeError) -> tuple[str, int]:
    """Return the text in place of the characters that cannot be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_LOOKALIKES.get(character) or _escape(character) for character in characters), error.end


def _escape(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode()
