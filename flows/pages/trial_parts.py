"""The parts of a trial's page below the seed's: who can take part, what is measured, and more."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flows.pages.trial_arms import make_arms_part
from flows.pages.trial_blocks import (
    Facts,
    Lines,
    Part,
    Table,
    count_words,
    flatten_markup,
    format_ages,
    join_lines,
    make_cell,
    make_note,
    make_table,
    read_line,
)
from flows.pages.trial_changes import make_changes_part
from flows.pages.trial_results import make_results_part
from flows.pages.trial_sites import make_sites_part
from flows.pages.trial_sponsors import make_references_part, make_sponsors_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.pages.trial_blocks import Block, Cell

    Details = Mapping[str, Any]
    Row = dict[str, Any]

_CRITERIA = {"inclusion": "Inclusion criteria", "exclusion": "Exclusion criteria", None: "Criteria"}
_HEALTHY_VOLUNTEERS = {True: "Accepted", False: "Not accepted", None: ""}
_OUTCOMES = {"primary": "Primary outcomes", "secondary": "Secondary outcomes", "other": "Other outcomes"}


def list_parts(details: Details) -> tuple[Part, ...]:
    """Return the parts of a trial's page that have something in them, in their order."""
    if not details:
        return ()
    made = (
        _make_eligibility_part(details),
        _make_outcomes_part(details["outcomes"]),
        make_arms_part(details["arms"], details["interventions"]),
        make_sites_part(details),
        make_sponsors_part(details["sponsors"], details["officials"]),
        make_results_part(details["results"]),
        make_references_part(details),
        make_changes_part(details["changes"], details["versions"]),
    )
    return tuple(part for part in made if part.brief)


def _make_eligibility_part(details: Details) -> Part:
    eligible = details["eligibility"]
    lines = [row for row in details["criteria"] if row["limit_number"] == 1]
    facts: dict[str, Cell] = {}
    people = []
    if eligible:
        ages = format_ages(eligible["minimum_age"], eligible["maximum_age"]) or "any age"
        sex = join_lines(eligible["sex_label"])
        facts = {
            "Ages": make_cell(ages),
            "Sex": make_cell(sex, make_note(flatten_markup(eligible["sex_description"]))),
            "Healthy volunteers": make_cell(_HEALTHY_VOLUNTEERS[eligible["healthy_volunteers"]]),
            "Study population": make_cell(flatten_markup(eligible["population"])),
            "Sampling": make_cell(eligible["sampling_method_label"]),
        }
        people = [ages, "all sexes" if eligible["sex"] == "ALL" else sex.lower()]
    counts = [
        count_words(count, f"{kind or ''} criterion".strip(), f"{kind or ''} criteria".strip())
        for kind in _CRITERIA
        if (count := sum(row["criterion_type"] == kind for row in lines))
    ]
    brief = "; ".join(filter(None, [", ".join(filter(None, people)), ", ".join(counts)]))
    return Part("eligibility", "Eligibility", brief, lambda: [*_make_facts(facts), *_list_criteria(lines)])


def _list_criteria(lines: list[Row]) -> Iterator[Block]:
    """Yield a list for each section of the criteria, in the record's order."""
    for (kind, name), rows in groupby(lines, key=lambda row: (row["criterion_type"], row["heading"])):
        heading = ": ".join(filter(None, [_CRITERIA.get(kind, _CRITERIA[None]), read_line(name)]))
        yield Lines(tuple((row["nesting_level"], make_cell(read_line(row["text"]))) for row in rows), heading)


def _make_facts(facts: Mapping[str, Cell]) -> list[Block]:
    rows = tuple((label, cell) for label, cell in facts.items() if cell)
    return [Facts(rows)] if rows else []


def _make_outcomes_part(outcomes: list[Row]) -> Part:
    by_type = {kind: [row for row in outcomes if row["outcome_type"] == kind] for kind in _OUTCOMES}
    brief = ", ".join(f"{len(rows)} {kind}" for kind, rows in by_type.items() if rows)
    return Part("outcomes", "Outcomes", brief, lambda: [_tabulate(*item) for item in by_type.items() if item[1]])


def _tabulate(kind: str, outcomes: list[Row]) -> Table:
    rows = [
        (make_cell(row["measure"], make_note(flatten_markup(row["description"]))), make_cell(row["time_frame"]))
        for row in outcomes
    ]
    return make_table(("Measure", "Time frame"), rows, _OUTCOMES[kind])
