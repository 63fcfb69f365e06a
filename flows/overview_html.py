"""The report as HTML."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from flows import html
from flows.changes import nights
from flows.overview_charts import charts
from flows.page import page_of
from flows.settings import SAMPLE

if TYPE_CHECKING:
    from warehouse.overview import Overview

MOST_TRIALS_A_NIGHT = 100
"""Trials of which a night's changes are told; `aclf changes` tells all."""

MOST_CHANGES_A_TRIAL = 20
"""Changes of a trial that a night tells, for the same reason."""


def render(overview: Overview, title: str) -> str:
    """The whole page.

    Args:
        overview: what it shows.
        title: the condition set in words.

    Raises:
        ValueError: a chart cannot be drawn.
    """
    return html.render(
        "overview.html",
        ["trial.css", "overview.css"],
        "overview.js",
        title=title,
        overview=overview,
        is_sample=overview.night["registry"] == SAMPLE,
        charts=charts(overview),
        nights=list(nights(overview.changes)),
        entries=list(zip(overview.trials, map(page_of, overview.pages), strict=True)),
        shown={trial["nct_id"] for trial in overview.trials},
        overdue=[row for row in overview.results if row["state"] == "overdue"],
        limits=(MOST_TRIALS_A_NIGHT, MOST_CHANGES_A_TRIAL),
        version=version("aclf-trials"),
    )
