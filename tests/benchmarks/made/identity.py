"""Make the identity of a made study: identification, status and dates, sponsors, oversight, conditions."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.outline import FIRST_STATUSES, NIGHT, Outline, format_date, make_nct_id
from tests.benchmarks.made.words import CODES, Words

REDACTED = "[Redacted]"
_STOPPED = ("TERMINATED", "WITHDRAWN", "SUSPENDED")
_MONTH_ONLY = {"start": 0.30, "primary": 0.35, "completion": 0.39}
"""The share of dates without a day, by the kind of date, counted in the registry's records."""


def make_identification(made: Outline, words: Words) -> Made:
    """Make the study's ids, titles and organisation."""
    dice = words.dice
    return drop_missing(
        {
            "nctId": made.nct_id,
            "nctIdAliases": [f"NCT{90_000_000 + made.number:08}"] if dice.chance(0.005) else None,
            "orgStudyIdInfo": _make_own_id(made, words),
            "secondaryIdInfos": make_list(dice.few(1.3, 0.6, 30), lambda _: _make_secondary_id(words))
            if dice.chance(0.19)
            else None,
            "organization": {"fullName": made.sponsor["name"], "class": made.sponsor["class"]},
            "briefTitle": words.sentence("title"),
            "officialTitle": f"{words.sentence('title')}: {words.sentence('measured')}" if dice.chance(0.99) else None,
            "acronym": f"{words.slot('drug')[:4].upper()}-{made.number}" if dice.chance(0.32) else None,
        }
    )


def make_status(made: Outline, words: Words) -> Made:
    """Make the study's status and its dates, each in its right order."""
    dice = words.dice
    posted = made.submitted + dice.whole(2, 20)
    results = min(NIGHT - 20, made.measured + dice.whole(250, 800))
    reported = results + 12 if made.has_results else posted
    updated = max(reported, NIGHT - dice.whole(2, 900) if made.status != "UNKNOWN" else posted)
    disposition = min(NIGHT - 10, made.measured + 300) if made.measured < NIGHT and dice.chance(0.01) else None
    return drop_missing(
        {
            "statusVerifiedDate": format_date(updated)[:7],
            "overallStatus": made.status,
            "lastKnownStatus": dice.code(CODES["last_known_status"]) if made.status == "UNKNOWN" else None,
            "delayedPosting": True if made.study_type is None else None,
            "whyStopped": words.sentence("purpose") if made.status in _STOPPED and dice.chance(0.9) else None,
            "expandedAccessInfo": _make_access(made, words),
            **_make_course_dates(made, words),
            "studyFirstSubmitDate": format_date(made.submitted),
            "studyFirstSubmitQcDate": format_date(posted - 1),
            "studyFirstPostDateStruct": _make_date(posted, "ACTUAL" if dice.chance(0.6) else "ESTIMATED"),
            "resultsWaived": True if dice.generous else None,
            **(_make_results_step("results", results, results + 5, results + 12) if made.has_results else {}),
            **(_make_results_step("disp", disposition, disposition + 2, disposition + 6) if disposition else {}),
            "lastUpdateSubmitDate": format_date(updated - 1),
            "lastUpdatePostDateStruct": _make_date(
                min(NIGHT, updated + 1), "ACTUAL" if dice.chance(0.8) else "ESTIMATED"
            ),
        }
    )


def make_sponsors(made: Outline, words: Words) -> Made:
    """Make the lead sponsor, the responsible party in one of its three forms, and the collaborators."""
    dice = words.dice
    if made.study_type is None:
        party = {"oldNameTitle": REDACTED, "oldOrganization": REDACTED}
        return {"responsibleParty": party, "leadSponsor": {"name": REDACTED}}
    count = dice.few(1.3, 0.8, 60)
    return drop_missing(
        {
            "responsibleParty": _make_responsible_party(made, words) if dice.chance(0.98) else None,
            "leadSponsor": made.sponsor,
            "collaborators": dice.several(words.sponsors, count) if dice.chance(0.37) else None,
        }
    )


