"""The results of a trial: whether they are posted, and the main tables, with a column for each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.pages.trial_blocks import (
    Facts,
    Lines,
    Part,
    Table,
    flatten_markup,
    format_day,
    join_lines,
    make_cell,
    make_note,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.pages.trial_blocks import Block, Cell

    Row = dict[str, Any]

_MILESTONES = {"STARTED": "Started", "COMPLETED": "Completed", "NOT COMPLETED": "Not completed"}


def make_results_part(results: Row) -> Part:
    """Make the part with the results of a trial.

    Args:
        results: `has_results` and the dates of `main.trials`, and `sections`: what is posted, as the record has it.
    """
    if not results:
        return Part("results", "Results", "", list)
    posted, due = format_day(results["results_first_post_date"]), format_day(results["results_due_date"])
    if results["has_results"]:
        brief = f"posted on {posted}" if posted else "posted"
    elif results["results_overdue"]:
        brief = f"not posted; overdue since {due}"
    else:
        brief = f"not posted; due on {due}" if due else "not posted"
    return Part("results", "Results", brief, lambda: _list_blocks(results, brief, due))


def _list_blocks(results: Row, brief: str, due: str) -> list[Block]:
    state = brief[:1].upper() + brief[1:]
    notes = [make_note(f"They were due on {due}.")] if results["has_results"] and due else []
    if due:
        notes.append(
            make_note("Results are due a year after the primary completion; what a law asks is not known here.")
        )
    sections = results["sections"]
    return [
        Facts((("Results", make_cell(state, *notes)),)),
        *_list_participant_flow(sections.get("participant_flow") or {}),
        *_tabulate_baseline(sections.get("baseline") or {}),
        *_list_outcomes(sections.get("outcome_measures") or {}),
        *_list_events(sections.get("adverse_events") or {}),
    ]


def _list_participant_flow(flow: Row) -> Iterator[Block]:
    groups = flow.get("groups") or []
    note = flatten_markup(flow.get("recruitmentDetails"))
    for period in flow.get("periods") or []:
        rows = []
        for milestone in period.get("milestones") or []:
            label = join_lines(milestone.get("type"))
            counts = _read_values(milestone.get("achievements"), "numSubjects")
            rows.append(_make_row(groups, _MILESTONES.get(label, label), counts))
        for reason in period.get("dropWithdraws") or []:
            counts = _read_values(reason.get("reasons"), "numSubjects")
            rows.append(_make_row(groups, f"Left: {join_lines(reason.get('type'))}", counts))
        if rows:
            heading = ": ".join(filter(None, ["Participant flow", join_lines(period.get("title"))]))
            yield _make_figures("Participants", groups, rows, heading, note)
            note = ""


def _tabulate_baseline(baseline: Row) -> Iterator[Block]:
    groups = baseline.get("groups") or []
    rows = list(_list_denominators(groups, baseline.get("denoms")))
    for measure in baseline.get("measures") or []:
        spread = _name_measure(measure, "")
        rows += _list_measured(groups, measure, baseline.get("denoms"), join_lines(measure.get("title")), spread)
    if rows:
        yield _make_figures("Measure", groups, rows, "Baseline", flatten_markup(baseline.get("populationDescription")))


def _list_outcomes(module: Row) -> Iterator[Block]:
    for outcome in module.get("outcomeMeasures") or []:
        if outcome.get("type") != "PRIMARY":
            continue
        groups = outcome.get("groups") or []
        rows = list(_list_denominators(groups, outcome.get("denoms")))
        rows += _list_measured(groups, outcome, outcome.get("denoms"), "", _name_measure(outcome, "Value"))
        frame, about = join_lines(outcome.get("timeFrame")), flatten_markup(outcome.get("description"))
        if outcome.get("reportingStatus") == "NOT_POSTED":
            about = "Not posted yet."
        note = " ".join(filter(None, [f"Time frame: {frame}." if frame else "", about]))
        heading = f"Primary outcome: {join_lines(outcome.get('title'))}"
        yield _make_figures("Measure", groups, rows, heading, note)
        analyses = [make_cell(_format_analysis(each, groups)) for each in outcome.get("analyses") or []]
        if any(analyses):
            yield Lines(tuple((0, cell) for cell in analyses if cell), "Analyses of this outcome")


def _list_events(module: Row) -> Iterator[Block]:
    groups = module.get("eventGroups") or []
    totals = {
        "Died, of any cause": "deaths",
        "With a serious adverse event": "serious",
        "With another adverse event": "other",
    }
    rows = []
    for label, kind in totals.items():
        counts = {
            group.get("id"): _format_share(group.get(f"{kind}NumAffected"), group.get(f"{kind}NumAtRisk"))
            for group in groups
        }
        if any(counts.values()):
            rows.append(_make_row(groups, label, counts))
    frame, about = join_lines(module.get("timeFrame")), flatten_markup(module.get("description"))
    if rows:
        note = " ".join(filter(None, [f"Time frame: {frame}." if frame else "", about]))
        yield _make_figures("Participants", groups, rows, "Adverse events", note)
    events = [
        _make_row(groups, event.get("term"), _read_shares(event.get("stats")), event.get("organSystem"))
        for event in module.get("seriousEvents") or []
    ]
    if events:
        yield _make_figures("Participants with", groups, events, "Serious adverse events", "")


def _list_denominators(groups: Sequence[Row], denominators: Sequence[Row] | None) -> Iterator[tuple[Cell, ...]]:
    for each in denominators or []:
        yield _make_row(groups, f"{join_lines(each.get('units'))} analyzed", _read_values(each.get("counts"), "value"))


def _list_measured(
    groups: Sequence[Row], measure: Row, denominators: Sequence[Row] | None, title: str, spread: str
) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each class and category of a measure."""
    counts_people = measure.get("paramType") == "COUNT_OF_PARTICIPANTS"
    for group in measure.get("classes") or []:
        known = group.get("denoms") or measure.get("denoms") or denominators or []
        totals = _read_values(known[0].get("counts"), "value") if counts_people and known else {}
        for category in group.get("categories") or []:
            values = {
                value.get("groupId"): _format_value(value, totals.get(value.get("groupId")))
                for value in category.get("measurements") or []
            }
            names = [join_lines(name) for name in (title, group.get("title"), category.get("title"))]
            label = ": ".join(filter(None, names))
            # Shares say that people are counted.
            note = "" if counts_people or not label else spread
            yield _make_row(groups, label or spread, values, note)


