"""The elements of two versions of a list that belong together: equal ones, those of one identity, and similar ones."""

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

    MakeKey = Callable[[Json], bytes | None]


@dataclass(frozen=True, slots=True)
class Matching:
    """The pairs of two versions of a list, without the equal elements at its beginning and at its end.

    Attributes:
        certain: the pairs that are equal or have one identity, sorted by their old index.
        probable: the pairs that are similar, or that are paired in order because nothing identifies them.
        removed: the old indexes that are in no pair, in order.
        added: the new indexes that are in no pair, in order.
    """

    certain: list[Pair]
    probable: list[Pair]
    removed: list[int]
    added: list[int]


def match_elements(old: Sequence[Json], new: Sequence[Json], identity: Identity) -> Matching:
    """Match the elements of two versions of a list.

    Equal elements are matched first, then elements of one identity (each alternative in turn), then similar objects.
    At last, elements that are not objects, and objects that the identity does not identify, are matched in order. If
    several elements have the same key, the first old one is matched with the first new one.
    """
    # Most lists differ in a few elements only, so the equal ends are cut off before any key is made.
    old_left, new_left = _trim_equal_ends(old, new)

    # The strictest key goes first, so that an unchanged element is never matched with another of the same identity.
    key_functions: list[MakeKey] = [to_canonical]
    key_functions += [partial(make_identity_key, keys=keys) for keys in identity.alternatives]
    certain: list[Pair] = []
    for make_key in key_functions:
        certain += _pair_by_key(old, new, old_left, new_left, make_key)
        old_left, new_left = _remove_paired(old_left, new_left, certain)

    probable = pair_similar(old, new, old_left, new_left)
    old_left, new_left = _remove_paired(old_left, new_left, probable)
    probable += _pair_by_key(old, new, old_left, new_left, partial(_make_unidentified_key, identity=identity))
    removed, added = _remove_paired(old_left, new_left, probable)
    return Matching(sorted(certain), probable, removed, added)


def _trim_equal_ends(old: Sequence[Json], new: Sequence[Json]) -> tuple[Sequence[int], Sequence[int]]:
    """Return the old and the new indexes between the equal elements at the beginning and those at the end."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and is_same(old[start], new[start]):
        start += 1
    # An element of the shorter list must not count at both ends.
    longest_end = shorter - start
    end = 0
    while end < longest_end and is_same(old[-1 - end], new[-1 - end]):
        end += 1
    return range(start, len(old) - end), range(start, len(new) - end)


def _pair_by_key(
    old: Sequence[Json], new: Sequence[Json], old_left: Iterable[int], new_left: Iterable[int], make_key: MakeKey
) -> list[Pair]:
    """Pair the indexes whose elements have the same key, in order. An element whose key is None is in no pair."""
    new_by_key: defaultdict[bytes | None, deque[int]] = defaultdict(deque)
    for index in new_left:
        new_by_key[make_key(new[index])].append(index)
    new_by_key[None].clear()

    pairs = []
    for index in old_left:
        counterparts = new_by_key[make_key(old[index])]
        if counterparts:
            pairs.append((index, counterparts.popleft()))
    return pairs


def _remove_paired(
    old_left: Iterable[int], new_left: Iterable[int], pairs: Iterable[Pair]
) -> tuple[list[int], list[int]]:
    """Return the old and the new indexes that are in no pair."""
    paired_old = {index for index, _ in pairs}
    paired_new = {index for _, index in pairs}
    remaining_old = [index for index in old_left if index not in paired_old]
    remaining_new = [index for index in new_left if index not in paired_new]
    return remaining_old, remaining_new


def _make_unidentified_key(element: Json, identity: Identity) -> bytes | None:
    """Return one key for all elements that are not objects, and another for all objects that are not identified.

    None for an object that is identified, and for any object of a list that has no identity.
    """
    if not isinstance(element, dict):
        return b"not an object"
    if not identity.alternatives:
        return None
    is_identified = any(make_identity_key(element, keys) is not None for keys in identity.alternatives)
    return None if is_identified else b"unidentified"
