"""The forms of a trial's page, and what a reader sees of each."""

from __future__ import annotations

from markdown_it import MarkdownIt

from tests.support.html_page import HtmlPage

FORMS = {"plain": [], "markdown": ["--markdown"], "html": ["--html"]}
"""The flags of `aclf show` for each form."""


def read_text(out: str, form: str) -> str:
    """Return what a aclf_after_all_nights sees of a page in this form, in one line."""
    if form == "html":
        return HtmlPage(out).text
    rendered = HtmlPage(MarkdownIt("commonmark").enable("table").render(out)).text if form == "markdown" else out
    return " ".join(rendered.split())
