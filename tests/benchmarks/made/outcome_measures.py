"""Make the outcome measures of a made study's results, with their statistical analyses."""

from __future__ import annotations

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.measures import make_classes, make_denominators, make_groups
from tests.benchmarks.made.outline import Outline, format_date
from tests.benchmarks.made.words import CODES, Words


def make_outcome_measure(made: Outline, words: Words, people: list[int], descriptions: list[str]) -> Made:
    """Make one outcome measure with its values in each arm; a few are not posted yet."""
    dice = words.dice
    parameter, dispersion = dice.code(CODES["measure_kind"]).split(" ")
    if not dice.generous and dice.random() < 0.05:
        return _make_unposted_measure(made, words)
    return drop_missing(
        {
            "type": dice.code(CODES["outcome_type"]),
            "title": words.sentence("measured"),
            "description": words.paragraph("outcome", dice.few(3.5, 0.6, 12)) if dice.chance(0.95) else None,
            "populationDescription": words.paragraph("method", 1) if dice.chance(0.65) else None,
            "reportingStatus": "POSTED",
            "anticipatedPostingDate": format_date(made.measured)[:7] if dice.generous else None,
            "paramType": parameter,
            "dispersionType": dispersion.replace("_", " ").title() or None,
            "unitOfMeasure": words.slot("unit"),
            "calculatePct": dice.random() < 0.5 if dice.chance(0.03) else None,
            "timeFrame": words.sentence("time_frame"),
            "typeUnitsAnalyzed": "Eyes" if dice.chance(0.01) else None,
            "denomUnitsSelected": "Participants" if dice.chance(0.05) else None,
            "groups": make_groups("OG", made, descriptions),
            "denoms": make_denominators("OG", people),
            "classes": make_classes(words, people, dispersion),
            "analyses": make_list(dice.few(1.5, 0.7, 20), lambda _: _make_analysis(words, len(people)))
            if dice.chance(0.16)
            else None,
        }
    )


def _make_unposted_measure(made: Outline, words: Words) -> Made:
    return {
        "type": words.dice.code(CODES["outcome_type"]),
        "title": words.sentence("measured"),
        "description": words.sentence("outcome"),
        "reportingStatus": "NOT_POSTED",
        "anticipatedPostingDate": format_date(made.measured + 500)[:7],
        "timeFrame": words.sentence("time_frame"),
    }


def _make_analysis(words: Words, count: int) -> Made:
    dice = words.dice
    value, width = dice.random() * 4, dice.random() * 3
    if not dice.generous and dice.random() < 0.02:
        return {"groupIds": ["OG000"], "otherAnalysisDescription": words.paragraph("method", 2)}
    return drop_missing(
        {
            "paramType": dice.code(CODES["effect"]),
            "paramValue": f"{value:.2f}",
            "dispersionType": "STANDARD_ERROR_OF_MEAN" if dice.chance(0.3) else None,
            "dispersionValue": f"{width:.3f}" if dice.chance(0.3) else None,
            "statisticalMethod": dice.code(CODES["method"]),
            "statisticalComment": words.sentence("method") if dice.chance(0.2) else None,
            "pValue": f"{'<' if value < 0.1 else ''}{dice.random() / 3:.4f}",
            "pValueComment": words.sentence("method") if dice.chance(0.3) else None,
            "ciNumSides": "TWO_SIDED" if dice.random() < 0.95 else "ONE_SIDED",
            "ciPctValue": "95",
            "ciLowerLimit": f"{value - width:.2f}" if dice.chance(0.9) else None,
            "ciUpperLimit": f"{value + width:.2f}" if dice.chance(0.95) else None,
            "ciLowerLimitComment": "Not estimable in so few events" if dice.chance(0.01) else None,
            "ciUpperLimitComment": "Not estimable in so few events" if dice.chance(0.02) else None,
            "estimateComment": words.sentence("method") if dice.chance(0.2) else None,
            "testedNonInferiority": dice.random() < 0.1 if dice.chance(0.2) else None,
            "nonInferiorityType": dice.code(CODES["hypothesis"]),
            "nonInferiorityComment": words.sentence("method") if dice.chance(0.2) else None,
            "otherAnalysisDescription": words.sentence("method") if dice.generous else None,
            "groupDescription": words.sentence("method") if dice.chance(0.4) else None,
            "groupIds": [f"OG{index:03}" for index in range(min(2, count))],
        }
    )
