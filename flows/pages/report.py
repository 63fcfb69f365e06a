"""The report, `aclf report`: one HTML page, written whole or not at all."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import duckdb
from jinja2 import TemplateError

from extract.files import write_whole
from extract.printable import LONGEST_QUOTE, clean_sentence
from flows.pages.html import render_html
from flows.pages.report_changes import weigh_nights
from flows.pages.report_charts import make_charts
from flows.pages.report_filters import list_values, make_filters
from flows.pages.report_map import MOST_TOWNS, list_towns, make_dots
from flows.pages.report_records import pack_records
from flows.pages.source import format_source
from flows.pages.trial_page import make_trial_page, shorten_parts
from flows.settings import SAMPLE
from warehouse.connect import open_read_only
from warehouse.errors import ReportNotWritten
from warehouse.known_sets import read_followed_sets, select_sets
from warehouse.reading.report_data import read_report_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from flows.pages.trial_page import TrialPage
    from warehouse.known_sets import FollowedSet
    from warehouse.reading.report_data import ReportData


_STYLES = ("trial.css", "report.css", "report_table.css", "report_print.css")
_SCRIPTS = (
    "report_records.js",
    "report_search.js",
    "report_filters.js",
    "report_address.js",
    "report_table.js",
    "report_map.js",
    "report_compare.js",
    "report_export.js",
    "report_actions.js",
    "report.js",
)

MOST_TITLES = 3
"""Titles of condition sets that the report's own title names."""

MOST_OVERDUE = 500
"""Trials with overdue results that the report lists at most; all of them are counted and drawn."""

MOST_TRIALS_A_NIGHT = 100
"""Trials that a night lists at most; `aclf changes` lists all of them."""

MOST_CHANGES_A_TRIAL = 20
"""Changes of one trial that a night lists at most; `aclf changes` lists all of them."""

MOST_ROWS_A_PART = 15
"""Rows of a list or table in the folded parts of a trial; `aclf show` has all of them."""


def write_report(warehouse: Path, file: Path, condition_set: str | None = None) -> dict[str, Any]:
    """Write the report of the published warehouse by rename, so that a reader sees the whole page or the one before.

    Args:
        warehouse: the published file.
        file: the page; its folder exists.
        condition_set: the name of the only set that the report shows; None to show every set that is followed.

    Returns:
        `report` (the path), `trials` and `bytes` (how many), and `data_timestamp` (of the data, UTC).

    Raises:
        NoWarehouse: there is nothing to read.
        BadSetting: the warehouse does not follow the set.
        ReportNotWritten: the page could not be made or could not be put in place.
    """
    try:
        with open_read_only(warehouse) as connection:
            sets = select_sets(read_followed_sets(connection), condition_set)
            data = read_report_data(connection, condition_set)
        title = clean_sentence(_format_title(sets) or data.night["condition_set"], LONGEST_QUOTE)
        page = render_report(data, title, {each.name: each.title or each.name for each in sets}).encode()
        write_whole(file, page)
    except (duckdb.Error, TemplateError, ValueError, OSError) as error:
        raise ReportNotWritten(f"the report {file} could not be written ({error})") from error
    return {
        "report": str(file),
        "trials": data.figures["trials"],
        "bytes": len(page),
        "data_timestamp": data.night["data_timestamp"],
    }


def _format_title(sets: Sequence[FollowedSet]) -> str:
    """Return the titles of sets in one line; of a set without a title, its name."""
    titles = [each.title or each.name for each in sets]
    more = len(titles) - MOST_TITLES
    return ", ".join(titles[:MOST_TITLES]) + (f" and {more} more" if more > 0 else "")


def render_report(data: ReportData, title: str, set_titles: Mapping[str, str]) -> str:
    """Render the whole page.

    Args:
        data: what the page shows.
        title: the condition set in words.
        set_titles: the title of each condition set that is shown, by its name.

    Raises:
        ValueError: a chart cannot be drawn.
    """
    values = list_values(data)
    towns = list_towns(data.details["towns"])
    return render_html(
        "report.html",
        _STYLES,
        _SCRIPTS,
        title=title,
        data=data,
        is_sample=data.night["registry"] == SAMPLE,
        charts=make_charts(data),
        nights=list(weigh_nights(data.changes)),
        # Of a large set, only the first trials of the table have a summary.
        entries=list(zip(data.trials, _make_pages(data), strict=False)),
        shown={summary.values["nct_id"] for summary in data.summaries},
        overdue=[row for row in data.results if row["state"] == "overdue"],
        filters=make_filters(data, values, set_titles),
        towns=towns,
        dots=make_dots(towns),
        records=pack_records(data, values, towns),
        source=format_source(data.night["registry"], data.night["data_timestamp"]),
        limits={
            "trials": MOST_TRIALS_A_NIGHT,
            "changes": MOST_CHANGES_A_TRIAL,
            "overdue": MOST_OVERDUE,
            "towns": MOST_TOWNS,
        },
        version=version("aclf-trials"),
    )


def _make_pages(data: ReportData) -> Iterator[TrialPage]:
    for summary in data.summaries:
        page = make_trial_page(summary, data.trial_details[summary.values["nct_id"]])
        yield shorten_parts(page, MOST_ROWS_A_PART)
