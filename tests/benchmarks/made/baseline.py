"""Make the baseline characteristics of a made study's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.measures import make_denominators, make_groups, make_measurements

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline
    from tests.benchmarks.made.words import Words

_AGES = ("<=18 years", "Between 18 and 65 years", ">=65 years")
_BASELINE = (  # title, unit, titles of the categories, parameter
    ("Age, Continuous", "years", (None,), "MEAN"),
    ("Sex: Female, Male", "Participants", ("Female", "Male"), "COUNT_OF_PARTICIPANTS"),
    ("Age, Categorical", "Participants", _AGES, "COUNT_OF_PARTICIPANTS"),
    ("Region of Enrollment", "participants", (None,), "NUMBER"),
)


def make_baseline(made: Outline, words: Words, people: list[int], descriptions: list[str]) -> Made:
    """Make age, sex and other characteristics of the participants, by arm and with a total over all arms."""
    dice = words.dice
    with_total = [*people, sum(people)]
    extra = make_list(dice.few(2, 0.8, 14), lambda _: (words.slot("measure"), words.slot("unit"), (None,), "MEDIAN"))
    return drop_missing(
        {
            "populationDescription": words.sentence("method") if dice.chance(0.35) else None,
            "typeUnitsAnalyzed": "Eyes" if dice.chance(0.01) else None,
            "groups": [*make_groups("BG", made, descriptions), _make_total_group(len(people))],
            "denoms": make_denominators("BG", with_total),
            "measures": [_make_characteristic(words, with_total, *row) for row in (*_BASELINE, *extra)],
        }
    )


def _make_total_group(index: int) -> Made:
    return {"id": f"BG{index:03}", "title": "Total", "description": "Total of all reporting groups"}


def _make_characteristic(
    words: Words, people: list[int], title: str, unit: str, categories: tuple[str | None, ...], parameter: str
) -> Made:
    dice = words.dice
    dispersion = {"MEAN": "STANDARD_DEVIATION", "MEDIAN": "INTER_QUARTILE_RANGE"}.get(parameter)
    has_own_denominators = dice.chance(0.04)
    return drop_missing(
        {
            "title": title,
            "description": words.sentence("outcome") if dice.chance(0.15) else None,
            "populationDescription": words.sentence("method") if dice.chance(0.1) else None,
            "paramType": parameter,
            "dispersionType": dispersion,
            "unitOfMeasure": unit,
            "calculatePct": dice.random() < 0.5 if dice.chance(0.04) else None,
            "denomUnitsSelected": "Participants" if has_own_denominators else None,
            "denoms": make_denominators("BG", people) if has_own_denominators else None,
            "classes": [
                drop_missing(
                    {
                        "title": words.slot("place") if dice.chance(0.5) else None,
                        "denoms": make_denominators("BG", people) if dice.chance(0.15) else None,
                        "categories": [
                            drop_missing(
                                {"title": name, "measurements": make_measurements("BG", words, len(people), dispersion)}
                            )
                            for name in categories
                        ],
                    }
                )
            ],
        }
    )
