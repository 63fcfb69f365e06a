"""What changed between two versions of a study record, a row a change.

Objects are descended to their leaves. Of a list, the elements that belong together are compared, wherever they stand,
and one that came or went is one row. Two versions have no change exactly when their content hashes are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from transform.diff.identities import Identity, load_identities, name_elements
from transform.diff.matching import match_elements
from transform.diff.values import is_same, to_json, to_text
from transform.fields import load_fields
from transform.paths import LIST, split_path
from transform.records import VERSION_HOLDER_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from transform.diff.similarity import Pair
    from transform.shape import Json

_ABSENT: Json = object()
_INSIDE = " › "
_NO_IDENTITY = Identity()


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a record.

    Attributes:
        path: the field's path in the registry's field tree, or a list's, with `[]` behind every list on the way.
        element: what identifies the element that the change lies in, as its newer version has it; of lists in lists
            from the outermost inwards. None outside of lists; a text or number in a list is no element of its own.
        kind: `changed`, `added`, `removed`; or `reordered`, of a list.
        old_value: the value before: a text as it is, all else as JSON; None where there was none. Of a list that was
            reordered, a JSON array of what its elements are called, from the first to the last that stand elsewhere.
        new_value: the value after, in the same way.
    """

    path: str
    element: str | None
    kind: str
    old_value: str | None
    new_value: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    path: str = ""
    element: str | None = None

    def member(self, key: str) -> _Place:
        return _Place(f"{self.path}.{key}" if self.path else key, self.element)

    def inside(self, name: str | None) -> _Place:
        return _Place(self.path, _INSIDE.join(filter(None, (self.element, name))) or None)


def compare_records(old: Json, new: Json) -> list[Change]:
    """What changed from one version of a study record to another.

    The registry's `versionHolder`, which is another every night, is no change.

    Returns:
        The changes in the field tree's order; unknown keys come behind the known ones of their object. Of a list:
        what changed in its elements and what was removed, in the old order; what was added, in the new; its order.
    """
    return [] if is_same(old, new) else list(_value(old, new, _Place()))


def _value(old: Json, new: Json, place: _Place) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _members(old, new, place)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _elements(old, new, _Place(place.path + LIST, place.element))
    else:
        yield from list(_contents(old, new, place)) or [_change(old, new, place)]


def _contents(old: Json, new: Json, place: _Place) -> Iterator[Change]:
    """The changes of an object or a list that came or went as a whole."""
    if old is _ABSENT and isinstance(new, dict | list):
        yield from _value(type(new)(), new, place)
    elif new is _ABSENT and isinstance(old, dict | list):
        yield from _value(old, type(old)(), place)


def _members(old: Mapping[str, Json], new: Mapping[str, Json], place: _Place) -> Iterator[Change]:
    differing = [key for key in old.keys() | new.keys() if not is_same(old.get(key, _ABSENT), new.get(key, _ABSENT))]
    for below, key in sorted(((place.member(key), key) for key in differing), key=_order):
        if below.path != VERSION_HOLDER_PATH:
            yield from _value(old.get(key, _ABSENT), new.get(key, _ABSENT), below)


def _elements(old: Sequence[Json], new: Sequence[Json], place: _Place) -> Iterator[Change]:
    identity = load_identities().get(place.path, _NO_IDENTITY)
    matching = match_elements(old, new, identity)
    old_names, new_names = name_elements(old, identity), name_elements(new, identity)
    gone = [(number, None) for number in matching.removed]
    for number, counterpart in sorted([*matching.common, *matching.altered, *gone]):
        if counterpart is None:
            yield _change(old[number], _ABSENT, place.inside(old_names[number]))
        elif not is_same(old[number], new[counterpart]):
            yield from _value(old[number], new[counterpart], place.inside(new_names[counterpart]))
    for number in matching.added:
        yield _change(_ABSENT, new[number], place.inside(new_names[number]))
    yield from _reordered(matching.common, [name or value for name, value in zip(new_names, new, strict=True)], place)


def _reordered(common: Sequence[Pair], names: Sequence[Json], place: _Place) -> Iterator[Change]:
    """The stretch from the first to the last element that stands elsewhere, where there is one."""
    before = [number for _, number in common]
    after = sorted(before)
    moved = [rank for rank, number in enumerate(before) if number != after[rank]]
    if moved:
        stretch = slice(moved[0], moved[-1] + 1)
        orders = (to_json([names[number] for number in order[stretch]]) for order in (before, after))
        yield Change(place.path, place.element, "reordered", *orders)


def _change(old: Json, new: Json, place: _Place) -> Change:
    if old is _ABSENT:
        return Change(place.path, place.element, "added", None, to_text(new))
    if new is _ABSENT:
        return Change(place.path, place.element, "removed", to_text(old), None)
    as_written = to_json if to_text(old) == to_text(new) else to_text  # the text "1" became the number 1
    return Change(place.path, place.element, "changed", as_written(old), as_written(new))


def _order(member: tuple[_Place, str]) -> tuple[int, str]:
    place, key = member
    return _ranks().get(place.path, len(_ranks())), key


@cache
def _ranks() -> Mapping[str, int]:
    """Where each object, list and leaf stands in the field tree, by its path; a list's without `[]` behind it."""
    ways = (split_path(field.path) for field in load_fields())
    paths = (".".join(way[:length]).removesuffix(LIST) for way in ways for length in range(1, len(way) + 1))
    return {path: rank for rank, path in enumerate(dict.fromkeys(paths))}
