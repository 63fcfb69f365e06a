"""The registry's markup. Its long texts are CommonMark (its API document says so), and use paragraphs and lists of it.

Everything else is text here: what looks like emphasis, a link or HTML is shown as it is.
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

_RULES = ["list", "hr", "newline", "escape"]
"""The parts of CommonMark that are read, besides paragraphs. The rest does not occur in the registry's texts."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph.

    Attributes:
        text: its words in one line, without markup.
        depth: 0 for a paragraph of the text itself, 1 for one within a list, 2 within a list in a list.
        marker: if it begins an item of a list, `*` or the number, as in `2.`; else empty.
    """

    text: str
    depth: int = 0
    marker: str = ""

    def follows_closely(self, before: Block | None) -> bool:
        """Return whether no empty line belongs before it: it begins the text, or an item below a line of its list."""
        return before is None or bool(before.depth and self.marker)


def read_blocks(text: str | None) -> tuple[Block, ...]:
    """Return the paragraphs of a text; those in lists have their markers."""
    return tuple(_read_tokens(_make_reader().parse(text or "")))


def render_markup(text: str | None) -> str:
    """Render a text as paragraphs and lists of HTML, with everything in it escaped."""
    return str(_make_reader().render(text or ""))


def _read_tokens(tokens: Sequence[Token]) -> Iterator[Block]:
    # markdown-it gives a flat list of tokens: a list opens, its items open, each with paragraphs, and it closes.
    depth = 0
    marker = ""
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "list_item_open":
            # A numbered item has its number as info, and the dot or bracket behind it as markup.
            marker = token.info + token.markup if token.info else BULLET
        elif token.type == "inline":
            # A line break within a paragraph has no content, and counts as a space.
            words = "".join(child.content or " " for child in token.children or ()).split()
            if words:
                yield Block(" ".join(words), depth, marker)
            # Only the first paragraph of an item has its marker.
            marker = ""


@cache
def _make_reader() -> MarkdownIt:
    # "zero" has no rules but paragraphs, so that only the named rules apply.
    return MarkdownIt("zero", {"html": False}).enable(_RULES)
