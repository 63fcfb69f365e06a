"""Make thousands of fragments from `words.toml`: sentences, people, sites and organisations.

They are made once, and a study only picks from them, so that thirty thousand studies take less than a minute.
"""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.benchmarks.made.dice import Dice, Made, Weighted, drop_missing

_HERE = Path(__file__).parent
_SENTENCES = 2500
_SITES = 3000
_PEOPLE = 3000
_SPONSORS = 1500

CODES = {name: Weighted(weights) for name, weights in tomllib.loads((_HERE / "codes.toml").read_text()).items()}
"""The registry's codes with their weights, by the name of the list."""


def read_given() -> dict[str, Any]:
    """Return the content of `words.toml`."""
    return tomllib.loads((_HERE / "words.toml").read_text())


class Words:
    """The fragments, and the texts that are made of them.

    Args:
        dice: the source of all random draws.
    """

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.given = read_given()
        self._pools = {kind: self._render_templates(texts) for kind, texts in self.given["templates"].items()}

    def sentence(self, kind: str) -> str:
        """Draw one sentence of a kind, such as `outcome`."""
        return self.dice.one(self._pools[kind])

    def sentences(self, kind: str, count: int) -> list[str]:
        """Draw `count` sentences of a kind."""
        return self.dice.several(self._pools[kind], count)

    def paragraph(self, kind: str, count: int) -> str:
        """Draw a paragraph of `count` sentences of a kind."""
        return " ".join(self.dice.several(self._pools[kind], count))

    def slot(self, name: str) -> str:
        """Draw a word for a slot of a template, such as `drug`."""
        words: list[str] = self.given["slots"][name]
        return self.dice.one(words)

    @cached_property
    def people(self) -> list[str]:
        """Names with a degree, such as `Ines Ekström, MD`."""
        people, one = self.given["people"], self.dice.one
        return [f"{one(people['given'])} {one(people['family'])}, {one(people['degree'])}" for _ in range(_PEOPLE)]

    @cached_property
    def sponsors(self) -> list[Made]:
        """Organisations in the form of a sponsor: name and class."""
        return [
            {"name": self._make_name("sponsor"), "class": self.dice.code(CODES["sponsor_class"])}
            for _ in range(_SPONSORS)
        ]

    @cached_property
    def sites(self) -> list[Made]:
        """Sites in the form of a location, without its status and contacts."""
        countries = self.given["places"]["countries"]
        weights = Weighted({str(index): country[1] for index, country in enumerate(countries)})
        return [self._make_site(*countries[int(self.dice.code(weights))]) for _ in range(_SITES)]

    def _make_site(self, country: str, _weight: int, latitude: float, longitude: float) -> Made:
        dice, city = self.dice, self._make_city()
        return drop_missing(
            {
                "facility": self._make_name("facility", city) if dice.chance(0.995) else None,
                "city": city,
                "state": f"{self._make_city()} Province" if dice.chance(0.7) else None,
                "zip": f"{dice.whole(1000, 99999):05}" if dice.chance(0.9) else None,
                "country": country,
                "geoPoint": {
                    "lat": round(latitude + dice.random() * 4 - 2, 5),
                    "lon": round(longitude + dice.random() * 4 - 2, 5),
                },
            }
        )

    def _make_city(self) -> str:
        first, last = (self.given["places"][part] for part in ("first", "last"))
        return f"{self.dice.one(first)}{self.dice.one(last)}"

    def _make_name(self, kind: str, city: str = "") -> str:
        pattern: str = self.dice.one(self.given["places"][kind])
        family = self.dice.one(self.given["people"]["family"])
        return pattern.format(city=city or self._make_city(), family=family, n=self.dice.whole(1, 400))

    def _render_templates(self, templates: list[str]) -> list[str]:
        return [self._fill_template(self.dice.one(templates)) for _ in range(_SENTENCES)]

    def _fill_template(self, template: str) -> str:
        """Return a template with a drawn word in each slot, and with a capital first letter."""
        pieces = [template.partition("{")[0]]
        for piece in template.split("{")[1:]:
            name, _, rest = piece.partition("}")
            pieces.append(self._draw_value(name) + rest)
        text = "".join(pieces)
        return text[0].upper() + text[1:]

    def _draw_value(self, name: str) -> str:
        if name == "author":
            return f"{self.dice.one(self.given['people']['family'])} {self.dice.one('ABCDEFGH')}"
        if name in _NUMBERS:
            return str(self.dice.whole(*_NUMBERS[name]))
        return self.slot(name)


_NUMBERS = {"n": (2, 30), "percent": (5, 95), "days": (3, 90), "weeks": (2, 52), "months": (3, 60), "dose": (5, 990)}
