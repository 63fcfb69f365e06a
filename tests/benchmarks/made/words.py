"""Pre-made fragments: sentences, people, sites and organisations, by the thousand, from `words.toml`.

They are made once; a study then only picks from them, which keeps thirty thousand studies within a minute.
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


class Words:
    """The fragments, and the texts made of them.

    Args:
        dice: what the fragments and every text are drawn with.
    """

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.given: dict[str, Any] = tomllib.loads((_HERE / "words.toml").read_text())
        self._pools = {kind: self._rendered(texts) for kind, texts in self.given["templates"].items()}

    def sentence(self, kind: str) -> str:
        """One sentence of a kind, such as `outcome`."""
        return self.dice.one(self._pools[kind])

    def sentences(self, kind: str, count: int) -> list[str]:
        """So many sentences of a kind."""
        return self.dice.several(self._pools[kind], count)

    def paragraph(self, kind: str, count: int) -> str:
        """So many sentences in one paragraph."""
        return " ".join(self.dice.several(self._pools[kind], count))

    def slot(self, name: str) -> str:
        """A word for a slot, such as `drug`."""
        words: list[str] = self.given["slots"][name]
        return self.dice.one(words)

    @cached_property
    def people(self) -> list[str]:
        """Names with a degree: `Ines Ekström, MD`."""
        people, one = self.given["people"], self.dice.one
        return [f"{one(people['given'])} {one(people['family'])}, {one(people['degree'])}" for _ in range(_PEOPLE)]

    @cached_property
    def sponsors(self) -> list[Made]:
        """Organisations as a sponsor is written: name and class."""
        return [
            {"name": self._named("sponsor"), "class": self.dice.code(CODES["sponsor_class"])} for _ in range(_SPONSORS)
        ]

    @cached_property
    def sites(self) -> list[Made]:
        """Sites as a location is written, but for its status and contacts."""
        countries = self.given["places"]["countries"]
        weights = Weighted({str(place): country[1] for place, country in enumerate(countries)})
        return [self._site(*countries[int(self.dice.code(weights))]) for _ in range(_SITES)]

    def _site(self, country: str, _weight: int, latitude: float, longitude: float) -> Made:
        dice, city = self.dice, self._city()
        return drop_missing(
            {
                "facility": self._named("facility", city) if dice.chance(0.995) else None,
                "city": city,
                "state": f"{self._city()} Province" if dice.chance(0.7) else None,
                "zip": f"{dice.whole(1000, 99999):05}" if dice.chance(0.9) else None,
                "country": country,
                "geoPoint": {
                    "lat": round(latitude + dice.random() * 4 - 2, 5),
                    "lon": round(longitude + dice.random() * 4 - 2, 5),
                },
            }
        )

    def _city(self) -> str:
        first, last = (self.given["places"][part] for part in ("first", "last"))
        return f"{self.dice.one(first)}{self.dice.one(last)}"

    def _named(self, kind: str, city: str = "") -> str:
        pattern: str = self.dice.one(self.given["places"][kind])
        family = self.dice.one(self.given["people"]["family"])
        return pattern.format(city=city or self._city(), family=family, n=self.dice.whole(1, 400))

    def _rendered(self, templates: list[str]) -> list[str]:
        return [self._filled(self.dice.one(templates)) for _ in range(_SENTENCES)]

    def _filled(self, template: str) -> str:
        """A template with each of its slots drawn by itself, and a capital first letter."""
        pieces = [template.partition("{")[0]]
        for piece in template.split("{")[1:]:
            name, _, rest = piece.partition("}")
            pieces.append(self._value(name) + rest)
        text = "".join(pieces)
        return text[0].upper() + text[1:]

    def _value(self, name: str) -> str:
        if name == "author":
            return f"{self.dice.one(self.given['people']['family'])} {self.dice.one('ABCDEFGH')}"
        if name in _NUMBERS:
            return str(self.dice.whole(*_NUMBERS[name]))
        return self.slot(name)


_NUMBERS = {"n": (2, 30), "percent": (5, 95), "days": (3, 90), "weeks": (2, 52), "months": (3, 60), "dose": (5, 990)}
