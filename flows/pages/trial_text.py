"""The trial's page as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.pages.markup import read_blocks
from flows.pages.trial_blocks import Facts, Lines, Table
from flows.pages.trial_page import DESCRIPTION, DESIGN, MORE, NOT_GIVEN, RELATED_HEAD, SEE_ALSO, SUMMARY, TERMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flows.pages.markup import Block as Paragraph
    from flows.pages.trial_blocks import Cell, Part, Words
    from flows.pages.trial_page import RelatedTrial, TrialPage


def format_text(page: TrialPage, *, is_unfolded: bool = False) -> str:
    """Return the page as plain text: each paragraph, fact and related trial is one line.

    Args:
        page: the page.
        is_unfolded: whether the parts are written out; else each has a line that says what is in it.
    """
    return "\n".join(_list_lines(page, is_unfolded=is_unfolded)) + "\n"


def list_paragraphs(
    paragraphs: Sequence[Paragraph], indent: str = "  ", escape: Callable[[str], str] = str
) -> Iterator[str]:
    """Yield the paragraphs and list items of a long text as lines, with empty lines between paragraphs."""
    if not paragraphs:
        yield NOT_GIVEN
    before = None
    for block in paragraphs:
        if not block.follows_closely(before):
            yield ""
        # The marker of an item takes the place of its last indent.
        marker = f"{block.marker} " if block.marker else ""
        yield indent * (block.depth - bool(marker)) + marker + escape(block.text)
        before = block


def _list_lines(page: TrialPage, *, is_unfolded: bool) -> Iterator[str]:
    if page.notes:
        yield from (*page.notes, "")
    if page.is_excerpt:
        yield from (page.title, f"{page.nct_id}  {page.url}", f"Status: {page.status}")
    else:
        yield from _list_summary(page)
    if page.is_excerpt or is_unfolded:
        for part in page.parts:
            yield from _list_part(part)
    elif page.parts:
        briefs = [(part.name, part.brief) for part in page.parts]
        yield from ("", MORE.format(nct_id=page.nct_id), "", *_align_facts(briefs))
    yield from ("", page.url, page.source)


def _list_summary(page: TrialPage) -> Iterator[str]:
    yield from (SUMMARY, "", page.title, f"{page.nct_id}  {page.url}", "")
    yield from list_paragraphs(read_blocks(page.summary))
    yield from ("", DESCRIPTION, "", *list_paragraphs(read_blocks(page.description)))
    yield from ("", DESIGN, "", *_align_facts(page.design))
    yield from ("", TERMS, "", *_align_facts(page.terms))
    yield from ("", *_align_facts(page.facts))
    if page.related:
        yield from ("", SEE_ALSO, "", *_align_related(page.related))


def _align_facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(label) for label, _ in facts), default=0)
    return [f"{label:<{width}}  {value}" for label, value in facts] or [NOT_GIVEN]


def _align_related(related: Sequence[RelatedTrial]) -> Iterator[str]:
    rows = [RELATED_HEAD, *((other.status, f"{other.nct_id} - {other.title}", other.phase) for other in related)]
    width = max(len(status) for status, _, _ in rows)
    for status, trial, phase in rows:
        yield f"{status:<{width}}  {trial}  {phase}".rstrip()


def _list_part(part: Part) -> Iterator[str]:
    yield from ("", part.title, part.brief)
    for block in part.make_blocks():
        yield ""
        yield from filter(None, (block.heading, block.note))
        if isinstance(block, Facts):
            yield from _list_facts(block)
        elif isinstance(block, Lines):
            for depth, cell in block.rows:
                yield from _list_item("  " * depth, [_write_words(words) for words in cell])
        elif block.has_figures:
            yield from _align_figures(block)
        else:
            yield from _list_rows(block)


def _list_facts(block: Facts) -> Iterator[str]:
    width = max(len(label) for label, _ in block.rows)
    for label, cell in block.rows:
        for index, words in enumerate(cell):
            yield f"{'' if index else label:<{width}}  {_write_words(words)}"


def _list_item(indent: str, lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield f"{indent}{' ' if index else '*'} {line}"


def _list_rows(table: Table) -> Iterator[str]:
    """Yield each row as an item: its first cell, and below that the other columns with their names."""
    for first, *others in table.rows:
        named = [f"{name}: {_join_cell(cell)}" for name, cell in zip(table.head[1:], others, strict=True) if cell]
        yield from _list_item("", [*map(_write_words, first), *named])


def _align_figures(table: Table) -> Iterator[str]:
    rows = [list(table.head), *([_join_cell(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(table.head))]
    for row in rows:
        yield "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()


def _join_cell(cell: Cell) -> str:
    return "; ".join(map(_write_words, cell))


def _write_words(words: Words) -> str:
    return f"{words.text} {words.address}" if words.address else words.text
