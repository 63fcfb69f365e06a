"""The summary page of a trial: what is on it, in which order and in which words. Other modules decide how it looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flows.pages.markup import read_blocks
from flows.pages.source import format_source
from flows.pages.trial_blocks import join_lines, shorten_block
from flows.pages.trial_parts import list_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from flows.pages.trial_blocks import Part
    from warehouse.reading.trial_details import Details
    from warehouse.reading.trial_summary import Row, TrialSummary

NOT_GIVEN = "not given"
"""Shown where the record has nothing."""

SUMMARY, DESCRIPTION = "Clinical Trial Summary", "Clinical Trial Description"
DESIGN, TERMS, SEE_ALSO = "Study Design", "Related Conditions & MeSH terms", "See also"
RELATED_HEAD = ("Status", "Clinical Trial", "Phase")
MORE = "More about this trial: `aclf show {nct_id} --part NAME`, or --all"
"""Above the names of the folded parts, where a page cannot fold."""

_FACTS = {
    "NCT number": "nct_id",
    "Study type": "study_type_label",
    "Source": "lead_sponsor",
    "Contact": "contact_name",
    "Phone": "contact_phone",
    "Email": "contact_email",
    "Status": "status_label",
    "Last known status": "last_known_status_label",
    "Why stopped": "why_stopped",
    "Phase": "phase_label",
    "Start date": "start_label",
    "Completion date": "completion_label",
}
_ONLY_WHERE_GIVEN = {"Last known status", "Why stopped"}


@dataclass(frozen=True, slots=True)
class RelatedTrial:
    """One trial of "See also".

    `phase` is empty if its record has none; `shared` says what the two trials share.
    """

    nct_id: str
    status: str
    title: str
    phase: str
    shared: str
    url: str


@dataclass(frozen=True, slots=True)
class TrialPage:
    """A summary page.

    Attributes:
        nct_id: NCT number of the trial.
        title: its short title.
        url: its page on ClinicalTrials.gov.
        status: its status in the registry's wording.
        notes: what a reader must know first.
        summary: the short description, in the registry's markup.
        description: the long description, in the registry's markup.
        design: the study design: name and value of each fact.
        terms: conditions and MeSH terms.
        facts: the table of the page: label and value of each line.
        related: the trials of "See also".
        parts: what is folded below all that.
        source: whose data this is, and of when.
        is_excerpt: whether the page has its title and its `parts` alone.
    """

    nct_id: str
    title: str
    url: str
    status: str
    notes: tuple[str, ...]
    summary: str
    description: str
    design: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    related: tuple[RelatedTrial, ...]
    parts: tuple[Part, ...]
    source: str
    is_excerpt: bool = False


def make_trial_page(summary: TrialSummary, details: Details) -> TrialPage:
    """Make the page of a trial, with every part that has something in it."""
    values = summary.values
    return TrialPage(
        nct_id=values["nct_id"],
        title=join_lines(values["brief_title"]),
        url=values["source_url"],
        status=join_lines(values["status_label"]) or NOT_GIVEN,
        notes=tuple(_list_notes(summary)),
        summary=values["brief_summary"] or "",
        description=values["detailed_description"] or "",
        design=tuple(_split_fact(words) for words in values["study_design"] or ()),
        terms=tuple(_list_terms(values)),
        facts=tuple(_list_facts(values)),
        related=tuple(_make_related(row) for row in summary.see_also),
        parts=list_parts(details),
        source=format_source(values["registry"], values["data_timestamp"]),
    )


def choose_parts(page: TrialPage, names: Collection[str]) -> TrialPage:
    """Return the page with these parts alone; a part of which the record says nothing is named in a note."""
    kept = tuple(part for part in page.parts if part.name in names)
    lacking = [name for name in names if name not in {part.name for part in kept}]
    notes = (*page.notes, f"The record says nothing about {' and '.join(lacking)}.") if lacking else page.notes
    return replace(page, parts=kept, notes=notes, is_excerpt=True)


def shorten_parts(page: TrialPage, most: int) -> TrialPage:
    """Return the page with this many rows at most in each list and table; a note says where the others are."""
    return replace(page, parts=tuple(_shorten(part, page.nct_id, most) for part in page.parts))


def make_page_json(summary: TrialSummary, details: Details) -> dict[str, Any]:
    """Return the page for JSON: the columns of `main.trial_summary`, what else the page shows, and the details."""
    values = summary.values
    return {
        **values,
        "source": format_source(values["registry"], values["data_timestamp"]),
        "asked_for": list(summary.asked_for),
        "see_also": list(summary.see_also),
        **details,
    }


def _shorten(part: Part, nct_id: str, most: int) -> Part:
    where = f"`aclf show {nct_id} --part {part.name}`"
    return replace(part, make_blocks=lambda: [shorten_block(block, most, where) for block in part.make_blocks()])


def _list_notes(summary: TrialSummary) -> Iterator[str]:
    nct_id = summary.values["nct_id"]
    for number, is_kept in summary.obsolete.items():
        kept = f"; the last record of {number} is kept in the warehouse" if is_kept else ""
        yield f"{number} is now {nct_id}, which is shown here{kept}."
    if summary.values["left_reason"]:
        yield f"{nct_id} is not in the condition set any more: {summary.values['left_reason']}."


def _list_facts(values: Row) -> Iterator[tuple[str, str]]:
    for label, column in _FACTS.items():
        value = join_lines(values[column])
        # The reason is the registry's markup; its paragraphs become one line.
        if column == "why_stopped":
            value = " ".join(block.text for block in read_blocks(value))
        if value or label not in _ONLY_WHERE_GIVEN:
            yield label, value or NOT_GIVEN


def _list_terms(values: Row) -> Iterator[tuple[str, str]]:
    for label, column in (("Conditions", "conditions"), ("MeSH terms", "mesh_terms")):
        if values[column]:
            yield label, "; ".join(map(join_lines, values[column]))


def _split_fact(words: str) -> tuple[str, str]:
    # The view gives each fact of the design as `name: value`.
    name, _, value = words.partition(": ")
    return name, join_lines(value)


def _make_related(row: Row) -> RelatedTrial:
    return RelatedTrial(
        nct_id=row["other_nct_id"],
        status=join_lines(row["status_label"]),
        title=join_lines(row["brief_title"]),
        phase=join_lines(row["phase_label"]),
        shared=join_lines(row["shared"]),
        url=row["source_url"],
    )
