"""Which objects of two versions of a list are alike, where nothing says that they are the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transform.diff.values import to_canonical, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from transform.shape import Json

Pair = tuple[int, int]
"""Two places, counted from 0: one in the old list, one in the new."""

_COMPARED = 200_000
_NEAREST = 8


@dataclass(frozen=True, slots=True)
class _Looks:
    """What an object is compared by.

    Attributes:
        place: its place in its list.
        parts: each leaf, as its path and value, numbered where it comes again; of an object of one leaf, its words.
        words: the words of all its leaves.
    """

    place: int
    parts: frozenset[tuple[tuple[str, bytes], int]] | frozenset[str]
    words: frozenset[str]


def pair_similar(old: Sequence[Json], new: Sequence[Json], left: Sequence[int], right: Sequence[int]) -> list[Pair]:
    """Pair objects that share at least half of their leaves, the likest first; of one leaf, half of its words.

    Of equally like ones those that share more words go first, then those nearer to one another. In a long list only
    those near to one another are compared, so that the work grows with the list and not with its square.

    Args:
        old: the list before.
        new: the list after.
        left: the places in `old` to be paired; what is no object there stays alone.
        right: the places in `new`.
    """
    before = [_looks(place, old[place]) for place in left if isinstance(old[place], dict)]
    after = [_looks(place, new[place]) for place in right if isinstance(new[place], dict)]
    reach = max(_NEAREST, _COMPARED // (1 + sum(len(looks.parts) for looks in before + after)))
    candidates = [
        (-likeness, -len(one.words & other.words), abs(rank - position), rank + position, one.place, other.place)
        for rank, one in enumerate(before)
        for position, other in enumerate(after[max(0, rank - reach) : rank + reach + 1], max(0, rank - reach))
        if (likeness := _likeness(one, other)) >= 0.5
    ]
    return _each_once((place, counterpart) for *_, place, counterpart in sorted(candidates))


def _each_once(candidates: Iterable[Pair]) -> list[Pair]:
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for place, counterpart in candidates:
        if place not in pairs and counterpart not in taken:
            pairs[place] = counterpart
            taken.add(counterpart)
    return list(pairs.items())


def _likeness(one: _Looks, other: _Looks) -> float:
    return len(one.parts & other.parts) / max(len(one.parts), len(other.parts))


def _looks(place: int, element: Json) -> _Looks:
    leaves = list(_leaves(element, ""))
    counted = Counter((path, to_canonical(value)) for path, value in leaves)
    numbered = frozenset((leaf, number) for leaf, times in counted.items() for number in range(times))
    words = frozenset(word for _, value in leaves for word in to_text(value).lower().split())
    return _Looks(place, words if words and len(numbered) == 1 else numbered, words)


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Each leaf with its path; an empty object or list is one."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _leaves(member, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for element in value:
            yield from _leaves(element, f"{path}[]")
    else:
        yield path, value
