"""Chance for made studies: seeded, so that the same seed always gives the same studies."""

from __future__ import annotations

from itertools import accumulate
from math import log
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Made = dict[str, Any]
"""A part of a made study, as JSON has it."""

Item = TypeVar("Item")


class Weighted:
    """Codes that are drawn in proportion to their weights."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.values = list(weights)
        self.sums = list(accumulate(weights.values()))


class Dice:
    """Draws from one seeded stream.

    Attributes:
        random: gives a number from 0 up to 1.
        generous: whether every chance comes true, for a study that is to have every key.
    """

    def __init__(self, seed: int) -> None:
        source = Random(seed)
        self._choices = source.choices
        self._lognormal = source.lognormvariate
        self.random = source.random
        self.generous = False

    def chance(self, share: float) -> bool:
        """Whether something happens that does so in this share of cases."""
        return self.generous or self.random() < share

    def whole(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.random() * (most - least + 1))

    def one(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[int(self.random() * len(items))]

    def several(self, items: Sequence[Item], count: int) -> list[Item]:
        """So many items; the same may come again."""
        return self._choices(items, k=count)

    def distinct(self, items: Sequence[Item], count: int) -> list[Item]:
        """So many items at most, each once."""
        return list(dict.fromkeys(self._choices(items, k=count)))

    def code(self, codes: Weighted) -> str:
        """A code, in proportion to its weight."""
        return self._choices(codes.values, cum_weights=codes.sums)[0]

    def few(self, median: float, spread: float, most: int) -> int:
        """A count of at least 1 with a long tail, as counts in the registry are.

        Args:
            median: the count that half of the draws stay below.
            spread: standard deviation of its logarithm; 1 puts the ninth decile at 3.6 times the median.
            most: the largest count.
        """
        return max(1, min(most, round(self._lognormal(log(median), spread))))


def drop_missing(members: Made) -> Made:
    """The members that have a value: the registry leaves a key out rather than write null."""
    return {key: value for key, value in members.items() if value is not None}


def make_list(count: int, make: Callable[[int], Item]) -> list[Item]:
    """What `make` gives for 0, 1, 2, ..., so many times."""
    return [make(place) for place in range(count)]
