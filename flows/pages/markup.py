"""The registry's markup: its long texts are CommonMark (its API document says so), and use paragraphs and lists of it.

Everything else is text here: what looks like emphasis, a link or HTML is shown as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

BULLET = "*"

_USED = ["list", "hr", "newline", "escape"]
"""What is read of CommonMark, besides paragraphs: the rest of it does not occur in the registry's texts."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph.

    Attributes:
        text: what it says, in one line, without markup.
        depth: 0 for a paragraph of the text itself, 1 for one within a list, 2 within a list in a list.
        marker: `*`, or the number as in `2.`, of the item of a list that it begins; else empty.
    """

    text: str
    depth: int = 0
    marker: str = ""

    def follows_closely(self, before: Block | None) -> bool:
        """Whether no empty line belongs before it: it begins the text, or an item below a line of its list."""
        return before is None or bool(before.depth and self.marker)


def read_blocks(text: str | None) -> tuple[Block, ...]:
    """The paragraphs of a text, those in lists with their markers."""
    return tuple(_blocks(_reader().parse(text or "")))


def render_markup(text: str | None) -> str:
    """The text as paragraphs and lists of HTML, with everything in it escaped."""
    return str(_reader().render(text or ""))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    depth = 0
    marker = ""
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "list_item_open":
            marker = token.info + token.markup if token.info else BULLET
        elif token.type == "inline":
            words = "".join(child.content or " " for child in token.children or ()).split()
            if words:
                yield Block(" ".join(words), depth, marker)
            marker = ""


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("zero", {"html": False}).enable(_USED)
