"""Who is behind a trial: its sponsors, its officials, and the publications, documents and links of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.pages.trial_blocks import (
    Facts,
    Lines,
    Part,
    Words,
    count_words,
    flatten_markup,
    join_lines,
    make_cell,
    make_link,
    make_note,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.pages.trial_blocks import Cell

    Row = dict[str, Any]

_PUBMED = "https://pubmed.ncbi.nlm.nih.gov/"

_SPONSOR_CLASSES = {
    "INDUSTRY": "Industry",
    "NIH": "NIH",
    "FED": "Other U.S. federal agency",
    "OTHER_GOV": "Other government",
    "NETWORK": "Network",
    "INDIV": "Individual",
    "OTHER": "",
    "AMBIG": "",
    "UNKNOWN": "",
}
"""The classes of sponsors in words. A class that says nothing beyond the name has none."""

_REFERENCES = {
    "RESULT": "Results of this trial",
    "DERIVED": "Found by the registry in PubMed",
    "BACKGROUND": "Background",
    None: "References",
}


def make_sponsors_part(sponsors: list[Row], officials: list[Row]) -> Part:
    """Make the part with the lead sponsor, the collaborators and the officials."""
    lead = [row for row in sponsors if row["lead_or_collaborator"] == "lead"]
    others = [row for row in sponsors if row["lead_or_collaborator"] != "lead"]
    counts = [count_words(len(others), "collaborator")] if others else []
    counts += [count_words(len(officials), "official")] if officials else []
    facts: dict[str, Cell] = {
        "Lead sponsor": tuple(words for row in lead for words in _name_sponsor(row)),
        "Collaborators" if len(others) > 1 else "Collaborator": tuple(w for row in others for w in _name_sponsor(row)),
    }
    for official in officials:
        label = join_lines(official["role_label"]) or "Official"
        facts[label] = (*facts.get(label, ()), *make_cell(official["name"], make_note(official["affiliation"])))
    rows = tuple((label, cell) for label, cell in facts.items() if cell)
    brief = "; ".join([*(join_lines(row["name"]) for row in lead), *counts])
    return Part("sponsors", "Sponsor and collaborators", brief if rows else "", lambda: [Facts(rows)])


def _name_sponsor(row: Row) -> Cell:
    code = row["agency_class"] or ""
    return make_cell(row["name"], make_note(_SPONSOR_CLASSES.get(code, code)))


def make_references_part(details: Mapping[str, Any]) -> Part:
    """Make the part with the publications, each with its page at PubMed, the documents and the links."""
    references = details["references"]
    lists = {
        heading: [_make_reference(row) for row in references if _know_type(row["reference_type"]) == kind]
        for kind, heading in _REFERENCES.items()
    }
    lists["Documents"] = [make_cell(make_link(row["document_type"], row["url"])) for row in details["documents"]]
    lists["Links"] = [make_cell(make_link(flatten_markup(row["description"]), row["url"])) for row in details["links"]]
    filled = {heading: list(filter(None, cells)) for heading, cells in lists.items() if any(cells)}
    nouns = {"Documents": "document", "Links": "link"}
    counts = {"publication": 0, "document": 0, "link": 0}
    for heading, cells in filled.items():
        counts[nouns.get(heading, "publication")] += len(cells)
    brief = ", ".join(count_words(count, noun) for noun, count in counts.items() if count)
    blocks = [Lines(tuple((0, cell) for cell in cells), heading) for heading, cells in filled.items()]
    return Part("references", "References", brief, lambda: blocks)


def _know_type(code: str | None) -> str | None:
    return code if code in _REFERENCES else None


def _make_reference(row: Row) -> Cell:
    pmid = join_lines(row["pmid"])
    link = Words(f"PubMed {pmid}", f"{_PUBMED}{pmid}/") if pmid.isascii() and pmid.isdigit() else None
    retracted = [make_note(f"Retracted: {notice}") for notice in row["retractions"] or ()]
    return make_cell(row["citation"], link, *retracted)
