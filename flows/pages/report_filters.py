"""The filters of the report's table: the values of each trial, and the choices that a reader has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.pages.report_charts import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from warehouse.reading.report_data import ReportData

Row = dict[str, Any]
Values = dict[str, list[str]]
"""The values of a trial for each filter, by the filter's name. A trial without a value has `NOTHING`."""

NOTHING = "none"
"""The choice for trials without a value: no rule matches, or the record gives none."""

SPONSOR_CLASSES = {
    "INDUSTRY": "Industry",
    "NIH": "U.S. National Institutes of Health",
    "FED": "Other U.S. federal agency",
    "OTHER_GOV": "Other government",
    "NETWORK": "Network",
    "INDIV": "Individual",
    "OTHER": "Other: university, hospital, charity",
    "AMBIG": "Ambiguous",
    "UNKNOWN": "Unknown",
}
"""The classes of sponsors in words, in the order of the choices."""

_RESULTS = {"yes": "Posted", "no": "Not posted"}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of the table.

    Attributes:
        name: its name in the address of the page.
        label: its name for readers.
        choices: for each choice the value, its label and its number of trials.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str, int], ...]


def list_values(data: ReportData) -> dict[str, Values]:
    """Return the values of each trial of the table, by its NCT number."""
    interventions = _gather(data.details["interventions"], "classes")
    primary_outcomes = [row for row in data.details["outcomes"] if row["outcome_type"] == "primary"]
    outcomes = _gather(primary_outcomes, "classes")
    sets = _gather(data.details["memberships"], "condition_sets")
    values = {}
    for trial in data.trials:
        nct_id = trial["nct_id"]
        given = {
            "status": [trial["status_group"]],
            "phase": [trial["phase"]],
            "country": trial["countries"],
            "intervention": interventions.get(nct_id),
            "outcome": outcomes.get(nct_id),
            "sponsor": [trial["lead_sponsor_class"]],
            "results": ["yes" if trial["has_results"] else "no"],
            "set": sets.get(nct_id),
        }
        values[nct_id] = {name: list(filter(None, of_trial or ())) or [NOTHING] for name, of_trial in given.items()}
    return values


def make_filters(data: ReportData, values: Mapping[str, Values], set_titles: Mapping[str, str]) -> list[Filter]:
    """Make the filters.

    Args:
        data: what the report shows.
        values: the values of each trial, as of `list_values`.
        set_titles: the title of each condition set that is followed, by its name.

    Returns:
        The filters with more than one choice: with one, every trial would match.
    """
    phases = {row["phase"] or NOTHING: row["phase_order"] or 9 for row in data.trials}
    filters = (
        _make_filter("status", "Status", values, STATUSES, _follow(STATUSES)),
        _make_filter("phase", "Phase", values, {NOTHING: "No phase"}, lambda choice: (phases[choice[0]], choice[0])),
        _make_filter("country", "Country", values, {NOTHING: "No site named"}, lambda choice: choice[1]),
        _make_filter("intervention", "Intervention", values, {NOTHING: "Not classified"}, _count_down),
        _make_filter("outcome", "Primary outcome", values, {NOTHING: "Not classified"}, _count_down),
        _make_filter("sponsor", "Sponsor", values, SPONSOR_CLASSES, _follow(SPONSOR_CLASSES)),
        _make_filter("results", "Results", values, _RESULTS, _follow(_RESULTS)),
        _make_filter("set", "Condition set", values, set_titles, _count_down),
    )
    return [each for each in filters if len(each.choices) > 1]


Choice = tuple[str, str, int]


def _make_filter(
    name: str,
    label: str,
    values: Mapping[str, Values],
    labels: Mapping[str, str],
    order: Callable[[Choice], Any],
) -> Filter:
    counts: Counter[str] = Counter()
    for of_trial in values.values():
        counts.update(of_trial[name])
    choices = [(value, labels.get(value) or _capitalise(value), count) for value, count in counts.items()]
    # The choice for trials without a value comes last.
    choices.sort(key=lambda choice: (choice[0] == NOTHING, order(choice)))
    return Filter(name, label, tuple(choices))


def _follow(labels: Mapping[str, str]) -> Callable[[Choice], Any]:
    """Return the sort key for choices in the order of their labels; choices without a label come last."""
    order = {value: position for position, value in enumerate(labels)}
    return lambda choice: order.get(choice[0], len(order))


def _count_down(choice: Choice) -> tuple[int, str]:
    """Return the sort key for choices with the most trials first."""
    return -choice[2], choice[1]


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def _gather(rows: Sequence[Row], column: str) -> dict[str, list[str]]:
    """Return the values in a column of lists by NCT number, each value once."""
    gathered: dict[str, dict[str, None]] = {}
    for row in rows:
        gathered.setdefault(row["nct_id"], {}).update(dict.fromkeys(row[column] or ()))
    return {nct_id: list(values) for nct_id, values in gathered.items()}
