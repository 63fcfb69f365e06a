"""Make the design of a made study: type and design, arms and interventions, outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.words import CODES, Words

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline

_MASKED = ["PARTICIPANT", "INVESTIGATOR", "OUTCOMES_ASSESSOR", "CARE_PROVIDER"]
_MASKED_COUNT = {"SINGLE": 1, "DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
_WITH_OTHER_OUTCOMES = 0.13


def make_design(made: Outline, words: Words) -> Made:
    """Make the study's type and design; an empty object for a withheld study."""
    dice = words.dice
    if made.study_type is None:
        return {}
    if made.is_access:
        return _make_access_design(made, words)
    is_registry = not made.is_trial and dice.chance(0.15)
    return drop_missing(
        {
            "studyType": made.study_type,
            "patientRegistry": is_registry if not made.is_trial else None,
            "targetDuration": f"{dice.whole(1, 10)} Years" if is_registry else None,
            "phases": dice.code(CODES["phases"]).split("/") if made.is_trial else None,
            "designInfo": _make_trial_design(words) if made.is_trial else _make_observation(words),
            "bioSpec": _make_specimens(words) if not made.is_trial and dice.chance(0.23) else None,
            "enrollmentInfo": drop_missing(
                {
                    "count": made.participants,
                    "type": None if dice.random() < 0.01 else "ACTUAL" if made.status == "COMPLETED" else "ESTIMATED",
                }
            ),
        }
    )


def make_arms_and_interventions(made: Outline, words: Words) -> Made:
    """Make the arms, the interventions, and the interventions of each arm."""
    dice = words.dice
    has_arms = not made.is_access and dice.chance(0.95)
    return drop_missing(
        {
            "armGroups": [_make_arm(made, words, label) for label in made.arms] if has_arms else None,
            "interventions": [
                _make_intervention(made, words, *given, has_arms=has_arms) for given in made.interventions
            ]
            if made.is_trial or made.is_access or dice.chance(0.7)
            else None,
        }
    )


def make_outcomes(words: Words) -> Made:
    """Make the primary, secondary and other outcomes."""
    dice = words.dice
    return drop_missing(
        {
            "primaryOutcomes": make_list(dice.few(1.5, 0.8, 40), lambda _: _make_outcome(words)),
            "secondaryOutcomes": make_list(dice.few(4.5, 0.9, 80), lambda _: _make_outcome(words))
            if dice.chance(0.77)
            else None,
            "otherOutcomes": make_list(dice.few(3, 1.0, 50), lambda _: _make_outcome(words))
            if dice.chance(_WITH_OTHER_OUTCOMES)
            else None,
        }
    )


def _make_access_design(made: Outline, words: Words) -> Made:
    dice = words.dice
    types = ("individual", "intermediate", "treatment")
    return drop_missing(
        {
            "studyType": made.study_type,
            "nPtrsToThisExpAccNctId": dice.whole(1, 12) if dice.chance(0.3) else None,
            "expandedAccessTypes": {kind: True for kind in types if dice.chance(0.5)} or {"treatment": True},
        }
    )


def _make_trial_design(words: Words) -> Made:
    dice = words.dice
    masking = "QUADRUPLE" if dice.generous else dice.code(CODES["masking"])
    is_masked = masking != "NONE"
    return drop_missing(
        {
            "allocation": dice.code(CODES["allocation"]) if dice.chance(0.98) else None,
            "interventionModel": dice.code(CODES["intervention_model"]) if dice.chance(0.98) else None,
            "interventionModelDescription": words.paragraph("method", 2) if dice.chance(0.26) else None,
            "primaryPurpose": dice.code(CODES["primary_purpose"]),
            "maskingInfo": drop_missing(
                {
                    "masking": masking,
                    "maskingDescription": words.sentence("method") if is_masked and dice.chance(0.22) else None,
                    "whoMasked": _MASKED[: _MASKED_COUNT[masking]] if is_masked and dice.chance(0.78) else None,
                }
            ),
        }
    )


def _make_observation(words: Words) -> Made:
    return {
        "observationalModel": words.dice.code(CODES["observational_model"]),
        "timePerspective": words.dice.code(CODES["time_perspective"]),
    }


def _make_specimens(words: Words) -> Made:
    return {"retention": words.dice.code(CODES["specimens"]), "description": words.sentence("method")}


def _make_arm(made: Outline, words: Words, label: str) -> Made:
    dice = words.dice
    given = dice.several(made.interventions, dice.whole(1, 2))
    names = dict.fromkeys(f"{kind.replace('_', ' ').capitalize()}: {name}" for kind, name in given)
    return drop_missing(
        {
            "label": label,
            "type": dice.code(CODES["arm_type"]) if made.is_trial else None,
            "description": words.paragraph("arm", dice.few(2, 0.6, 20)) if dice.chance(0.88) else None,
            "interventionNames": list(names) if dice.chance(0.94) else None,
        }
    )


def _make_intervention(made: Outline, words: Words, kind: str, name: str, *, has_arms: bool) -> Made:
    dice = words.dice
    others = words.given["slots"]["drug"]
    return drop_missing(
        {
            "type": kind,
            "name": name,
            "description": words.paragraph("arm", dice.few(1.9, 0.7, 20)) if dice.chance(0.95) else None,
            "armGroupLabels": dice.distinct(made.arms, 2) if has_arms and dice.chance(0.95) else None,
            "otherNames": dice.distinct(others, dice.few(1.5, 0.7, 40)) if dice.chance(0.24) else None,
        }
    )


def _make_outcome(words: Words) -> Made:
    dice = words.dice
    return drop_missing(
        {
            "measure": words.sentence("measured"),
            "description": words.paragraph("outcome", dice.few(2.6, 0.7, 20)) if dice.chance(0.86) else None,
            "timeFrame": words.sentence("time_frame") if dice.chance(0.99) else None,
        }
    )
