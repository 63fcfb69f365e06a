"""Sentences: a registry text is split at its lines and its full stops."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A line end; a full-width stop; a stop before a space, unless a small letter follows; or a stop between a word and a
# capitalised word, where the writer left the space out ("were excluded.The trial").
_STOP = re.compile(
    r"[\r\n]+|[。！？]+[”’』」）)]*"
    r"|(?<![.!?])[.!?]++[\"'”’)\]*_]*+(?=\s)(?![ \t\xa0]*[a-zß-ÿ])"
    r"|(?<=[a-z)\]]{2})[.](?=[A-Z][a-z])"
)
_BEGINNING = re.compile(r"\s*(?:[*•·‣▪●○–—-](?:\s+|\Z))*")

# What ends with a full stop inside a sentence.
_ABBREVIATION = re.compile(
    r"(?i:al|approx|ca|cf|dept|dr|eg|figs?|ie|incl|max|min|mrs?|ms|nos|nr|prof|refs?|resp|spp|st|subsp|vol|vs)|No"
    r"|(?:[A-Za-z][.])+[A-Za-z]"  # e.g, U.S, b.i.d
)
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}(?:[.]\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})\\?")  # Markdown: 1\\.
_WORD_EDGE = "([{\"'“‘,;:"


def split_sentences(text: str) -> list[str]:
    """Split a text into sentences, each as the text has it.

    A line ends a sentence, and so does a full stop, a question mark or an exclamation mark (also a full-width one).
    These do not: the point of a decimal (`2.5`), of an abbreviation (`e.g.`, `vs.`, `U.S.`), of the number of a list
    line (`1. Age`), and a full stop before a small letter.

    Args:
        text: any text; one of the registry has lines of lists, and its paragraphs are one line each.

    Returns:
        The sentences that are not empty, in order, without the marks of list lines (`*`, `-`, `•`) and without spaces
        around. Each is a piece of the text, and together they have all of its words.
    """
    return [piece for piece in (_strip(text, start, end) for start, end in _find_spans(text)) if piece]


def _find_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in _STOP.finditer(text):
        if text[stop.start()] in "\r\n。！？" or _ends_sentence(text, start, stop):
            yield start, stop.end()
            start = stop.end()
    yield start, len(text)


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    """Return whether a stop in the sentence that begins at `start` is its end."""
    if text[stop.start()] != ".":
        return True
    # A sentence can be long, and only its last two words matter.
    before = text[max(start, stop.start() - 80) : stop.start()]
    if _ENUMERATOR.fullmatch(_strip(before, 0, len(before))):
        return False
    previous, word = ["", "", *before.rsplit(maxsplit=2)][-2:]
    word = word.lstrip(_WORD_EDGE)
    if word.isdigit():
        # The number of an item within a line: "; 2. Age".
        return not previous.endswith((";", ":"))
    if len(word) == 1 and word.isupper():
        # "Hepatitis C. Patients" ends, "Robert F. Kennedy" does not.
        return not previous[:1].isupper()
    return not _ABBREVIATION.fullmatch(word)


def _strip(text: str, start: int, end: int) -> str:
    beginning = _BEGINNING.match(text, start, end)
    return text[beginning.end() if beginning else start : end].strip()
