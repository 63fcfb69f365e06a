"""The shape of a record: which keys an object may have, and which of them are objects or lists.

DuckDB gives NULL in silence where a record has something else than a list or an object that belongs there, and it skips
a key that is not in the structure that it reads. So each record is checked before: one of another shape is quarantined
alone, and unknown keys are counted. Nearly every record has the expected shape, which `has_shape` finds out quickly.
Only the other records get the close look of `find_shape_error` and `find_unknown_keys`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.paths import LIST, build_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from transform.paths import Tree

Json = Any
"""A parsed JSON value of any kind."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of an object.

    Attributes:
        keys: all keys that the object may have.
        objects: the keys whose values are objects, each with the shape of its object.
        lists: the keys whose values are lists, each with the shape of the list's elements; None if they are leaves.
            A leaf may have any value.
    """

    keys: frozenset[str]
    objects: tuple[tuple[str, Shape], ...]
    lists: tuple[tuple[str, Shape | None], ...]


def make_shape(paths: Iterable[str]) -> Shape:
    """Return the shape of a record that has these paths."""
    return _make_node_shape(build_tree(paths))


def has_shape(value: Json, expected: Shape) -> bool:
    """Return whether the value is an object of the shape, without unknown keys. A key may be absent or null."""
    # This runs for every object of every record, so it compares exact types: parsed JSON has no subclasses.
    if type(value) is not dict or not expected.keys.issuperset(value):
        return False
    for key, member_shape in expected.objects:
        member = value.get(key)
        if member is not None and not has_shape(member, member_shape):
            return False
    for key, element_shape in expected.lists:
        member = value.get(key)
        if member is None:
            continue
        if type(member) is not list:
            return False
        if element_shape is None:
            continue  # leaves may have any value
        for element in member:
            if element is not None and not has_shape(element, element_shape):
                return False
    return True


def find_shape_error(value: Json, expected: Shape, path: str = "") -> tuple[str, str] | None:
    """Return the path of the first value that is not of the shape, and the reason; None if all values are.

    An unknown key is not a shape error.
    """
    if not isinstance(value, dict):
        return path, f"an object belongs there, and the record has {_describe_kind(value)}"
    for key, member_shape in expected.objects:
        member = value.get(key)
        error = None if member is None else find_shape_error(member, member_shape, _join_path(path, key))
        if error:
            return error
    for key, element_shape in expected.lists:
        member = value.get(key)
        error = None if member is None else _find_list_error(member, element_shape, _join_path(path, key) + LIST)
        if error:
            return error
    return None


def find_unknown_keys(value: Json, expected: Shape, path: str = "") -> Iterator[str]:
    """Yield the path of each unknown key of an object of the shape, once per occurrence."""
    for key in value.keys() - expected.keys:
        yield _join_path(path, key)
    for key, member_shape in expected.objects:
        member = value.get(key)
        if member is not None:
            yield from find_unknown_keys(member, member_shape, _join_path(path, key))
    for key, element_shape in expected.lists:
        if element_shape is None:
            continue  # leaves have no keys
        for element in value.get(key) or ():
            if element is not None:
                yield from find_unknown_keys(element, element_shape, _join_path(path, key) + LIST)


def _find_list_error(value: Json, element_shape: Shape | None, path: str) -> tuple[str, str] | None:
    """Return the path of the first value that does not belong in the list, and the reason; None if all values do."""
    if not isinstance(value, list):
        return path, f"a list belongs there, and the record has {_describe_kind(value)}"
    if element_shape is None:
        return None
    for element in value:
        error = None if element is None else find_shape_error(element, element_shape, path)
        if error:
            return error
    return None


def _make_node_shape(node: Tree) -> Shape:
    keys = set()
    objects: list[tuple[str, Shape]] = []
    lists: list[tuple[str, Shape | None]] = []
    for step, child in node.items():
        key = step.removesuffix(LIST)
        keys.add(key)
        child_shape = _make_node_shape(child) if child else None
        if step.endswith(LIST):
            lists.append((key, child_shape))
        elif child_shape:
            objects.append((key, child_shape))
    return Shape(frozenset(keys), tuple(objects), tuple(lists))


def _join_path(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _describe_kind(value: Json) -> str:
    """Return the kind of a value in words. The value is never null, because null fits everywhere."""
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return kinds.get(type(value), "a number")
