"""Draw random values for made studies; the same seed always gives the same studies."""

from __future__ import annotations

from itertools import accumulate
from math import log
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Made = dict[str, Any]
"""A part of a made study, as a JSON object."""

Item = TypeVar("Item")


class Weighted:
    """Codes with weights, to draw them in proportion to the weights."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.values = list(weights)
        self.sums = list(accumulate(weights.values()))


class Dice:
    """A source of random draws with a seed.

    Attributes:
        random: returns a number from 0 up to 1, without 1.
        generous: whether every chance comes true, for a study that must have every key.
    """

    def __init__(self, seed: int) -> None:
        source = Random(seed)
        self._choices = source.choices
        self._lognormal = source.lognormvariate
        self.random = source.random
        self.generous = False

    def chance(self, share: float) -> bool:
        """Draw whether something happens that happens in this share of cases."""
        return self.generous or self.random() < share

    def whole(self, least: int, most: int) -> int:
        """Draw a whole number; both ends are possible."""
        return least + int(self.random() * (most - least + 1))

    def one(self, items: Sequence[Item]) -> Item:
        """Draw one of the items, each with the same probability."""
        return items[int(self.random() * len(items))]

    def several(self, items: Sequence[Item], count: int) -> list[Item]:
        """Draw `count` items; an item can be drawn several times."""
        return self._choices(items, k=count)

    def distinct(self, items: Sequence[Item], count: int) -> list[Item]:
        """Draw at most `count` items, each at most once."""
        return list(dict.fromkeys(self._choices(items, k=count)))

    def code(self, codes: Weighted) -> str:
        """Draw a code in proportion to its weight."""
        return self._choices(codes.values, cum_weights=codes.sums)[0]

    def few(self, median: float, spread: float, most: int) -> int:
        """Draw a count of at least 1 with a long tail, like counts in the registry.

        Args:
            median: half of the draws are below this count.
            spread: the standard deviation of the logarithm; with 1 the ninth decile is 3.6 times the median.
            most: the largest count.
        """
        return max(1, min(most, round(self._lognormal(log(median), spread))))


def drop_missing(members: Made) -> Made:
    """Return the members that have a value, because the registry leaves a key out and does not write null."""
    return {key: value for key, value in members.items() if value is not None}


def make_list(count: int, make: Callable[[int], Item]) -> list[Item]:
    """Return the list of `make(0)`, `make(1)`, ... with `count` elements."""
    return [make(index) for index in range(count)]
