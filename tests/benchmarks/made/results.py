"""Make the posted results of a made study: participant flow, baseline, outcome measures, adverse events, more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.adverse import make_adverse_events
from tests.benchmarks.made.baseline import make_baseline
from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.measures import draw_group_sizes, make_groups
from tests.benchmarks.made.outcome_measures import make_outcome_measure
from tests.benchmarks.made.words import CODES, Words

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline

_MILESTONES = ("STARTED", "COMPLETED", "NOT COMPLETED")


def make_results_section(made: Outline, words: Words) -> Made:
    """Make the results section."""
    people = draw_group_sizes(made, words)
    descriptions = [words.paragraph("arm", words.dice.few(3, 0.6, 8)) for _ in made.arms]
    return {
        "participantFlowModule": _make_participant_flow(made, words, people, descriptions),
        "baselineCharacteristicsModule": make_baseline(made, words, people, descriptions),
        "outcomeMeasuresModule": {
            "outcomeMeasures": make_list(
                words.dice.few(6.5, 0.85, 48), lambda _: make_outcome_measure(made, words, people, descriptions)
            )
        },
        "adverseEventsModule": make_adverse_events(made, words, people, descriptions),
        "moreInfoModule": _make_more_info(made, words),
    }


def _make_participant_flow(made: Outline, words: Words, people: list[int], descriptions: list[str]) -> Made:
    dice = words.dice
    is_by_unit, count = dice.chance(0.01), dice.few(1.1, 0.3, 4)
    return drop_missing(
        {
            "preAssignmentDetails": words.paragraph("method", 2) if dice.chance(0.3) else None,
            "recruitmentDetails": words.paragraph("method", 2) if dice.chance(0.4) else None,
            "typeUnitsAnalyzed": "Eyes" if is_by_unit else None,
            "groups": make_groups("FG", made, descriptions),
            "periods": [_make_period(words, people, index, is_by_unit=is_by_unit) for index in range(1, count + 1)],
        }
    )


def _make_period(words: Words, people: list[int], index: int, *, is_by_unit: bool) -> Made:
    dice = words.dice
    dropped = [dice.whole(0, size // 4) for size in people]
    left = {"STARTED": people, "COMPLETED": [size - gone for size, gone in zip(people, dropped, strict=True)]}
    milestones = [
        drop_missing(
            {
                "type": kind,
                "comment": words.sentence("method") if dice.chance(0.04) else None,
                "achievements": _make_achievements(words, left.get(kind, dropped), is_by_unit=is_by_unit),
            }
        )
        for kind in _MILESTONES
    ]
    reasons = [_make_drop(words, dropped) for _ in range(dice.whole(2, 5))] if dice.chance(0.65) else None
    return drop_missing({"title": f"Period {index}", "milestones": milestones, "dropWithdraws": reasons})


def _make_achievements(words: Words, numbers: list[int], *, is_by_unit: bool) -> list[Made]:
    dice = words.dice
    return [
        drop_missing(
            {
                "groupId": f"FG{index:03}",
                "comment": words.sentence("method") if dice.chance(0.03) else None,
                "numSubjects": str(number),
                "numUnits": str(2 * number) if is_by_unit else None,
            }
        )
        for index, number in enumerate(numbers)
    ]


def _make_drop(words: Words, dropped: list[int]) -> Made:
    dice = words.dice
    comment = words.sentence("method") if dice.chance(0.01) else None
    reasons = [
        drop_missing({"groupId": f"FG{index:03}", "comment": comment, "numSubjects": str(dice.whole(0, gone))})
        for index, gone in enumerate(dropped)
    ]
    return drop_missing({"type": dice.code(CODES["drop_reason"]), "comment": comment, "reasons": reasons})


def _make_more_info(made: Outline, words: Words) -> Made:
    dice = words.dice
    is_restricted = dice.chance(0.35)
    return drop_missing(
        {
            "limitationsAndCaveats": {"description": words.paragraph("method", 2)} if dice.chance(0.23) else None,
            "certainAgreement": drop_missing(
                {
                    "piSponsorEmployee": dice.random() < 0.3,
                    "restrictionType": dice.one(["LTE60", "GT60", "OTHER"]) if is_restricted else None,
                    "restrictiveAgreement": is_restricted if dice.chance(0.75) else None,
                    "otherDetails": words.paragraph("method", 2) if is_restricted and dice.chance(0.5) else None,
                }
            ),
            "pointOfContact": drop_missing(
                {
                    "title": dice.one(words.people),
                    "organization": made.sponsor["name"],
                    "email": "results@example.org",
                    "phone": f"+00 000 555{dice.whole(0, 9999):04}" if dice.chance(0.94) else None,
                    "phoneExt": str(dice.whole(1, 99)) if dice.chance(0.05) else None,
                }
            ),
        }
    )
