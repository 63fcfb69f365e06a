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
from flows.pages.trial_page import DESCRIPTION, DESIGN, MORE, NOT_GIVEN, RELATED_HEAD, SEE_ALSO, SUMMARY, TERMS
from flows.pages.trial_terminal_parts import STYLES, list_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from flows.pages.markup import Block
    from flows.pages.trial_page import RelatedTrial, TrialPage

_WIDEST = 100
"""Columns of the widest line. Longer lines are hard to read."""


def print_pages(pages: Sequence[TrialPage], *, is_unfolded: bool = False) -> None:
    """Print the pages, one below the other.

    Args:
        pages: the pages.
        is_unfolded: whether the parts are written out; else each has a line that says what is in it.
    """
    console = Console(highlight=False)
    width = min(console.width, _WIDEST)
    for page in pages:
        for piece in _list_pieces(page, width, is_unfolded=is_unfolded):
            console.print(piece, width=width)


def _list_pieces(page: TrialPage, width: int, *, is_unfolded: bool) -> Iterator[RenderableType]:
    yield Rule(Text(page.nct_id, "bold"), style="cyan")
    yield from (Text(note, "yellow") for note in page.notes)
    if page.is_excerpt:
        yield from _list_title(page)
        yield Text.assemble("Status: ", (page.status, STYLES.get(page.status, "")))
    else:
        yield from _list_summary(page)
    if page.is_excerpt or is_unfolded:
        for part in page.parts:
            yield _make_heading(part.title)
            yield Text(part.brief, "dim")
            yield from list_part(part, width)
    elif page.parts:
        yield _make_heading(MORE.format(nct_id=page.nct_id))
        yield _align_facts([(part.name, part.brief) for part in page.parts])
    yield Padding(Text(f"{page.url}\n{page.source}", "dim"), (1, 0))


def _list_title(page: TrialPage) -> Iterator[RenderableType]:
    yield Text(page.title, "bold")
    yield Text(f"{page.nct_id}  {page.url}", "dim")


def _list_summary(page: TrialPage) -> Iterator[RenderableType]:
    yield _make_heading(SUMMARY)
    yield from _list_title(page)
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


def _make_heading(words: str) -> RenderableType:
    return Padding(Text(words, "bold cyan"), (1, 0, 0, 0))


def _list_paragraphs(paragraphs: Sequence[Block]) -> Iterator[RenderableType]:
    if not paragraphs:
        yield Text(NOT_GIVEN, STYLES[NOT_GIVEN])
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
        return Text(NOT_GIVEN, STYLES[NOT_GIVEN])
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, value in facts:
        table.add_row(label, Text(value, STYLES.get(value, "")))
    return table


def _make_related_table(related: Sequence[RelatedTrial]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", show_edge=False, pad_edge=False)
    # Status and phase are short, so that the title gets the rest of the width.
    for name, widest in zip(RELATED_HEAD, (18, None, 15), strict=True):
        table.add_column(name, overflow="fold", max_width=widest)
    for other in related:
        trial = Text.assemble((other.nct_id, "bold"), " - ", other.title)
        table.add_row(Text(other.status, STYLES.get(other.status, "")), trial, Text(other.phase))
    return table
