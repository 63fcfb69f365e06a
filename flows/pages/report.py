"""`aclf report`: one page to look at, put in place whole or not at all."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import duckdb
from jinja2 import TemplateError

from extract.files import write_whole
from flows.pages.change_text import group_by_night
from flows.pages.html import render_html
from flows.pages.report_charts import make_charts
from flows.pages.trial_page import make_trial_page
from flows.settings import SAMPLE
from warehouse.connect import open_read_only
from warehouse.errors import ReportNotWritten
from warehouse.reading.report_data import read_report_data

if TYPE_CHECKING:
    from pathlib import Path

    from extract.condition_set import ConditionSet
    from warehouse.reading.report_data import ReportData


MOST_TRIALS_A_NIGHT = 100
"""Trials of which a night's changes are told; `aclf changes` tells all."""

MOST_CHANGES_A_TRIAL = 20
"""Changes of a trial that a night tells, for the same reason."""


def write_report(warehouse: Path, file: Path, condition_set: ConditionSet) -> dict[str, Any]:
    """Write the report of the published warehouse, by rename: a reader sees the whole page or the one before.

    Args:
        warehouse: the published file.
        file: where the page shall stand; its folder exists.
        condition_set: gives the set its name in words, where it is the one that the warehouse holds.

    Returns:
        What was written: `report` (its path), `trials` and `bytes` (how many), `data_timestamp` (of its data, UTC).

    Raises:
        NoWarehouse: there is nothing to read.
        ReportNotWritten: the page could not be made, or could not be put in place.
    """
    try:
        with open_read_only(warehouse) as connection:
            data = read_report_data(connection)
        name = data.night["condition_set"]
        page = render_report(data, condition_set.title if name == condition_set.name else name).encode()
        write_whole(file, page)
    except (duckdb.Error, TemplateError, ValueError, OSError) as error:
        raise ReportNotWritten(f"the report {file} could not be written ({error})") from error
    return {
        "report": str(file),
        "trials": data.figures["trials"],
        "bytes": len(page),
        "data_timestamp": data.night["data_timestamp"],
    }


def render_report(data: ReportData, title: str) -> str:
    """The whole page.

    Args:
        data: what it shows.
        title: the condition set in words.

    Raises:
        ValueError: a chart cannot be drawn.
    """
    return render_html(
        "report.html",
        ["trial.css", "report.css"],
        "report.js",
        title=title,
        data=data,
        is_sample=data.night["registry"] == SAMPLE,
        charts=make_charts(data),
        nights=list(group_by_night(data.changes)),
        entries=list(zip(data.trials, map(make_trial_page, data.pages), strict=True)),
        shown={trial["nct_id"] for trial in data.trials},
        overdue=[row for row in data.results if row["state"] == "overdue"],
        limits=(MOST_TRIALS_A_NIGHT, MOST_CHANGES_A_TRIAL),
        version=version("aclf-trials"),
    )
