"""The charts of the report, each with its words, its legend and the table that says the same.

Vega-Lite draws them as SVG in the page's own colours. What each shows stands in `chart_specs/NAME.json`, what all share
in `config.json`. Colours are CSS variables, which the page gives for light, dark and paper.
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

_KINDS = {"actual": "Actual", "estimated": "Estimated", "untold": "Not said which"}
_STATES = {"posted": "Results posted", "overdue": "Overdue", "unconfirmed": "Completion not confirmed"}
_MOST_COUNTRIES = 12
_OPENING = re.compile(r"<svg [^>]*?(viewBox=\"[^\"]*\")>")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as it stands in the page.

    Attributes:
        name: its name, as in `flows/pages/chart_specs`.
        title: what it is called.
        told: what it shows, in a sentence.
        svg: the drawing; empty where there is nothing to draw.
        legend: of each colour its name in the style sheet, its words and its number of trials.
        head: the table's columns.
        rows: the table's rows.
    """

    name: str
    title: str
    told: str
    svg: str
    legend: tuple[tuple[str, str, int], ...]
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def make_charts(data: ReportData) -> dict[str, Chart]:
    """All charts, by name."""
    states = _states_by_year(data.results)
    made = (
        _crossed("phases", "Status by phase", data.phases, "phase", ("status_group", STATUSES)),
        _crossed("starts", "Starts by year", data.starts, "year", ("kind", _KINDS)),
        _crossed("enrollment", "Enrollment", data.enrollment, "participants", ("kind", _KINDS)),
        _countries(data.countries),
        _crossed("results", "Results by year of primary completion", states, "year", ("state", _STATES)),
    )
    return {chart.name: chart for chart in made}


def _states_by_year(trials: Rows) -> Rows:
    """How many trials are in which state, for every year from the first to the last."""
    counts = Counter((trial["year"], trial["state"]) for trial in trials)
    years = range(min(counts)[0], max(counts)[0] + 1) if counts else ()
    return [{"year": year, "state": state, "trials": counts[year, state]} for year in years for state in _STATES]


def _crossed(name: str, title: str, rows: Rows, by: str, of: tuple[str, Mapping[str, str]]) -> Chart:
    """A chart of stacked bars: one bar a value of the column `by`, its parts the values of another, given in words."""
    column, words = of
    sums: Counter[str] = Counter()
    table: dict[Any, Counter[str]] = {}
    for row in rows:
        sums[row[column]] += row["trials"]
        table.setdefault(row[by], Counter())[row[column]] += row["trials"]
    parts = {part: told for part, told in words.items() if sums[part]}
    places = {part: place for place, part in enumerate(words)}
    shown = [{**row, "place": places[row[column]]} for row in rows]
    largest = max(table, key=lambda value: table[value].total(), default=None)
    if not sums.total():
        return Chart(name, title, "", "", (), (), ())
    told = f"Trials by {by}, each bar in parts; most are in {largest}: {table[largest].total()}."
    return Chart(
        name=name,
        title=title,
        told=told,
        svg=draw_chart(name, shown, title, told),
        legend=tuple((part, told, sums[part]) for part, told in parts.items()),
        head=(by.capitalize(), *parts.values(), "Trials"),
        rows=tuple((value, *(counts[part] for part in parts), counts.total()) for value, counts in table.items()),
    )


def _countries(rows: Rows) -> Chart:
    told = f"Trials by country; most are in {rows[0]['country']}: {rows[0]['trials']}." if rows else ""
    return Chart(
        name="countries",
        title="Where",
        told=told,
        svg=draw_chart("countries", rows[:_MOST_COUNTRIES], "Trials by country", told) if rows else "",
        legend=(),
        head=("Country", "Trials", "Sites"),
        rows=tuple((row["country"], row["trials"], row["sites"]) for row in rows),
    )


def draw_chart(name: str, rows: Sequence[dict[str, Any]], title: str, told: str) -> str:
    """A chart as an `svg` element that stands in a page, with every text in it escaped.

    Args:
        name: of the chart, as in `flows/pages/chart_specs`.
        rows: what it shows, with the columns that its file names.
        title: what a screen reader calls it.
        told: what it shows, in a sentence, for who cannot see it.

    Raises:
        ValueError: Vega-Lite does not understand it.
    """
    svg = vl_convert.vegalite_to_svg(
        {**_described("config"), **_described(name), "data": {"values": list(rows)}},
        allowed_base_urls=[],
    )
    said = f'aria-labelledby="{name}-title {name}-told"'
    heads = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
    return _OPENING.sub(lambda found: f'<svg {found[1]} role="img" {said}>{heads}', svg, count=1)


@cache
def _described(name: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((files("flows.pages") / "chart_specs" / f"{name}.json").read_text())
    return described
