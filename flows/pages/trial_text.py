"""The summary page as plain text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.printable import escape_markdown
from flows.pages.markup import read_blocks
from flows.pages.trial_page import DESCRIPTION, DESIGN, NOT_GIVEN, RELATED_HEAD, SEE_ALSO, SUMMARY, TERMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flows.pages.markup import Block
    from flows.pages.trial_page import RelatedTrial, TrialPage


def format_text(page: TrialPage) -> str:
    """Return the page as plain text: each paragraph, fact and related trial is one line."""
    return "\n".join(_list_text_lines(page)) + "\n"


def format_markdown(page: TrialPage) -> str:
    """Return the page as Markdown. What the registry sends becomes only text, paragraphs and lists in it."""
    return "\n".join(_list_markdown_lines(page)) + "\n"


def _list_text_lines(page: TrialPage) -> Iterator[str]:
    if page.notes:
        yield from (*page.notes, "")
    yield from (SUMMARY, "", page.title, "", *_list_paragraphs(read_blocks(page.summary)))
    yield from ("", DESCRIPTION, "", *_list_paragraphs(read_blocks(page.description)))
    yield from ("", DESIGN, "", *_align_facts(page.design))
    yield from ("", TERMS, "", *_align_facts(page.terms))
    yield from ("", *_align_facts(page.facts))
    if page.related:
        yield from ("", SEE_ALSO, "", *_align_related(page.related))
    yield from ("", page.url, page.origin)


def _list_paragraphs(
    paragraphs: Sequence[Block], indent: str = "  ", escape: Callable[[str], str] = str
) -> Iterator[str]:
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


def _align_facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(label) for label, _ in facts), default=0)
    return [f"{label:<{width}}  {value}" for label, value in facts] or [NOT_GIVEN]


def _align_related(related: Sequence[RelatedTrial]) -> Iterator[str]:
    rows = [RELATED_HEAD, *((other.status, f"{other.nct_id} - {other.title}", other.phase) for other in related)]
    width = max(len(status) for status, _, _ in rows)
    for status, trial, phase in rows:
        yield f"{status:<{width}}  {trial}  {phase}".rstrip()


def _list_markdown_lines(page: TrialPage) -> Iterator[str]:
    # Everything from the record is escaped; the headings and labels are our own.
    for note in page.notes:
        yield from (f"> {escape_markdown(note)}", "")
    yield from (
        f"# {escape_markdown(page.title)}",
        "",
        f"## {SUMMARY}",
        "",
        *_list_markdown_paragraphs(read_blocks(page.summary)),
    )
    yield from ("", f"## {DESCRIPTION}", "", *_list_markdown_paragraphs(read_blocks(page.description)))
    yield from ("", f"## {DESIGN}", "", *_list_markdown_facts(page.design))
    yield from ("", f"## {escape_markdown(TERMS)}", "", *_list_markdown_facts(page.terms))
    # A table in Markdown needs a head, and the facts have none.
    yield from ("", "| | |", "|---|---|", *(f"| {label} | {escape_markdown(value)} |" for label, value in page.facts))
    if page.related:
        yield from ("", f"## {SEE_ALSO}", "", f"| {' | '.join(RELATED_HEAD)} |", "|---|---|---|")
        yield from (_format_markdown_row(other) for other in page.related)
    yield from ("", f"<{page.url}>", "", escape_markdown(page.origin))


def _list_markdown_paragraphs(paragraphs: Sequence[Block]) -> Iterator[str]:
    return _list_paragraphs(paragraphs, "    ", escape_markdown)


def _list_markdown_facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    return [f"* **{escape_markdown(name)}:** {escape_markdown(value)}" for name, value in facts] or [NOT_GIVEN]


def _format_markdown_row(other: RelatedTrial) -> str:
    trial = f"[{other.nct_id}]({other.url}) - {escape_markdown(other.title)}"
    return f"| {escape_markdown(other.status)} | {trial} | {escape_markdown(other.phase)} |"