def _name_measure(measure: Row, otherwise: str) -> str:
    """Return what the numbers of a measure are: `Mean (Standard Deviation), years`."""
    param, spread = (_put_in_words(measure.get(name)) for name in ("paramType", "dispersionType"))
    kind = f"{param} ({spread})" if spread and spread != "Not Applicable" else param
    unit = join_lines(measure.get("unitOfMeasure"))
    # A count of participants is counted in participants.
    named = [kind, unit if unit.casefold() not in kind.casefold() else ""]
    return ", ".join(filter(None, named)) or otherwise


def _put_in_words(code: str | None) -> str:
    """Return a code such as `STANDARD_DEVIATION` in words; what has words already stays."""
    text = join_lines(code)
    return text.replace("_", " ").capitalize() if text.isupper() else text


def _format_value(value: Row, total: str | None) -> str:
    number = join_lines(value.get("value"))
    if total is not None:
        return _format_share(number, total, " ")
    spread, low, high = (join_lines(value.get(name)) for name in ("spread", "lowerLimit", "upperLimit"))
    if low or high:
        return f"{number} ({low or '…'} to {high or '…'})"
    return f"{number} ({spread})" if spread else number


def _format_share(part: Any, whole: Any, between: str = "") -> str:
    """Return `30 of 88 (34.1 %)`, or `30 (34.1 %)` where the whole has a row of its own."""
    if part is None or part == "":
        return ""
    try:
        percent = f"{100 * float(part) / float(whole):.1f}".removesuffix(".0")
    except (TypeError, ValueError, ZeroDivisionError):
        percent = ""
    share = f" ({percent} %)" if percent and float(part) else ""
    return f"{part}{share}" if between or whole is None else f"{part} of {whole}{share}"


def _format_analysis(analysis: Row, groups: Sequence[Row]) -> str:
    names = {group.get("id"): join_lines(group.get("title")) for group in groups}
    compared = " and ".join(filter(None, (names.get(number) for number in analysis.get("groupIds") or [])))
    method = join_lines(analysis.get("statisticalMethod"))
    p_value = join_lines(analysis.get("pValue"))
    if p_value:
        p_value = f"p {p_value}" if p_value[0] in "<>=≤≥" else f"p = {p_value}"
    estimate = " ".join(
        filter(None, (_put_in_words(analysis.get("paramType")), join_lines(analysis.get("paramValue"))))
    )
    low, high = (join_lines(analysis.get(name)) for name in ("ciLowerLimit", "ciUpperLimit"))
    if low or high:
        level = join_lines(analysis.get("ciPctValue"))
        estimate += f" ({f'{level} % ' if level else ''}confidence interval {low or '…'} to {high or '…'})"
    facts = ", ".join(filter(None, [estimate, p_value, method]))
    return ": ".join(filter(None, [compared, facts])) if facts else ""


def _read_values(rows: Sequence[Row] | None, name: str) -> dict[str, str]:
    found = ((row.get("groupId", ""), row.get(name)) for row in rows or [])
    return {group: "" if value is None else join_lines(str(value)) for group, value in found}


def _read_shares(stats: Sequence[Row] | None) -> dict[str, str]:
    return {row.get("groupId", ""): _format_share(row.get("numAffected"), row.get("numAtRisk")) for row in stats or []}


def _make_row(
    groups: Sequence[Row], label: str | None, values: Mapping[Any, str], note: str | None = ""
) -> tuple[Cell, ...]:
    first = make_cell(label or "not named", make_note(note))
    return (first, *(make_cell(values.get(group.get("id"), "")) for group in groups))


def _make_figures(
    first: str, groups: Sequence[Row], rows: Sequence[tuple[Cell, ...]], heading: str, note: str
) -> Table:
    head = (first, *(join_lines(group.get("title")) or "Group" for group in groups))
    return Table(head, tuple(rows), heading, note, has_figures=True)
