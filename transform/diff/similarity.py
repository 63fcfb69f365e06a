"""The objects of two versions of a list that are similar, for objects that no identity matches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transform.diff.values import to_canonical, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from transform.shape import Json

Pair = tuple[int, int]
"""Two indexes, counted from 0: one in the old list, one in the new."""

_COMPARED_LEAVES = 200_000
"""About how many leaves are compared for one list. The more leaves a list has, the shorter is the reach."""

_SHORTEST_REACH = 8
"""Each object is compared with at least this many others before it and after it, however long the list is."""

_LEAST_SIMILARITY = 0.5


@dataclass(frozen=True, slots=True)
class _Features:
    """What an object is compared by.

    Attributes:
        index: its index in its list.
        parts: each leaf as its path and value, with a number that distinguishes equal leaves. For an object of one
            leaf, the words of that leaf.
        words: the words of all its leaves.
    """

    index: int
    parts: frozenset[tuple[tuple[str, bytes], int]] | frozenset[str]
    words: frozenset[str]


def pair_similar(old: Sequence[Json], new: Sequence[Json], left: Sequence[int], right: Sequence[int]) -> list[Pair]:
    """Pair the objects that share at least half of their leaves, the most similar first.

    Objects of one leaf must share half of its words. Of equally similar pairs, the pair that shares more words goes
    first, then the pair whose objects are nearer to each other, then the earlier pair. In a long list only objects
    that are near to each other are compared, so that the work grows with the list and not with its square.

    Args:
        old: the list before.
        new: the list after.
        left: the indexes in `old` to be paired. An element that is not an object is in no pair.
        right: the indexes in `new` to be paired.
    """
    before = [_extract_features(index, old[index]) for index in left if isinstance(old[index], dict)]
    after = [_extract_features(index, new[index]) for index in right if isinstance(new[index], dict)]
    leaf_count = sum(len(features.parts) for features in before + after)
    reach = max(_SHORTEST_REACH, _COMPARED_LEAVES // (1 + leaf_count))
    return _choose_pairs(_rank_candidates(before, after, reach))


def _rank_candidates(before: Sequence[_Features], after: Sequence[_Features], reach: int) -> list[Pair]:
    """Return the pairs that are similar enough, the best first; see `pair_similar` for the order.

    Each object is compared with the objects at most `reach` positions away in the other list.
    """
    candidates = []
    for position, one in enumerate(before):
        first = max(0, position - reach)
        for other_position, other in enumerate(after[first : position + reach + 1], first):
            similarity = _measure_similarity(one, other)
            if similarity >= _LEAST_SIMILARITY:
                shared_words = len(one.words & other.words)
                distance = abs(position - other_position)
                rank = (-similarity, -shared_words, distance, position + other_position)
                candidates.append((rank, (one.index, other.index)))
    return [pair for _, pair in sorted(candidates)]


def _choose_pairs(candidates: Iterable[Pair]) -> list[Pair]:
    """Return the first candidates of each index: a pair is skipped if one of its indexes is already in a pair."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for old_index, new_index in candidates:
        if old_index not in pairs and new_index not in taken:
            pairs[old_index] = new_index
            taken.add(new_index)
    return list(pairs.items())


def _measure_similarity(one: _Features, other: _Features) -> float:
    """Return the share of the parts that both have, from 0 to 1, measured by the object that has more parts."""
    return len(one.parts & other.parts) / max(len(one.parts), len(other.parts))


def _extract_features(index: int, element: Json) -> _Features:
    leaves = list(_iter_leaves(element, ""))
    words = frozenset(word for _, value in leaves for word in to_text(value).lower().split())

    # A leaf that occurs three times becomes three parts, so that a set can count it three times.
    occurrences = Counter((path, to_canonical(value)) for path, value in leaves)
    parts = frozenset((leaf, number) for leaf, count in occurrences.items() for number in range(count))
    # One leaf is either equal or not; its words show how similar two texts are.
    if len(parts) == 1 and words:
        return _Features(index, words, words)
    return _Features(index, parts, words)


def _iter_leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Yield each leaf with its path. An empty object or list is a leaf."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _iter_leaves(member, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for element in value:
            yield from _iter_leaves(element, f"{path}[]")
    else:
        yield path, value
