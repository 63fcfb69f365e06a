"""The report as HTML: one file that needs nothing else, in which whatever the registry sends is text."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows import page as words
from flows.changes import nights
from flows.markup import as_html
from flows.overview_charts import charts
from flows.page import page_of
from flows.settings import SAMPLE
from transform.code_files import code_files

if TYPE_CHECKING:
    from datetime import date

    from warehouse.overview import Overview

MOST_TRIALS_A_NIGHT = 100
"""Trials of which a night's changes are told; `aclf changes` tells all."""

MOST_CHANGES_A_TRIAL = 20
"""Changes of a trial that a night tells, for the same reason."""

_STUDY = "https://clinicaltrials.gov/study/"


def render(overview: Overview, title: str) -> str:
    """The whole page.

    Args:
        overview: what it shows.
        title: the condition set in words.

    Raises:
        ValueError: a chart cannot be drawn.
    """
    style, script = _asset("overview.css"), _asset("overview.js")
    shown = {trial["nct_id"] for trial in overview.trials}
    return (
        _environment()
        .get_template("overview.html")
        .render(
            title=title,
            overview=overview,
            is_sample=overview.night["registry"] == SAMPLE,
            charts=charts(overview),
            nights=list(nights(overview.changes)),
            entries=list(zip(overview.trials, map(page_of, overview.pages), strict=True)),
            link=lambda nct_id: f"#{nct_id}" if nct_id in shown else _STUDY + nct_id,
            words=words,
            limits=(MOST_TRIALS_A_NIGHT, MOST_CHANGES_A_TRIAL),
            style=style,
            script=script,
            policy=_policy(style, script),
            version=version("aclf-trials"),
        )
    )


def _policy(style: str, script: str) -> str:
    """The content security policy: this style, this script, and nothing else from anywhere."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (files("flows") / "templates" / name).read_text()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flows"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "markup": as_html,
        "count": "{:,}".format,
        "day": _day,
        "folded": lambda text: " ".join(text.lower().split()),
        "group": _status_groups().get,
        "overdue": lambda rows: [row for row in rows if row["state"] == "overdue"],
        "study": lambda nct_id: _STUDY + nct_id,
    }
    return environment


def _day(day: date) -> str:
    """The day in the registry page's wording: October 1, 2019."""
    return f"{day:%B} {day.day}, {day.year}"


@cache
def _status_groups() -> dict[Any, str]:
    """The status group of each status, by its label."""
    return {row["label"]: row["group"] for row in code_files()["overall_status"]}
