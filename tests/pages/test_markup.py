"""The registry's long texts: paragraphs and lists are read, escapes are undone, and everything else stays text."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flows.pages.markup import Block, read_blocks, render_markup
from flows.pages.trial_page import TrialPage
from flows.pages.trial_text import format_markdown, format_text

PLAIN = TrialPage(
    nct_id="NCT00000001",
    title="T",
    url="https://clinicaltrials.gov/study/NCT00000001",
    notes=(),
    summary="",
    description="",
    design=(),
    terms=(),
    facts=(),
    related=(),
    origin="",
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
"""What markup is made of, and any text."""


class Reader(HTMLParser):
    """What HTML says: its text, and the names of its elements."""

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
    """Blank lines part paragraphs; items have their markers and depths; escapes are undone; a line says nothing."""
    assert read_blocks(CRITERIA) == (
        Block("Inclusion Criteria:"),
        Block("Age >= 18 years", 1, "*"),
        Block("in good health", 1),
        Block("Bilirubin <5 mg/dL [total]", 1, "*"),
        Block("measured twice", 2, "1."),
        Block("or once", 2, "2."),
        Block("Ask the site."),
    )


def test_nothing_has_no_paragraph():
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
def test_what_looks_like_more_is_text(text):
    """Emphasis, links, HTML, code, headings and entities, of which the registry uses none, are shown as they stand."""
    assert read_blocks(text) == (Block(text),)


def test_plain_text_reads_well():
    """As plain text a paragraph is a line, items stand one below the other, and blank lines part the rest."""
    told = format_text(replace(PLAIN, description=CRITERIA))
    assert (
        "Clinical Trial Description\n\nInclusion Criteria:\n\n* Age >= 18 years\n\n  in good health\n"
        "* Bilirubin <5 mg/dL [total]\n  1. measured twice\n  2. or once\n\nAsk the site.\n\nStudy Design\n" in told
    )


def test_markdown_keeps_the_lists():
    """As Markdown the lists are the same lists, to whoever reads CommonMark, and escapes are there where needed."""
    told = format_markdown(replace(PLAIN, description=CRITERIA))
    html = MarkdownIt("commonmark").render(told.partition("## Study Design")[0])
    assert html.count("<ul>") == html.count("<ol>") == 1
    assert html.count("<li>") == 4
    assert "Bilirubin &lt;5 mg/dL [total]" in html
    assert html.index("<ol>") < html.index("</ul>") < html.index("Ask the site.")


@given(WORDS)
@example("<b>a</b>")
@example("a #")
@example("[a](b) `a` *a* &amp; ![a](b)")
def test_any_title_is_the_same_title_in_markdown(text):
    """Whatever a title holds, its Markdown, read in full and with HTML, is a heading of that text and no more."""
    title = " ".join(text.split())
    told = format_markdown(replace(PLAIN, title=f"A {title}".strip())).partition("\n")[0]
    reader = Reader(MarkdownIt("commonmark", {"html": True}).enable("table").render(told))
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
    """The same is true of a paragraph, wherever a line of Markdown might become something else by how it begins."""
    said = read_blocks(text)
    told = format_markdown(replace(PLAIN, summary=text)).partition("## Clinical Trial Summary\n\n")[2]
    reader = Reader(MarkdownIt("commonmark", {"html": True}).render(told.partition("\n\n## Clinical Trial Desc")[0]))
    assert reader.elements <= {"p", "ul", "ol", "li"}
    assert "".join(reader.text.split()) == ("".join("".join(block.text.split()) for block in said) or "notgiven")


@given(WORDS)
@example("<b>a</b> [a](javascript:b)")
def test_html_is_paragraphs_and_lists_alone(text):
    """Whatever a text holds, its HTML has no other element, and says what the paragraphs say."""
    reader = Reader(render_markup(text))
    assert reader.elements <= {"p", "br", "ul", "ol", "li", "hr"}
    assert "".join(reader.text.split()) == "".join("".join(block.text.split()) for block in read_blocks(text))
