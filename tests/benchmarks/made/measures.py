"""Make the tables within results: groups, the participants of each group, and its measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.dice import Made, drop_missing, make_list

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline
    from tests.benchmarks.made.words import Words

_RANGES = ("FULL_RANGE", "INTER_QUARTILE_RANGE", "CONFIDENCE_95")


def draw_group_sizes(made: Outline, words: Words) -> list[int]:
    """Draw the number of participants of each arm."""
    share = max(4, made.participants // len(made.arms))
    return [words.dice.whole(share // 2, share) for _ in made.arms]


def make_groups(letters: str, made: Outline, descriptions: list[str]) -> list[Made]:
    """Make one group per arm, with ids such as `OG000`."""
    return [
        {"id": f"{letters}{index:03}", "title": label, "description": description}
        for index, (label, description) in enumerate(zip(made.arms, descriptions, strict=True))
    ]


def make_denominators(letters: str, people: list[int]) -> list[Made]:
    """Make the participant counts of the groups."""
    counts = [{"groupId": f"{letters}{index:03}", "value": str(size)} for index, size in enumerate(people)]
    return [{"units": "Participants", "counts": counts}]


def make_classes(words: Words, people: list[int], dispersion: str) -> list[Made]:
    """Make the classes of an outcome: one, or one per visit, up to two hundred."""
    dice = words.dice
    count = dice.few(1.5, 1.3, 200)
    is_titled = count > 1 or dice.generous
    return make_list(
        count, lambda index: _make_class(words, people, dispersion, f"Week {index * 4}" if is_titled else None)
    )


def make_measurements(letters: str, words: Words, count: int, dispersion: str | None) -> list[Made]:
    """Make one value per group, with the limits or the spread that the kind of dispersion needs."""
    random, is_generous = words.dice.random, words.dice.generous
    has_limits, has_spread = dispersion in _RANGES or is_generous, bool(dispersion) and dispersion not in _RANGES
    made = []
    for index in range(count):
        value = round(random() * 90, 2)
        measurement = {"groupId": f"{letters}{index:03}", "value": str(value)}
        if has_spread or is_generous:
            measurement["spread"] = f"{value * random():.3f}"
        if has_limits:
            measurement |= {"lowerLimit": f"{value * random():.1f}", "upperLimit": f"{value * (1 + random()):.1f}"}
        if is_generous or random() < 0.01:
            measurement["comment"] = "Too few values to tell"
        made.append(measurement)
    return made


def _make_class(words: Words, people: list[int], dispersion: str, title: str | None) -> Made:
    dice = words.dice
    categories = [None] if dice.random() < 0.93 and not dice.generous else ["Improved", "Unchanged", "Worse"]
    return drop_missing(
        {
            "title": title,
            "denoms": make_denominators("OG", people) if title and dice.chance(0.6) else None,
            "categories": [
                drop_missing({"title": name, "measurements": make_measurements("OG", words, len(people), dispersion)})
                for name in categories
            ],
        }
    )
