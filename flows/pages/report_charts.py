"""The charts of the report, each with its words, its legend and the table that says the same.

Vega-Lite draws them as SVG. `chart_specs/NAME.json` describes one chart, `chart_specs/config.json` what all share.
Colours are CSS variables, because the page has other colours in dark mode.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import vl_convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warehouse.reading.report_data import ReportData

Rows = list[dict[str, Any]]

STATUSES = {
    "open": "Open to participants",
    "planned": "Not yet recruiting",
    "active": "Active, not recruiting",
    "completed": "Completed",
    "stopped": "Stopped",
    "unknown": "Unknown status",
    "expanded_access": "Expanded access",
    "withheld": "Withheld",
    "not_known": "Other",
}
"""The status groups in words, in the order of the bars and the legend."""

_KINDS = {"actual": "Actual", "estimated": "Estimated", "unspecified": "Not stated"}
_STATES = {"posted": "Results posted", "overdue": "Overdue", "unconfirmed": "Completion not confirmed"}
_MOST_COUNTRIES = 12
"""Countries with a bar. The table has all of them."""

_OPENING_TAG = re.compile(r"<svg [^>]*?(viewBox=\"[^\"]*\")>")

# Vega calls each group of marks a graphic of its own, and gives it no name. To a screen reader a chart is one picture.
_PART_ROLE = re.compile(r' role="graphics-[a-z]+" aria-roledescription="[^"]*"')
"""The opening tag of a drawing, with its view box."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of the page.

    Attributes:
        name: its name, as in `flows/pages/chart_specs`.
        title: its heading.
        description: what it shows, in a sentence.
        svg: the drawing; empty if there is nothing to draw.
        legend: for each colour its name in the style sheet, its label and its number of trials.
        head: the table's columns.
        rows: the table's rows.
    """

    name: str
    title: str
    description: str
    svg: str
    legend: tuple[tuple[str, str, int], ...]
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def make_charts(data: ReportData) -> dict[str, Chart]:
    """Make all charts, by name."""
    states = _count_states_by_year(data.results)
    charts = (
        _make_stacked_bars("phases", "Status by phase", data.phases, "phase", ("status_group", STATUSES)),
        _make_stacked_bars("starts", "Starts by year", data.starts, "year", ("kind", _KINDS)),
        _make_stacked_bars("enrollment", "Enrollment", data.enrollment, "participants", ("kind", _KINDS)),
        _make_country_bars(data.countries),
        _make_stacked_bars("results", "Results by year of primary completion", states, "year", ("state", _STATES)),
    )
    return {chart.name: chart for chart in charts}


def _count_states_by_year(trials: Rows) -> Rows:
    """Count the trials in each state, for every year from the first to the last."""
    counts = Counter((trial["year"], trial["state"]) for trial in trials)
    if not counts:
        return []
    # A year without trials is a gap in the chart and has to be seen.
    first, last = min(counts)[0], max(counts)[0]
    rows = []
    for year in range(first, last + 1):
        rows += [{"year": year, "state": state, "trials": counts[year, state]} for state in _STATES]
    return rows


def _make_stacked_bars(name: str, title: str, rows: Rows, bar: str, part: tuple[str, Mapping[str, str]]) -> Chart:
    """Make a chart of stacked bars.

    Args:
        name: of the chart, as in `flows/pages/chart_specs`.
        title: its heading.
        rows: one row per bar and part, with the number of `trials`.
        bar: the column with a bar for each value.
        part: the column with a part for each value, and the label of each value, in the order of the parts.
    """
    part_column, labels = part
    trials_by_part: Counter[str] = Counter()
    trials_by_bar: dict[Any, Counter[str]] = {}
    for row in rows:
        value = row[part_column]
        trials_by_part[value] += row["trials"]
        trials_by_bar.setdefault(row[bar], Counter())[value] += row["trials"]
    if not trials_by_part.total():
        return Chart(name, title, "", "", (), (), ())

    largest = max(trials_by_bar, key=lambda value: trials_by_bar[value].total())
    most = trials_by_bar[largest].total()
    description = f"Trials by {bar}, each bar in parts; most are in {largest}: {most}."
    # Vega-Lite stacks the parts by this number. Without it the order would be alphabetical.
    orders = {value: order for order, value in enumerate(labels)}
    drawn_rows = [{**row, "order": orders[row[part_column]]} for row in rows]
    # A part without trials would be a colour in the legend that no bar shows.
    parts = {value: label for value, label in labels.items() if trials_by_part[value]}
    table_rows = []
    for value, counts in trials_by_bar.items():
        table_rows.append((value, *(counts[part_value] for part_value in parts), counts.total()))
    return Chart(
        name=name,
        title=title,
        description=description,
        svg=draw_chart(name, drawn_rows, title, description),
        legend=tuple((value, label, trials_by_part[value]) for value, label in parts.items()),
        head=(bar.capitalize(), *parts.values(), "Trials"),
        rows=tuple(table_rows),
    )


def _make_country_bars(rows: Rows) -> Chart:
    description, svg = "", ""
    if rows:
        description = f"Trials by country; most are in {rows[0]['country']}: {rows[0]['trials']}."
        svg = draw_chart("countries", rows[:_MOST_COUNTRIES], "Trials by country", description)
    return Chart(
        name="countries",
        title="Where",
        description=description,
        svg=svg,
        legend=(),
        head=("Country", "Trials", "Sites"),
        rows=tuple((row["country"], row["trials"], row["sites"]) for row in rows),
    )


def draw_chart(name: str, rows: Sequence[dict[str, Any]], title: str, description: str) -> str:
    """Draw a chart as an `svg` element for a page, with every text in it escaped.

    Args:
        name: of the chart, as in `flows/pages/chart_specs`.
        rows: what it shows, with the columns that its file names.
        title: its name for a screen reader.
        description: what it shows, in a sentence, for a reader who cannot see it.

    Raises:
        ValueError: Vega-Lite does not understand the chart's file.
    """
    # No base URL is allowed, so a chart cannot load anything.
    svg = vl_convert.vegalite_to_svg(
        {**_read_spec("config"), **_read_spec(name), "data": {"values": list(rows)}},
        allowed_base_urls=[],
    )
    # The page's style gives the size, so only the view box of Vega's own opening tag stays.
    title_id, description_id = f"{name}-chart-title", f"{name}-chart-description"
    label = f'aria-labelledby="{title_id} {description_id}"'
    texts = f'<title id="{title_id}">{escape(title)}</title><desc id="{description_id}">{escape(description)}</desc>'
    named = _OPENING_TAG.sub(lambda found: f'<svg {found[1]} role="img" {label}>{texts}', svg, count=1)
    return _PART_ROLE.sub("", named)


@cache
def _read_spec(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads((files("flows.pages") / "chart_specs" / f"{name}.json").read_text("utf-8"))
    return spec
