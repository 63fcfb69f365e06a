"""The summary page on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from flows.pages.markup import read_blocks
from flows.pages.trial_page import DESCRIPTION, DESIGN, NOT_GIVEN, RELATED_HEAD, SEE_ALSO, SUMMARY, TERMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from flows.pages.markup import Block
    from flows.pages.trial_page import RelatedTrial, TrialPage

_WIDEST = 100
"""Columns of the widest line. Longer lines are hard to read."""

_STYLES = {
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


def print_pages(pages: Sequence[TrialPage]) -> None:
    """Print the pages, one below the other."""
    console = Console(highlight=False)
    width = min(console.width, _WIDEST)
    for page in pages:
        for part in _list_parts(page):
            console.print(part, width=width)


def _list_parts(page: TrialPage) -> Iterator[RenderableType]:
    yield Rule(Text(page.nct_id, "bold"), style="cyan")
    yield from (Text(note, "yellow") for note in page.notes)
    yield _make_heading(SUMMARY)
    yield Text(page.title, "bold")
    yield ""
    yield from _list_paragraphs(read_blocks(page.summary))
    yield _make_heading(DESCRIPTION)
    yield from _list_paragraphs(read_blocks(page.description))
    yield _make_heading(DESIGN)
    yield _align_facts(page.design)
    yield _make_heading(TERMS)
    yield _align_facts(page.terms)
    yield ""
    yield _align_facts(page.facts)
    if page.related:
        yield _make_heading(SEE_ALSO)
        yield _make_related_table(page.related)
    yield Padding(Text(f"{page.url}\n{page.origin}", "dim"), (1, 0))


def _make_heading(words: str) -> RenderableType:
    return Padding(Text(words, "bold cyan"), (1, 0, 0, 0))


def _list_paragraphs(paragraphs: Sequence[Block]) -> Iterator[RenderableType]:
    if not paragraphs:
        yield Text(NOT_GIVEN, _STYLES[NOT_GIVEN])
    before = None
    for block in paragraphs:
        if not block.follows_closely(before):
            yield ""
        # A grid keeps the lines of an item apart from its marker.
        if block.depth:
            item = Table.grid(padding=(0, 1, 0, 0))
            item.add_column(width=max(len(block.marker), 1))
            item.add_row(Text(block.marker), Text(block.text))
            yield Padding(item, (0, 0, 0, 2 * block.depth - 1))
        else:
            yield Text(block.text)
        before = block


def _align_facts(facts: Sequence[tuple[str, str]]) -> RenderableType:
    if not facts:
        return Text(NOT_GIVEN, _STYLES[NOT_GIVEN])
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, value in facts:
        table.add_row(label, Text(value, _STYLES.get(value, "")))
    return table


def _make_related_table(related: Sequence[RelatedTrial]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", show_edge=False, pad_edge=False)
    # Status and phase are short, so that the title gets the rest of the width.
    for name, widest in zip(RELATED_HEAD, (18, None, 15), strict=True):
        table.add_column(name, overflow="fold", max_width=widest)
    for other in related:
        trial = Text.assemble((other.nct_id, "bold"), " - ", other.title)
        table.add_row(Text(other.status, _STYLES.get(other.status, "")), trial, Text(other.phase))
    return table
