"""The summary page as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.html import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.page import Page


def render_pages(pages: Sequence[Page]) -> str:
    """One document with all pages; a related trial leads to its page where that is among them, else to the registry."""
    return render("pages.html", ["trial.css", "pages.css"], pages=pages, shown={page.nct_id for page in pages})
