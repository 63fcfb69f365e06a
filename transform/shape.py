"""What may stand where in a record: which keys an object has, and which of them are objects and lists.

DuckDB refuses a whole file for one record that has something else where a list or an object belongs, and passes over a
key that it was not told of. So each record is looked through before: one that does not fit is set aside alone, and
unknown keys are counted. Nearly every record fits, which is seen quickly; only the others are looked at closely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.paths import LIST, build_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from transform.paths import Tree

Json = Any
"""What a JSON document can be in Python."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its keys, those of them that are objects, and those that are lists, each with what is in them.

    The shape of a list's elements is None where they are leaves. Leaves take anything.
    """

    keys: frozenset[str]
    objects: tuple[tuple[str, Shape], ...]
    lists: tuple[tuple[str, Shape | None], ...]


def make_shape(paths: Iterable[str]) -> Shape:
    """The shape of a record that has these paths."""
    return _shape(build_tree(paths))


def is_of_shape(value: Json, expected: Shape) -> bool:
    """Whether a value is an object of this shape with no unknown key. What is absent or null fits."""
    if type(value) is not dict or not value.keys() <= expected.keys:
        return False
    for key, below in expected.objects:
        found = value.get(key)
        if found is not None and not is_of_shape(found, below):
            return False
    for key, element in expected.lists:
        found = value.get(key)
        if found is not None and not _list_fits(found, element):
            return False
    return True


def find_shape_error(value: Json, expected: Shape, path: str = "") -> tuple[str, str] | None:
    """The first place of a value that is not of the shape, as its path and the reason; None where there is none.

    An unknown key is no misfit.
    """
    if not isinstance(value, dict):
        return path, f"an object belongs there, and the record has {_kind(value)}"
    for key, below in expected.objects:
        unfit = find_shape_error(value[key], below, _join(path, key)) if value.get(key) is not None else None
        if unfit:
            return unfit
    for key, element in expected.lists:
        unfit = _list_misfit(value[key], element, _join(path, key) + LIST) if value.get(key) is not None else None
        if unfit:
            return unfit
    return None


def find_unknown_keys(value: Json, expected: Shape, path: str = "") -> Iterator[str]:
    """The path of each unknown key of an object that is of the shape, as often as it occurs."""
    for key in value.keys() - expected.keys:
        yield _join(path, key)
    for key, below in expected.objects:
        if value.get(key) is not None:
            yield from find_unknown_keys(value[key], below, _join(path, key))
    for key, element in expected.lists:
        if element and value.get(key) is not None:
            for found in value[key]:
                if found is not None:
                    yield from find_unknown_keys(found, element, _join(path, key) + LIST)


def _list_fits(value: Json, element: Shape | None) -> bool:
    if type(value) is not list:
        return False
    if element is None:
        return True
    if element.objects or element.lists:
        return all(found is None or is_of_shape(found, element) for found in value)
    keys = element.keys
    for found in value:  # the innermost objects are most of a record
        if type(found) is not dict or not found.keys() <= keys:
            return found is None and all(other is None or is_of_shape(other, element) for other in value)
    return True


def _list_misfit(value: Json, element: Shape | None, path: str) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return path, f"a list belongs there, and the record has {_kind(value)}"
    if element is None:
        return None
    unfit = (find_shape_error(found, element, path) for found in value if found is not None)
    return next((place for place in unfit if place), None)


def _shape(node: Tree) -> Shape:
    members = {
        step.removesuffix(LIST): (step.endswith(LIST), _shape(below) if below else None) for step, below in node.items()
    }
    objects = tuple((key, below) for key, (is_list, below) in members.items() if below and not is_list)
    lists = tuple((key, below) for key, (is_list, below) in members.items() if is_list)
    return Shape(frozenset(members), objects, lists)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _kind(value: Json) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), "a number")
