"""The summary page as plain text and as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flows.pages.markup import read_blocks
from flows.pages.trial_page import DESCRIPTION, DESIGN, NOT_GIVEN, RELATED_HEAD, SEE_ALSO, SUMMARY, TERMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flows.pages.markup import Block
    from flows.pages.trial_page import RelatedTrial, TrialPage

_SPECIAL = re.compile(r"[\\`*_\[\]<|~&#]")
_SPECIAL_AT_THE_START = re.compile(r"^(\d*)([>+=\-.)])")
"""What Markdown may read as more than text: anywhere, and at the beginning of a line."""


def format_text(page: TrialPage) -> str:
    """The page as plain text: each paragraph, fact and related trial is one line."""
    return "\n".join(_text(page)) + "\n"


def format_markdown(page: TrialPage) -> str:
    """The page as Markdown, in which what the registry sends can be no more than text, paragraphs and lists."""
    return "\n".join(_markdown(page)) + "\n"


def _text(page: TrialPage) -> Iterator[str]:
    if page.notes:
        yield from (*page.notes, "")
    yield from (SUMMARY, "", page.title, "", *_paragraphs(read_blocks(page.summary)))
    yield from ("", DESCRIPTION, "", *_paragraphs(read_blocks(page.description)))
    yield from ("", DESIGN, "", *_aligned(page.design))
    yield from ("", TERMS, "", *_aligned(page.terms))
    yield from ("", *_aligned(page.facts))
    if page.related:
        yield from ("", SEE_ALSO, "", *_columns(page.related))
    yield from ("", page.url, page.origin)


def _paragraphs(paragraphs: Sequence[Block], indent: str = "  ", shown: Callable[[str], str] = str) -> Iterator[str]:
    if not paragraphs:
        yield NOT_GIVEN
    before = None
    for block in paragraphs:
        if not block.follows_closely(before):
            yield ""
        marker = f"{block.marker} " if block.marker else ""
        yield indent * (block.depth - bool(marker)) + marker + shown(block.text)
        before = block


def _aligned(facts: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(label) for label, _ in facts), default=0)
    return [f"{label:<{width}}  {value}" for label, value in facts] or [NOT_GIVEN]


def _columns(related: Sequence[RelatedTrial]) -> Iterator[str]:
    rows = [RELATED_HEAD, *((other.status, f"{other.nct_id} - {other.title}", other.phase) for other in related)]
    width = max(len(status) for status, _, _ in rows)
    for status, trial, phase in rows:
        yield f"{status:<{width}}  {trial}  {phase}".rstrip()


def _markdown(page: TrialPage) -> Iterator[str]:
    for note in page.notes:
        yield from (f"> {_escaped(note)}", "")
    yield from (f"# {_escaped(page.title)}", "", f"## {SUMMARY}", "", *_marked_up(read_blocks(page.summary)))
    yield from ("", f"## {DESCRIPTION}", "", *_marked_up(read_blocks(page.description)))
    yield from ("", f"## {DESIGN}", "", *_listed(page.design))
    yield from ("", f"## {_escaped(TERMS)}", "", *_listed(page.terms))
    yield from ("", "| | |", "|---|---|", *(f"| {label} | {_escaped(value)} |" for label, value in page.facts))
    if page.related:
        yield from ("", f"## {SEE_ALSO}", "", f"| {' | '.join(RELATED_HEAD)} |", "|---|---|---|")
        yield from (_row(other) for other in page.related)
    yield from ("", f"<{page.url}>", "", _escaped(page.origin))


def _marked_up(paragraphs: Sequence[Block]) -> Iterator[str]:
    return _paragraphs(paragraphs, "    ", _escaped)


def _listed(facts: Sequence[tuple[str, str]]) -> list[str]:
    return [f"* **{_escaped(name)}:** {_escaped(value)}" for name, value in facts] or [NOT_GIVEN]


def _row(other: RelatedTrial) -> str:
    trial = f"[{other.nct_id}]({other.url}) - {_escaped(other.title)}"
    return f"| {_escaped(other.status)} | {trial} | {_escaped(other.phase)} |"


def _escaped(text: str) -> str:
    """The text, to be read as it stands wherever in Markdown it stands."""
    return _SPECIAL_AT_THE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text))
