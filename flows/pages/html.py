"""What the HTML pages share: each one file that needs nothing else, in which whatever the registry sends is text."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows.pages import trial_page
from flows.pages.markup import render_markup
from transform.codes import load_code_lists

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from flows.pages.trial_page import TrialPage

_STUDY = "https://clinicaltrials.gov/study/"


def render_html(template: str, styles: list[str], script: str | None = None, **values: Any) -> str:
    """A page, with the style and the script in it and a content security policy that lets nothing else in.

    Args:
        template: its file in `flows/pages/templates`.
        styles: the files there that are its style, in their order.
        script: the file there that is its script.
        values: what the template shows.
    """
    style = "".join(map(_asset, styles))
    code = _asset(script) if script else ""
    return _environment().get_template(template).render(**values, style=style, script=code, policy=_policy(style, code))


def render_trial_pages(pages: Sequence[TrialPage]) -> str:
    """One document with all pages; a related trial leads to its page where that is among them, else to the registry."""
    return render_html("pages.html", ["trial.css", "pages.css"], pages=pages, shown={page.nct_id for page in pages})


def _policy(style: str, script: str) -> str:
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return f"default-src 'none'; style-src '{_digest(style)}'; {scripts}base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (files("flows.pages") / "templates" / name).read_text()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flows.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["words"] = trial_page
    environment.filters |= {
        "markup": render_markup,
        "count": "{:,}".format,
        "day": _day,
        "link": _link,
        "status_group": lambda label: _status_groups().get(label, "not_known"),
    }
    return environment


def _day(day: date) -> str:
    """The day in the registry page's wording: October 1, 2019."""
    return f"{day:%B} {day.day}, {day.year}"


def _link(nct_id: str, shown: Collection[str]) -> str:
    """Where a trial is to be read: further down the page, or at the registry."""
    return f"#{nct_id}" if nct_id in shown else _STUDY + nct_id


@cache
def _status_groups() -> dict[Any, str]:
    """The status group of each status, by its label."""
    return {row["label"]: row["group"] for row in load_code_lists()["overall_status"]}
