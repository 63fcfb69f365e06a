"""Which elements of two versions of a list belong together: equal ones, those of one identity, those that are alike."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from transform.diff.identities import make_identity_key
from transform.diff.similarity import pair_similar
from transform.diff.values import is_same, to_canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from transform.diff.identities import Identity
    from transform.diff.similarity import Pair
    from transform.shape import Json

    Key = Callable[[Json], bytes | None]


@dataclass(frozen=True, slots=True)
class Matching:
    """Two versions of a list, without the equal elements that both begin and end with.

    Attributes:
        common: the pairs that are equal or of one identity, by their old place.
        altered: the pairs that are alike, or stand for one another because nothing identifies them.
        removed: the old places that are in no pair, in order.
        added: the new places that are in no pair, in order.
    """

    common: list[Pair]
    altered: list[Pair]
    removed: list[int]
    added: list[int]


def match_elements(old: Sequence[Json], new: Sequence[Json], identity: Identity) -> Matching:
    """Match the elements of two versions of a list.

    First what is equal; then by each alternative of the identity; then what is alike; at last, in order, what is no
    object, and objects that the identity does not identify. Where several match, the first goes with the first.
    """
    left, right = _without_equal_ends(old, new)
    criteria: list[Key] = [to_canonical, *(partial(make_identity_key, keys=keys) for keys in identity.alternatives)]
    common: list[Pair] = []
    for key in criteria:
        common += _pairs(old, new, left, right, key)
        left, right = _rest(left, right, common)
    altered = pair_similar(old, new, left, right)
    left, right = _rest(left, right, altered)
    altered += _pairs(old, new, left, right, partial(_unidentified, identity=identity))
    return Matching(sorted(common), altered, *_rest(left, right, altered))


def _without_equal_ends(old: Sequence[Json], new: Sequence[Json]) -> tuple[Sequence[int], Sequence[int]]:
    shorter = min(len(old), len(new))
    start = next((place for place in range(shorter) if not is_same(old[place], new[place])), shorter)
    most = shorter - start
    end = next((place for place in range(most) if not is_same(old[-1 - place], new[-1 - place])), most)
    return range(start, len(old) - end), range(start, len(new) - end)


def _pairs(old: Sequence[Json], new: Sequence[Json], left: Iterable[int], right: Iterable[int], key: Key) -> list[Pair]:
    """The places of one key, the first with the first; what has no key is in no pair."""
    waiting: defaultdict[bytes | None, deque[int]] = defaultdict(deque)
    for place in right:
        waiting[key(new[place])].append(place)
    waiting[None].clear()
    keyed = ((place, waiting[key(old[place])]) for place in left)
    return [(place, others.popleft()) for place, others in keyed if others]


def _rest(left: Iterable[int], right: Iterable[int], pairs: Iterable[Pair]) -> tuple[list[int], list[int]]:
    lefts, rights = {place for place, _ in pairs}, {place for _, place in pairs}
    return [place for place in left if place not in lefts], [place for place in right if place not in rights]


def _unidentified(element: Json, identity: Identity) -> bytes | None:
    """One key for all that is no object, another for all objects that an identity's list does not identify."""
    if not isinstance(element, dict):
        return b"no object"
    known = identity.alternatives and all(make_identity_key(element, keys) is None for keys in identity.alternatives)
    return b"unidentified" if known else None
