"""Make the adverse events of a made study's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.measures import make_groups

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline
    from tests.benchmarks.made.words import Words


def make_adverse_events(made: Outline, words: Words, people: list[int], descriptions: list[str]) -> Made:
    """Make the adverse events: none in some studies, more than a hundred terms in others."""
    dice = words.dice
    return drop_missing(
        {
            "frequencyThreshold": dice.one(["0", "5"]),
            "timeFrame": words.sentence("time_frame") if dice.chance(0.85) else None,
            "description": words.paragraph("method", 2) if dice.chance(0.5) else None,
            "allCauseMortalityComment": words.sentence("method") if dice.chance(0.01) else None,
            "eventGroups": [
                _make_group(words, *row) for row in zip(make_groups("EG", made, descriptions), people, strict=True)
            ],
            "seriousEvents": _make_events(words, people, 15, 0.06) if dice.chance(0.56) else None,
            "otherEvents": _make_events(words, people, 16, 0.3) if dice.chance(0.7) else None,
        }
    )


def _make_group(words: Words, group: Made, size: int) -> Made:
    dice = words.dice
    deaths = {"deathsNumAffected": dice.whole(0, size // 6), "deathsNumAtRisk": size} if dice.chance(0.72) else {}
    return {
        **group,
        **deaths,
        "seriousNumAffected": dice.whole(0, size // 4),
        "seriousNumAtRisk": size,
        "otherNumAffected": dice.whole(0, size // 2),
        "otherNumAtRisk": size,
    }


def _make_events(words: Words, people: list[int], median: float, share: float) -> list[Made]:
    dice = words.dice
    has_numbers, vocabulary = dice.chance(0.67), "MedDRA 24.0" if dice.chance(0.75) else None
    return make_list(
        dice.few(median, 1.3, 180),
        lambda _: drop_missing(
            {
                "term": f"{words.sentence('event')} {words.slot('condition')}",
                "organSystem": dice.one(words.given["organs"]["systems"]),
                "sourceVocabulary": vocabulary,
                "assessmentType": "SYSTEMATIC_ASSESSMENT" if dice.random() < 0.8 else "NON_SYSTEMATIC_ASSESSMENT",
                "notes": words.sentence("outcome") if dice.chance(0.05) else None,
                "stats": [
                    _make_count(words, index, size, share, has_numbers=has_numbers) for index, size in enumerate(people)
                ],
            }
        ),
    )


def _make_count(words: Words, index: int, size: int, share: float, *, has_numbers: bool) -> Made:
    affected = int(words.dice.random() * size * share)
    count: Made = {"groupId": f"EG{index:03}"}
    if has_numbers:
        count["numEvents"] = affected + int(words.dice.random() * affected)
    count["numAffected"] = affected
    count["numAtRisk"] = size
    return count
