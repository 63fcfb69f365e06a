"""The summary page as HTML: one file that needs nothing else, whatever it shows escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows import page as words
from flows.markup import as_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.page import Page


def render_pages(pages: Sequence[Page]) -> str:
    """One document with all pages; a related trial leads to its page where that is among them, else to the registry."""
    return _environment().get_template("pages.html").render(pages=pages, words=words)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flows"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["markup"] = as_html
    environment.filters["slug"] = lambda text: re.sub("[^a-z]+", "-", text.lower())
    return environment