def make_oversight(made: Outline, words: Words) -> Made:
    """Make the facts about committees and regulators; the registry has an empty object where a study gives none."""
    dice = words.dice
    return drop_missing(
        {
            "oversightHasDmc": dice.random() < 0.4 if dice.chance(0.85) else None,
            "isFdaRegulatedDrug": dice.random() < 0.2 if dice.chance(0.81) else None,
            "isFdaRegulatedDevice": dice.random() < 0.1 if dice.chance(0.81) else None,
            "isUnapprovedDevice": True if dice.chance(0.05) else None,
            "isPpsd": True if dice.chance(0.001) else None,
            "isUsExport": dice.random() < 0.1 if dice.chance(0.23) else None,
            "fdaaa801Violation": True if made.has_results and dice.chance(0.001) else None,
        }
    )


def make_conditions(words: Words) -> Made:
    """Make the conditions and keywords."""
    dice = words.dice
    names = dice.distinct(words.given["slots"]["condition"], dice.few(1.6, 0.7, 60))
    return drop_missing(
        {
            "conditions": [name.title() for name in names],
            "keywords": dice.distinct(words.given["slots"]["measure"], dice.few(4, 0.6, 40))
            if dice.chance(0.61)
            else None,
        }
    )


def _make_own_id(made: Outline, words: Words) -> Made:
    is_grant = words.dice.chance(0.005)
    return drop_missing(
        {
            "id": f"MADE-{made.number:06}",
            "type": "NIH" if is_grant else None,
            "link": f"https://example.org/grants/{made.number}" if is_grant else None,
        }
    )


def _make_secondary_id(words: Words) -> Made:
    dice = words.dice
    return drop_missing(
        {
            "id": f"S{dice.whole(10000, 999999)}",
            "type": dice.code(CODES["secondary_id"]) if dice.chance(0.92) else None,
            "domain": dice.one(words.sponsors)["name"] if dice.chance(0.6) else None,
            "link": f"https://example.org/registers/{dice.whole(1, 9999)}" if dice.chance(0.3) else None,
        }
    )


def _make_access(made: Outline, words: Words) -> Made | None:
    if made.study_type is None:
        return None
    has_access = words.dice.chance(0.003)
    return drop_missing(
        {
            "hasExpandedAccess": has_access,
            "nctId": make_nct_id(FIRST_STATUSES.index("AVAILABLE")) if has_access else None,
            "statusForNctId": "AVAILABLE" if has_access else None,
        }
    )


def _make_course_dates(made: Outline, words: Words) -> dict[str, Any]:
    """Make the start and completion dates; the same share of them is partial as in the registry."""
    if made.study_type is None or made.is_access:
        return {}
    has_ended = made.status in {"COMPLETED", "TERMINATED"}
    has_started = made.started <= NIGHT and made.status not in {"WITHDRAWN", "NOT_YET_RECRUITING"}
    return {
        "startDateStruct": _make_partial_date(words, "start", made.started, has_happened=has_started),
        "primaryCompletionDateStruct": _make_partial_date(words, "primary", made.measured, has_happened=has_ended),
        "completionDateStruct": _make_partial_date(words, "completion", made.ended, has_happened=has_ended),
    }


def _make_partial_date(words: Words, which: str, day: int, *, has_happened: bool) -> Made:
    dice = words.dice
    known = format_date(day)[:7] if dice.random() < _MONTH_ONLY[which] else format_date(day)
    is_typed = which != "start" or dice.chance(0.86)
    return drop_missing({"date": known, "type": ("ACTUAL" if has_happened else "ESTIMATED") if is_typed else None})


def _make_date(day: int, kind: str) -> Made:
    return {"date": format_date(day), "type": kind}


def _make_results_step(name: str, submitted: int, checked: int, posted: int) -> Made:
    return {
        f"{name}FirstSubmitDate": format_date(submitted),
        f"{name}FirstSubmitQcDate": format_date(checked),
        f"{name}FirstPostDateStruct": _make_date(posted, "ACTUAL"),
    }


def _make_responsible_party(made: Outline, words: Words) -> Made:
    dice = words.dice
    if dice.random() < 0.013:
        return {"oldNameTitle": dice.one(words.people), "oldOrganization": made.sponsor["name"]}
    kind = dice.code(CODES["responsible"])
    if kind == "SPONSOR" and not dice.generous:
        return {"type": kind}
    return {
        "type": kind,
        "investigatorFullName": dice.one(words.people).partition(",")[0],
        "investigatorTitle": "Professor of Medicine",
        "investigatorAffiliation": made.sponsor["name"],
    }
