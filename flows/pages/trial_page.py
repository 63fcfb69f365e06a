"""The summary page of a trial: what is on it, in which order and in which words. Other modules decide how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extract.printable import clean_name, clean_sentence
from flows.pages.markup import read_blocks
from flows.settings import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from warehouse.reading.trial_summary import Row, TrialSummary

NOT_GIVEN = "not given"
"""Shown where the record has nothing."""

SUMMARY, DESCRIPTION = "Clinical Trial Summary", "Clinical Trial Description"
DESIGN, TERMS, SEE_ALSO = "Study Design", "Related Conditions & MeSH terms", "See also"
RELATED_HEAD = ("Status", "Clinical Trial", "Phase")

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
        notes: what a reader must know first.
        summary: the short description, in the registry's markup.
        description: the long description, in the registry's markup.
        design: the study design: name and value of each fact.
        terms: conditions and MeSH terms.
        facts: the table of the page: label and value of each line.
        related: the trials of "See also".
        origin: where the record came from, in a sentence.
    """

    nct_id: str
    title: str
    url: str
    notes: tuple[str, ...]
    summary: str
    description: str
    design: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    related: tuple[RelatedTrial, ...]
    origin: str


def make_trial_page(summary: TrialSummary) -> TrialPage:
    """Make the page of a trial."""
    values = summary.values
    return TrialPage(
        nct_id=values["nct_id"],
        title=_join_lines(values["brief_title"]),
        url=values["source_url"],
        notes=tuple(_list_notes(summary)),
        summary=values["brief_summary"] or "",
        description=values["detailed_description"] or "",
        design=tuple(_split_fact(words) for words in values["study_design"] or ()),
        terms=tuple(_list_terms(values)),
        facts=tuple(_list_facts(values)),
        related=tuple(_make_related(row) for row in summary.see_also),
        origin=_format_origin(values),
    )


def make_page_json(summary: TrialSummary, details: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return the page for JSON: the columns of `main.trial_summary`, what else the page shows, and the details."""
    return {**summary.values, "asked_for": list(summary.asked_for), "see_also": list(summary.see_also), **details}


def _list_notes(summary: TrialSummary) -> Iterator[str]:
    nct_id = summary.values["nct_id"]
    for number, is_kept in summary.obsolete.items():
        kept = f"; the last record of {number} is kept in the warehouse" if is_kept else ""
        yield f"{number} is now {nct_id}, which is shown here{kept}."
    if summary.values["left_reason"]:
        yield f"{nct_id} is not in the condition set any more: {summary.values['left_reason']}."


def _list_facts(values: Row) -> Iterator[tuple[str, str]]:
    for label, column in _FACTS.items():
        value = _join_lines(values[column])
        # The reason is the registry's markup; its paragraphs become one line.
        if column == "why_stopped":
            value = " ".join(block.text for block in read_blocks(value))
        if value or label not in _ONLY_WHERE_GIVEN:
            yield label, value or NOT_GIVEN


def _list_terms(values: Row) -> Iterator[tuple[str, str]]:
    for label, column in (("Conditions", "conditions"), ("MeSH terms", "mesh_terms")):
        if values[column]:
            yield label, "; ".join(map(_join_lines, values[column]))


def _split_fact(words: str) -> tuple[str, str]:
    # The view gives each fact of the design as `name: value`.
    name, _, value = words.partition(": ")
    return name, _join_lines(value)


def _make_related(row: Row) -> RelatedTrial:
    return RelatedTrial(
        nct_id=row["other_nct_id"],
        status=_join_lines(row["status_label"]),
        title=_join_lines(row["brief_title"]),
        phase=_join_lines(row["phase_label"]),
        shared=_join_lines(row["shared"]),
        url=row["source_url"],
    )


def _format_origin(values: Row) -> str:
    if values["registry"] == SAMPLE:
        return "From the sample registry that ships with aclf-trials: not a source on this trial."
    if not values["registry"]:
        return ""
    time = clean_name(values["data_timestamp"] or "").replace("T", " ")
    return f"From {clean_sentence(values['registry'])}, data of {time} UTC."


def _join_lines(text: str | None) -> str:
    """Return a text in one line."""
    return " ".join((text or "").split())
