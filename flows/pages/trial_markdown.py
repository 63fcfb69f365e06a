"""The trial's page as Markdown. What the registry sends becomes only text, paragraphs and lists in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.printable import escape_markdown
from flows.pages.markup import read_blocks
from flows.pages.trial_blocks import Facts, Lines
from flows.pages.trial_page import DESCRIPTION, DESIGN, NOT_GIVEN, RELATED_HEAD, SEE_ALSO, SUMMARY, TERMS
from flows.pages.trial_text import list_paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.pages.markup import Block as Paragraph
    from flows.pages.trial_blocks import Block, Cell, Part, Words
    from flows.pages.trial_page import RelatedTrial, TrialPage


def format_markdown(page: TrialPage) -> str:
    """Return the page as Markdown, with a heading for each part."""
    return "\n".join(_list_lines(page)) + "\n"


def _list_lines(page: TrialPage) -> Iterator[str]:
    # Everything from the record is escaped; the headings and labels are our own.
    for note in page.notes:
        yield from (f"> {escape_markdown(note)}", "")
    yield from (f"# {escape_markdown(page.title)}", "", f"[{page.nct_id}]({page.url})", "")
    if page.is_excerpt:
        yield f"* **Status:** {escape_markdown(page.status)}"
    else:
        yield from _list_summary(page)
    for part in page.parts:
        yield from _list_part(part)
    yield from ("", f"<{page.url}>", "", escape_markdown(page.source))


def _list_summary(page: TrialPage) -> Iterator[str]:
    yield from (f"## {SUMMARY}", "", *_list_paragraphs(read_blocks(page.summary)))
    yield from ("", f"## {DESCRIPTION}", "", *_list_paragraphs(read_blocks(page.description)))
    yield from ("", f"## {DESIGN}", "", *_list_facts(page.design))
    yield from ("", f"## {escape_markdown(TERMS)}", "", *_list_facts(page.terms))
    # A table in Markdown needs a head, and the facts have none.
    yield from ("", "| | |", "|---|---|", *(f"| {label} | {escape_markdown(value)} |" for label, value in page.facts))
    if page.related:
        yield from ("", f"## {SEE_ALSO}", "", f"| {' | '.join(RELATED_HEAD)} |", "|---|---|---|")
        yield from map(_format_related, page.related)


def _list_paragraphs(paragraphs: Sequence[Paragraph]) -> Iterator[str]:
    return list_paragraphs(paragraphs, "    ", escape_markdown)


def _list_facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    return [f"* **{escape_markdown(name)}:** {escape_markdown(value)}" for name, value in facts] or [NOT_GIVEN]


def _format_related(other: RelatedTrial) -> str:
    trial = f"[{other.nct_id}]({other.url}) - {escape_markdown(other.title)}"
    return f"| {escape_markdown(other.status)} | {trial} | {escape_markdown(other.phase)} |"


def _list_part(part: Part) -> Iterator[str]:
    yield from ("", f"## {part.title}", "", escape_markdown(part.brief))
    for block in part.make_blocks():
        yield ""
        if block.heading:
            yield from (f"### {escape_markdown(block.heading)}", "")
        if block.note:
            yield from (escape_markdown(block.note), "")
        yield from _list_rows(block)


def _list_rows(block: Block) -> Iterator[str]:
    if isinstance(block, Facts):
        for label, cell in block.rows:
            yield f"* **{escape_markdown(label)}:** {_format_cell(cell, '; ')}"
    elif isinstance(block, Lines):
        for depth, cell in block.rows:
            yield f"{'    ' * depth}* {_format_cell(cell, ' ')}"
    else:
        yield f"| {' | '.join(map(escape_markdown, block.head))} |"
        yield f"|{'---|' * len(block.head)}"
        for row in block.rows:
            yield f"| {' | '.join(_format_cell(cell, '<br>') for cell in row)} |"


def _format_cell(cell: Cell, between: str) -> str:
    return between.join(map(_format_words, cell))


def _format_words(words: Words) -> str:
    text = escape_markdown(words.text)
    return f"[{text}](<{words.url}>)" if words.url else text
