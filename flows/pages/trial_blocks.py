"""What the parts of a trial's page are made of: facts, lists and tables of words, whatever the page's form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from flows.pages.markup import BULLET, read_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
"""How CommonMark escapes a sign."""

_EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """Some words in one line.

    Attributes:
        text: the words, without markup.
        url: where they lead; empty if nowhere.
        kind: a `note` stands back, a `status` has its colour.
    """

    text: str
    url: str = ""
    kind: Literal["", "note", "status"] = ""

    @property
    def address(self) -> str:
        """Where the words lead, for a form without links; empty if the words say it themselves."""
        return "" if self.url.startswith("mailto:") or self.url == self.text else self.url


Cell = tuple[Words, ...]
"""What stands in one place: each of the words in a line of its own."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels, each with what is known."""

    rows: tuple[tuple[str, Cell], ...]
    heading: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A list; each item has its depth, 0 for the outermost."""

    rows: tuple[tuple[int, Cell], ...]
    heading: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. If it has `figures`, every column but the first is an arm or a group."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heading: str = ""
    note: str = ""
    has_figures: bool = False


Block = Facts | Lines | Table


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page that is folded.

    Attributes:
        name: its name on the command line.
        title: its heading.
        brief: what is in it, in a line.
        make_blocks: returns what is in it. A page that shows only the line does without.
    """

    name: str
    title: str
    brief: str
    make_blocks: Callable[[], Sequence[Block]]


def make_cell(*lines: str | Words | None) -> Cell:
    """Return a cell with these lines; one without words is left out."""
    words = (line if isinstance(line, Words) else Words(join_lines(line)) for line in lines if line)
    return tuple(each for each in words if each.text)


def make_note(text: str | None) -> Words:
    """Return words that stand back."""
    return Words(join_lines(text), kind="note")


def make_email(address: str | None) -> Words:
    """Return an e-mail address, which leads to a new mail if it looks like one."""
    text = join_lines(address)
    return Words(text, f"mailto:{quote(text, safe='@')}" if _EMAIL.fullmatch(text) else "")


def make_link(text: str | None, url: str | None) -> Words:
    """Return words that lead to a page of the web; an address of another kind is left out."""
    target = (url or "").strip()
    return Words(join_lines(text) or target, target if _WEB_ADDRESS.fullmatch(target) else "")


def make_table(head: tuple[str, ...], rows: Sequence[tuple[Cell, ...]], heading: str = "", note: str = "") -> Table:
    """Return a table without the columns that are empty in every row; the first column stays."""
    kept = [index for index in range(len(head)) if index == 0 or any(row[index] for row in rows)]
    cells = tuple(tuple(row[index] for index in kept) for row in rows)
    return Table(tuple(head[index] for index in kept), cells, heading, note)


def shorten_block(block: Block, most: int, where: str) -> Block:
    """Return the block with this many rows at most; a note says how many it had, and where they are."""
    left_out = len(block.rows) - most
    if left_out <= 0:
        return block
    more = f"The first {most} of {len(block.rows)}; {where} shows all."
    rows: Any = block.rows[:most]
    return replace(block, rows=rows, note=" ".join(filter(None, [block.note, more])))


def join_lines(text: str | None) -> str:
    """Return a text in one line."""
    return " ".join((text or "").split())


def read_line(text: str | None) -> str:
    """Return a line of the registry's markup as text: without the backslashes before signs."""
    return _ESCAPED.sub(r"\1", join_lines(text))


def flatten_markup(text: str | None) -> str:
    """Return a text of the registry's markup in one line; the items of its lists keep their marks."""
    if not text or "\n" not in text.strip():
        return read_line(text)
    pieces = (f"{'•' if block.marker == BULLET else block.marker} {block.text}".strip() for block in read_blocks(text))
    return " ".join(pieces)


def format_day(day: str | None) -> str:
    """Return a day such as `2019-10-01` in the wording of the registry's page: October 1, 2019."""
    if not day:
        return ""
    known = date.fromisoformat(day[:10])
    return f"{known:%B} {known.day}, {known.year}"


def format_ages(lowest: str | None, highest: str | None) -> str:
    """Return the limits of age in words, as in `18 Years to 65 Years`; nothing where there is none."""
    if lowest and highest:
        return f"{lowest} to {highest}"
    if lowest:
        return f"{lowest} and older"
    return f"up to {highest}" if highest else ""


def count_words(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 site`, `1,148 sites`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
