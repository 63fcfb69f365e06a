"""Make the parts that the registry adds to a study: MeSH terms, documents, annotations, its own dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.outline import NIGHT, Outline, format_date

if TYPE_CHECKING:
    from tests.benchmarks.made.words import Words

# By the registry's abbreviation: has a protocol, has an analysis plan, has a consent form, label.
_DOCUMENTS = {
    "Prot": (True, False, False, "Study Protocol"),
    "SAP": (False, True, False, "Statistical Analysis Plan"),
    "ICF": (False, False, True, "Informed Consent Form"),
    "Prot_SAP": (True, True, False, "Study Protocol and Statistical Analysis Plan"),
}
_VIOLATIONS = ("VIOLATION_IDENTIFIED", "CORRECTION_CONFIRMED", "PENALTY_IMPOSED")


def make_derived_section(made: Outline, words: Words) -> Made:
    """Make the MeSH terms of conditions and interventions, and the date of the registry's data."""
    dice, given = words.dice, words.given
    return drop_missing(
        {
            "miscInfoModule": _make_misc_module(made, words),
            "conditionBrowseModule": _make_mesh_module(words, given["mesh"], given["branches"]["conditions"], 2.4)
            if dice.chance(0.95)
            else None,
            "interventionBrowseModule": _make_mesh_module(
                words, given["substances"], given["branches"]["substances"], 1.8
            )
            if dice.chance(0.34)
            else {},
        }
    )


def make_documents(made: Outline, words: Words) -> Made | None:
    """Make the study's documents; None for most studies."""
    dice = words.dice
    if not dice.chance(0.5 if made.has_results else 0.02):
        return None
    return {
        "largeDocumentModule": drop_missing(
            {
                "noSap": True if dice.chance(0.04) else None,
                "largeDocs": [_make_document(made, words, kind) for kind in dice.distinct(list(_DOCUMENTS), 2)],
            }
        )
    }


def make_annotations(made: Outline, words: Words) -> Made | None:
    """Make annotations of results that were sent but not posted, and of violations; None for nearly all studies."""
    dice = words.dice
    found = drop_missing(
        {
            "unpostedAnnotation": _make_unposted_results(made, words) if dice.chance(0.013) else None,
            "violationAnnotation": {"violationEvents": [_make_violation(made, words, kind) for kind in _VIOLATIONS]}
            if dice.chance(0.0005)
            else None,
        }
    )
    return {"annotationModule": found} if found else None


def _make_mesh_module(words: Words, terms: dict[str, Any], branches: list[list[str]], median: float) -> Made:
    dice = words.dice
    found = dice.distinct(list(terms), dice.few(median, 0.6, 30))
    above = dict.fromkeys(ancestor for mesh_id in found for ancestor in terms[mesh_id]["above"])
    leaves = [*found, *above] if dice.chance(0.45) else []
    return drop_missing(
        {
            "meshes": [{"id": mesh_id, "term": terms[mesh_id]["term"]} for mesh_id in found],
            "ancestors": [{"id": mesh_id, "term": terms[mesh_id]["term"]} for mesh_id in above] or None,
            "browseLeaves": [_make_leaf(words, leaf, terms[leaf]["term"], is_found=leaf in found) for leaf in leaves]
            or None,
            "browseBranches": [{"abbrev": abbreviation, "name": name} for abbreviation, name in branches]
            if leaves
            else None,
        }
    )


def _make_leaf(words: Words, mesh_id: str, term: str, *, is_found: bool) -> Made:
    found_as = words.slot("condition").title() if is_found and words.dice.chance(0.9) else None
    relevance = "HIGH" if is_found else "LOW"
    return drop_missing(
        {"id": f"M{int(mesh_id[1:]) % 30000}", "name": term, "asFound": found_as, "relevance": relevance}
    )


def _make_misc_module(made: Outline, words: Words) -> Made:
    dice = words.dice
    return drop_missing(
        {
            "versionHolder": format_date(NIGHT),
            "removedCountries": dice.distinct(["Germany", "Turkey (Türkiye)", "India"], 2)
            if dice.chance(0.017)
            else None,
            "submissionTracking": _make_tracking(made, words) if dice.chance(0.02) and made.measured < NIGHT else None,
        }
    )


def _make_tracking(made: Outline, words: Words) -> Made:
    dice = words.dice
    return drop_missing(
        {
            "estimatedResultsFirstSubmitDate": format_date(made.measured),
            "firstMcpInfo": {"postDateStruct": {"date": format_date(made.measured), "type": "ACTUAL"}}
            if dice.chance(0.6)
            else None,
            "submissionInfos": make_list(
                dice.few(1.5, 0.5, 5), lambda index: _make_submission(made, words, 100 * index)
            ),
        }
    )


def _make_submission(made: Outline, words: Words, days: int) -> Made:
    dice, day = words.dice, made.measured + days
    return drop_missing(
        {
            "releaseDate": format_date(day),
            "unreleaseDate": format_date(day + 20) if dice.chance(0.1) else None,
            "unreleaseDateUnknown": True if dice.chance(0.01) else None,
            "resetDate": format_date(day + 40) if dice.chance(0.85) else None,
            "mcpReleaseN": 1 if dice.chance(0.25) else None,
        }
    )


def _make_document(made: Outline, words: Words, kind: str) -> Made:
    has_protocol, has_plan, has_consent, label = _DOCUMENTS[kind]
    index = words.dice.whole(0, 9)
    return {
        "typeAbbrev": kind,
        "hasProtocol": has_protocol,
        "hasSap": has_plan,
        "hasIcf": has_consent,
        "label": label,
        "date": format_date(made.submitted),
        "uploadDate": f"{format_date(made.submitted + 30)}T09:30",
        "filename": f"{kind}_{index:03}.pdf",
        "size": words.dice.whole(90_000, 9_000_000),
    }


def _make_unposted_results(made: Outline, words: Words) -> Made:
    events = [{"type": kind, "date": format_date(min(NIGHT, made.measured) - 30)} for kind in ("RELEASE", "RESET")]
    unknown = [{"type": "UNRELEASE", "dateUnknown": True}] if words.dice.chance(0.02) else []
    return {"unpostedResponsibleParty": made.sponsor["name"], "unpostedEvents": events + unknown}


def _make_violation(made: Outline, words: Words, kind: str) -> Made:
    day = min(NIGHT - 90, made.measured)
    return {
        "type": kind,
        "description": words.sentence("method"),
        "creationDate": format_date(day),
        "issuedDate": format_date(day + 10),
        "releaseDate": format_date(day + 20),
        "postedDate": format_date(day + 30),
    }
