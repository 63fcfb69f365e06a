"""What all HTML pages share.

Each page is one file that needs nothing else. Everything that the registry sends is shown as text.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows.pages import trial_page
from flows.pages.markup import render_markup
from flows.pages.trial_blocks import Facts
from transform.codes import load_code_lists

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from flows.pages.trial_blocks import Cell
    from flows.pages.trial_page import TrialPage

STUDY_ADDRESS = "https://clinicaltrials.gov/study/"
"""The registry's page of a trial, without its NCT number."""


def render_html(template: str, styles: Sequence[str], scripts: Sequence[str] = (), **values: Any) -> str:
    """Render a page with its style and script in it, and a content security policy that allows nothing else.

    Args:
        template: the page's file in `flows/pages/templates`.
        styles: the files there with its style, in order.
        scripts: the files there with its script, in order; together they are one script.
        values: what the template shows.
    """
    style = "".join(map(_read_asset, styles))
    code = "".join(map(_read_asset, scripts))
    page = _make_environment().get_template(template)
    return page.render(**values, style=style, script=code, policy=_make_policy(style, code))


def render_trial_pages(pages: Sequence[TrialPage]) -> str:
    """Render one document with all pages.

    A related trial links to its page if that is among them, else to the registry.
    """
    return render_html("pages.html", ["trial.css", "pages.css"], pages=pages, shown={page.nct_id for page in pages})


def _make_policy(style: str, script: str) -> str:
    """Return the content security policy that allows this style and this script, by their digests."""
    scripts = f"script-src '{_make_digest(script)}'; " if script else ""
    return f"default-src 'none'; style-src '{_make_digest(style)}'; {scripts}base-uri 'none'; form-action 'none'"


def _make_digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _read_asset(name: str) -> str:
    return (files("flows.pages") / "templates" / name).read_text("utf-8")


@cache
def _make_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flows.pages"),
        autoescape=True,  # a text of the registry must not become HTML
        undefined=StrictUndefined,  # a misspelled name fails instead of showing nothing
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["facts_block"] = lambda block: isinstance(block, Facts)
    # The headings and labels of a trial's page are constants of this module.
    environment.globals["words"] = trial_page
    environment.filters |= {
        "markup": render_markup,
        "count": "{:,}".format,
        "day": _format_day,
        "link": _make_link,
        "nest": _nest_rows,
        "status_group": lambda label: _map_status_groups().get(label, "not_known"),
    }
    return environment


def _format_day(day: date) -> str:
    """Return a day in the wording of the registry's page: October 1, 2019."""
    return f"{day:%B} {day.day}, {day.year}"


def _nest_rows(rows: Sequence[tuple[int, Cell]]) -> list[tuple[Cell, list[Any]]]:
    """Return the items of a list as a tree: each with its words and the items below it."""
    outermost: list[tuple[Cell, list[Any]]] = []
    # The lists that are open, each with the depth of the item that it belongs to.
    opened: list[tuple[int, list[tuple[Cell, list[Any]]]]] = [(-1, outermost)]
    for depth, lines in rows:
        while opened[-1][0] >= depth:
            opened.pop()
        below: list[tuple[Cell, list[Any]]] = []
        opened[-1][1].append((lines, below))
        opened.append((depth, below))
    return outermost


def _make_link(nct_id: str, shown: Collection[str]) -> str:
    """Return the link to a trial: further down the page, or at the registry."""
    return f"#{nct_id}" if nct_id in shown else STUDY_ADDRESS + nct_id


@cache
def _map_status_groups() -> dict[Any, str]:
    """Return the status group of each status, by its label."""
    return {row["label"]: row["group"] for row in load_code_lists()["overall_status"]}
