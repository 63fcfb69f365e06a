"""The changes between two versions of a study record, one row per change.

The comparison follows objects down to their leaves. In a list, it compares the elements that belong together, wherever
they are in the two lists; an element that was added or removed is one row. Two versions have no change exactly when
their content hashes are the same.
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

# The value of a key that one version does not have. None does not serve: it is JSON's null, which is a value.
_ABSENT: Json = object()
_ELEMENT_SEPARATOR = " › "
_NO_IDENTITY = Identity()


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a record.

    Attributes:
        path: the path of the field or the list in the registry's field tree, with `[]` after every list on it.
        element: the name of the list element that the change lies in, as the newer version has it. In nested lists,
            the names from the outermost element inwards. None outside of lists; a text or a number in a list does not
            have a name of its own.
        kind: `changed`, `added` or `removed`; or `reordered`, for a list.
        old_value: the value before: a text as it is, any other value as JSON; None if there was none. For a reordered
            list, a JSON array of the names of its elements, from the first to the last element that moved.
        new_value: the value after, in the same form.
    """

    path: str
    element: str | None
    kind: str
    old_value: str | None
    new_value: str | None


@dataclass(frozen=True, slots=True)
class _Location:
    """The path of a value, and the name of the list element that contains it."""

    path: str = ""
    element: str | None = None

    def enter_member(self, key: str) -> _Location:
        """Return the location of a member of the object here."""
        return _Location(f"{self.path}.{key}" if self.path else key, self.element)

    def enter_list(self) -> _Location:
        """Return the location of the list here, whose path ends in `[]`."""
        return _Location(self.path + LIST, self.element)

    def enter_element(self, name: str | None) -> _Location:
        """Return the location of an element of the list here."""
        names = [part for part in (self.element, name) if part]
        return _Location(self.path, _ELEMENT_SEPARATOR.join(names) or None)


def compare_records(old: Json, new: Json) -> list[Change]:
    """Return the changes from one version of a study record to another.

    The registry's `versionHolder` is different every night, and does not count as a change.

    Returns:
        The changes in the field tree's order; unknown keys come after the known keys of their object. The changes of a
        list come in this order: changed and removed elements, in the old order; added elements, in the new order; and
        then the change of the list's own order.
    """
    return [] if is_same(old, new) else list(_compare_values(old, new, _Location()))


def _compare_values(old: Json, new: Json, location: _Location) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_objects(old, new, location)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(old, new, location.enter_list())
    else:
        # An object or a list that was added or removed is one row per leaf or element. One that is empty has none, so
        # it is a row itself, as any other value is.
        contents = list(_compare_with_absent(old, new, location))
        yield from contents or [_make_change(old, new, location)]


def _compare_with_absent(old: Json, new: Json, location: _Location) -> Iterator[Change]:
    """Yield the changes inside an object or a list that was added or removed as a whole; none for other values."""
    if old is _ABSENT and isinstance(new, dict | list):
        empty = type(new)()
        yield from _compare_values(empty, new, location)
    elif new is _ABSENT and isinstance(old, dict | list):
        empty = type(old)()
        yield from _compare_values(old, empty, location)


def _compare_objects(old: Mapping[str, Json], new: Mapping[str, Json], location: _Location) -> Iterator[Change]:
    ranks = _load_field_ranks()
    members = []
    for key in old.keys() | new.keys():
        if not is_same(old.get(key, _ABSENT), new.get(key, _ABSENT)):
            member = location.enter_member(key)
            members.append((ranks.get(member.path, len(ranks)), key, member))
    # In the field tree's order; unknown keys have the last rank, and among themselves the order of their names.
    for _, key, member in sorted(members, key=lambda entry: entry[:2]):
        if member.path != VERSION_HOLDER_PATH:
            yield from _compare_values(old.get(key, _ABSENT), new.get(key, _ABSENT), member)


def _compare_lists(old: Sequence[Json], new: Sequence[Json], location: _Location) -> Iterator[Change]:
    """Yield the changes of a list; `location` is the list's own, whose path ends in `[]`."""
    identity = load_identities().get(location.path, _NO_IDENTITY)
    matching = match_elements(old, new, identity)
    old_names = name_elements(old, identity)
    new_names = name_elements(new, identity)

    # Changed and removed elements, in the old order. A removed element is named as the old version names it, because
    # the new version does not have it.
    counterparts = dict([*matching.certain, *matching.probable])
    for old_index in sorted([*counterparts, *matching.removed]):
        new_index = counterparts.get(old_index)
        if new_index is None:
            yield _make_change(old[old_index], _ABSENT, location.enter_element(old_names[old_index]))
        elif not is_same(old[old_index], new[new_index]):
            element = location.enter_element(new_names[new_index])
            yield from _compare_values(old[old_index], new[new_index], element)

    for new_index in matching.added:
        yield _make_change(_ABSENT, new[new_index], location.enter_element(new_names[new_index]))

    # An element without a name, such as a keyword, stands for itself.
    labels = [name or value for name, value in zip(new_names, new, strict=True)]
    yield from _compare_order(matching.certain, labels, location)


def _compare_order(pairs: Sequence[Pair], labels: Sequence[Json], location: _Location) -> Iterator[Change]:
    """Yield one change if the pairs, which are in the old order, have another order in the new list.

    The change shows only the part from the first to the last element that moved.
    """
    old_order = [new_index for _, new_index in pairs]
    new_order = sorted(old_order)
    moved = [rank for rank, index in enumerate(old_order) if index != new_order[rank]]
    if moved:
        part = slice(moved[0], moved[-1] + 1)
        old_labels = to_json([labels[index] for index in old_order[part]])
        new_labels = to_json([labels[index] for index in new_order[part]])
        yield Change(location.path, location.element, "reordered", old_labels, new_labels)


def _make_change(old: Json, new: Json, location: _Location) -> Change:
    if old is _ABSENT:
        return Change(location.path, location.element, "added", None, to_text(new))
    if new is _ABSENT:
        return Change(location.path, location.element, "removed", to_text(old), None)
    # If the text "1" became the number 1, both would be shown as 1. As JSON they differ.
    to_shown = to_json if to_text(old) == to_text(new) else to_text
    return Change(location.path, location.element, "changed", to_shown(old), to_shown(new))


@cache
def _load_field_ranks() -> Mapping[str, int]:
    """Return the rank of each object, list and leaf in the field tree, by path; a list's path without its last `[]`."""
    paths: dict[str, None] = {}
    for field in load_fields():
        steps = split_path(field.path)
        for length in range(1, len(steps) + 1):
            paths[".".join(steps[:length]).removesuffix(LIST)] = None
    return {path: rank for rank, path in enumerate(paths)}
