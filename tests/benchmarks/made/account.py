"""Make the texts of a made study: description, eligibility, data sharing, references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.words import CODES, Words

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline

_SHARED = ["STUDY_PROTOCOL", "SAP", "ICF", "CSR", "ANALYTIC_CODE"]
_AGES = {  # minimum age, maximum age, the registry's age groups
    "adults": ("18 Years", None, ["ADULT", "OLDER_ADULT"]),
    "adults to 80": ("18 Years", "80 Years", ["ADULT", "OLDER_ADULT"]),
    "adults to 64": ("18 Years", "64 Years", ["ADULT"]),
    "children": ("6 Months", "17 Years", ["CHILD"]),
    "newborns": ("5 Minutes", "28 Days", ["CHILD"]),
    "everybody": (None, None, ["CHILD", "ADULT", "OLDER_ADULT"]),
}
_AGE_KEYS = [*["adults"] * 9, *["adults to 80"] * 8, *["adults to 64"] * 3, *["children"] * 2, "newborns", "everybody"]


def make_description(words: Words) -> Made:
    """Make the summary and, for most studies, a longer text of paragraphs and lists."""
    dice = words.dice
    return drop_missing(
        {
            "briefSummary": words.paragraph("purpose", dice.few(7, 0.75, 60)),
            "detailedDescription": _make_long_text(words) if dice.chance(0.7) else None,
        }
    )


def make_eligibility(made: Outline, words: Words) -> Made:
    """Make the criteria, ages and sexes of the people who may take part."""
    dice = words.dice
    youngest, oldest, classes = _AGES["adults to 80" if dice.generous else dice.one(_AGE_KEYS)]
    is_by_gender = dice.chance(0.03)
    return drop_missing(
        {
            "eligibilityCriteria": _make_criteria(words),
            "healthyVolunteers": dice.random() < 0.25 if dice.chance(0.97) else None,
            "sex": dice.code(CODES["sex"]),
            "genderBased": True if is_by_gender else None,
            "genderDescription": words.sentence("inclusion") if is_by_gender else None,
            "minimumAge": youngest,
            "maximumAge": oldest,
            "stdAges": classes,
            "studyPopulation": words.paragraph("purpose", 2) if made.study_type == "OBSERVATIONAL" else None,
            "samplingMethod": dice.code(CODES["sampling"]) if made.study_type == "OBSERVATIONAL" else None,
        }
    )


def make_sharing_statement(words: Words) -> Made:
    """Make the statement on sharing individual participant data."""
    dice = words.dice
    is_shared = dice.chance(0.13)
    return drop_missing(
        {
            "ipdSharing": "YES" if is_shared else dice.code(CODES["sharing"]),
            "description": words.paragraph("method", 2) if dice.chance(0.26) else None,
            "infoTypes": dice.distinct(_SHARED, 4) if is_shared else None,
            "timeFrame": words.sentence("time_frame") if is_shared else None,
            "accessCriteria": words.sentence("method") if is_shared else None,
            "url": "https://example.org/data" if dice.chance(0.05) else None,
        }
    )


def make_references(words: Words) -> Made | None:
    """Make publications, links and data sets; None where a study has none of them, as most studies."""
    dice = words.dice
    found = drop_missing(
        {
            "references": make_list(dice.few(4, 1.0, 70), lambda _: _make_reference(words))
            if dice.chance(0.29)
            else None,
            "seeAlsoLinks": make_list(dice.few(1.2, 0.5, 10), _make_link) if dice.chance(0.09) else None,
            "availIpds": [_make_data_set(words)] if dice.chance(0.003) else None,
        }
    )
    return found or None


def _make_long_text(words: Words) -> str:
    dice = words.dice
    paragraphs = [words.paragraph("method", dice.whole(3, 7)) for _ in range(dice.few(2.4, 0.8, 40))]
    points = "\n".join(f"* {point}" for point in words.sentences("measured", dice.whole(2, 6)))
    return "\n\n".join([*paragraphs, points])


def _make_criteria(words: Words) -> str:
    dice = words.dice
    admitted = words.sentences("inclusion", dice.few(11, 0.7, 80))
    refused = words.sentences("exclusion", dice.few(10, 0.8, 90))
    inclusion = "\n".join(f"* {criterion}" for criterion in admitted)
    exclusion = "\n".join(f"* {criterion}" for criterion in refused)
    return f"Inclusion Criteria:\n\n{inclusion}\n\nExclusion Criteria:\n\n{exclusion}"


def _make_reference(words: Words) -> Made:
    dice = words.dice
    return drop_missing(
        {
            "pmid": str(dice.whole(90_000_000, 99_999_999)) if dice.chance(0.97) else None,
            "type": dice.code(CODES["reference_type"]),
            "citation": words.paragraph("citation", 2),
            "retractions": [{"pmid": str(dice.whole(90_000_000, 99_999_999)), "source": "J Made Stud. 2021;12:34"}]
            if dice.chance(0.002)
            else None,
        }
    )


def _make_link(index: int) -> Made:
    return {"label": f"The study’s pages, part {index + 1}", "url": f"https://example.org/study/{index}"}


def _make_data_set(words: Words) -> Made:
    return {
        "id": f"DS-{words.dice.whole(1, 999)}",
        "type": "Individual Participant Data Set",
        "url": "https://example.org/sets",
        "comment": words.sentence("method"),
    }
