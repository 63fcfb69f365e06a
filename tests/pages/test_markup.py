"""Paragraphs and lists of the registry's long texts are read, escapes are undone, and everything else stays text."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flows.pages.markup import Block, read_blocks, render_markup
from flows.pages.trial_markdown import format_markdown
from flows.pages.trial_page import TrialPage
from flows.pages.trial_text import format_text

PAGE = TrialPage(
    nct_id="NCT00000001",
    title="T",
    url="https://clinicaltrials.gov/study/NCT00000001",
    status="Recruiting",
    notes=(),
    summary="",
    description="",
    design=(),
    terms=(),
    facts=(),
    related=(),
    parts=(),
    source="",
)
CRITERIA = """Inclusion Criteria:

* Age \\>= 18 years

  in good health
* Bilirubin \\<5 mg/dL \\[total\\]
   1. measured twice
   2. or once

***

Ask the site."""
WORDS = st.text("ab1 \\`*_[]<>()#+-.!|~&=;:/\"'\n", max_size=40) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40
)
"""Texts made of the characters of markup, and any other text."""


class Reader(HTMLParser):
    """Reads the text of HTML, and the names of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)

    def handle_data(self, data):
        self.text += data


def test_paragraphs_and_lists_are_read():
    """Blank lines separate paragraphs, items have markers and depths, escapes are undone, and a rule is left out."""
    assert read_blocks(CRITERIA) == (
        Block("Inclusion Criteria:"),
        Block("Age >= 18 years", 1, "*"),
        Block("in good health", 1),
        Block("Bilirubin <5 mg/dL [total]", 1, "*"),
        Block("measured twice", 2, "1."),
        Block("or once", 2, "2."),
        Block("Ask the site."),
    )


def test_an_empty_text_has_no_paragraph():
    """A text that is missing, empty or blank has no paragraph."""
    assert [read_blocks(text) for text in (None, "", " \n\n ")] == [(), (), ()]


@pytest.mark.parametrize(
    "text",
    [
        "*not* _emphasis_",
        "[no](http://link.example)",
        "<b>no element</b>",
        "`no code`",
        "# no heading",
        "&amp; &#27;",
        "a | b",
    ],
)
def test_other_markup_stays_text(text):
    """Emphasis, links, HTML, code, headings and entities are shown as they are; the registry uses none of them."""
    assert read_blocks(text) == (Block(text),)


def test_plain_text_reads_well():
    """In plain text a paragraph is a line, items follow without blank lines, and blank lines separate the rest."""
    text = format_text(replace(PAGE, description=CRITERIA))
    assert (
        "Clinical Trial Description\n\nInclusion Criteria:\n\n* Age >= 18 years\n\n  in good health\n"
        "* Bilirubin <5 mg/dL [total]\n  1. measured twice\n  2. or once\n\nAsk the site.\n\nStudy Design\n" in text
    )


def test_markdown_keeps_the_lists():
    """In Markdown a reader of CommonMark finds the same lists, and the needed escapes are there."""
    markdown = format_markdown(replace(PAGE, description=CRITERIA))
    html = MarkdownIt("commonmark").render(markdown.partition("## Study Design")[0])
    assert html.count("<ul>") == html.count("<ol>") == 1
    assert html.count("<li>") == 4
    assert "Bilirubin &lt;5 mg/dL [total]" in html
    assert html.index("<ol>") < html.index("</ul>") < html.index("Ask the site.")


@given(WORDS)
@example("<b>a</b>")
@example("a #")
@example("[a](b) `a` *a* &amp; ![a](b)")
def test_any_title_is_the_same_title_in_markdown(text):
    """The Markdown of any title, read with all of CommonMark and HTML, is a heading with that text and nothing else."""
    title = " ".join(text.split())
    heading = format_markdown(replace(PAGE, title=f"A {title}".strip())).partition("\n")[0]
    reader = Reader(MarkdownIt("commonmark", {"html": True}).enable("table").render(heading))
    assert reader.elements == {"h1"}
    assert " ".join(reader.text.split()) == f"A {title}".strip()


@given(WORDS)
@example("<b>a</b>")
@example("# a")
@example("1\\. a")
@example("\\- a")
@example("\\> a")
@example("a\n===")
def test_any_paragraph_is_the_same_paragraph_in_markdown(text):
    """The same is true of a paragraph, even if the start of its line could mean something else in Markdown."""
    blocks = read_blocks(text)
    markdown = format_markdown(replace(PAGE, summary=text)).partition("## Clinical Trial Summary\n\n")[2]
    summary = markdown.partition("\n\n## Clinical Trial Desc")[0]
    reader = Reader(MarkdownIt("commonmark", {"html": True}).render(summary))
    assert reader.elements <= {"p", "ul", "ol", "li"}
    assert "".join(reader.text.split()) == ("".join("".join(block.text.split()) for block in blocks) or "notgiven")


@given(WORDS)
@example("<b>a</b> [a](javascript:b)")
def test_html_has_only_paragraphs_and_lists(text):
    """The HTML of any text has no other element, and has the text of its paragraphs."""
    reader = Reader(render_markup(text))
    assert reader.elements <= {"p", "br", "ul", "ol", "li", "hr"}
    assert "".join(reader.text.split()) == "".join("".join(block.text.split()) for block in read_blocks(text))
