"""The parts of a trial's page on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from flows.pages.trial_blocks import Facts, Lines
from flows.pages.trial_page import NOT_GIVEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from flows.pages.trial_blocks import Cell, Part, Table, Words

STYLES = {
    "Recruiting": "green",
    "Enrolling by invitation": "green",
    "Not yet recruiting": "cyan",
    "Active, not recruiting": "yellow",
    "Suspended": "red",
    "Terminated": "red",
    "Withdrawn": "red",
    "Unknown status": "dim",
    NOT_GIVEN: "dim",
}
"""The style of a status, and of what is not given; everything else has no colour."""

_NARROWEST = 13
"""Columns of the narrowest column of figures. Where they get fewer, each arm has a line of its own."""


def list_part(part: Part, width: int) -> Iterator[RenderableType]:
    """Yield what is in a part, for a terminal of this width."""
    for block in part.make_blocks():
        yield ""
        if block.heading:
            yield Text(block.heading, "bold")
        if block.note:
            yield Text(block.note, "dim")
        if isinstance(block, Facts):
            yield _align_facts(block)
        elif isinstance(block, Lines):
            yield from _list_items(block)
        elif block.has_figures and width // (len(block.head) + 1) < _NARROWEST:
            yield from _stack_figures(block)
        else:
            yield _make_grid(block)


def _align_facts(block: Facts) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, cell in block.rows:
        grid.add_row(label, _join_words(cell))
    return grid


def _list_items(block: Lines) -> Iterator[RenderableType]:
    for depth, cell in block.rows:
        item = Grid.grid(padding=(0, 1, 0, 0))
        item.add_row(Text("*"), _join_words(cell))
        yield Padding(item, (0, 0, 0, 2 * depth))


def _make_grid(table: Table) -> Grid:
    # An empty line between rows keeps cells of several lines apart.
    has_long_rows = any(len(cell) > 1 for row in table.rows for cell in row)
    grid = Grid(box=box.SIMPLE_HEAD, header_style="bold", show_edge=False, pad_edge=False, leading=int(has_long_rows))
    for name in table.head:
        grid.add_column(Text(name), overflow="fold")
    for row in table.rows:
        grid.add_row(*map(_join_words, row))
    return grid


def _stack_figures(table: Table) -> Iterator[RenderableType]:
    """Yield each row as a line, with a line for each arm below it."""
    for first, *others in table.rows:
        yield _join_words(first)
        grid = Grid.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="dim", overflow="fold")
        grid.add_column(overflow="fold")
        for name, cell in zip(table.head[1:], others, strict=True):
            grid.add_row(Text(name), _join_words(cell))
        yield Padding(grid, (0, 0, 0, 2))


def _join_words(cell: Cell) -> Text:
    return Text("\n").join(map(_style_words, cell))


def _style_words(words: Words) -> Text:
    style = "dim" if words.kind == "note" else STYLES.get(words.text, "") if words.kind == "status" else ""
    return Text(f"{words.text} {words.address}".rstrip(), style)
