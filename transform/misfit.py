"""Where a record is not the shape of a study: something else stands where a list or an object belongs.

DuckDB refuses a whole file for one such record, and with it the transaction. So the record is found before, and it
alone is set aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.paths import LIST, tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transform.paths import Tree
    from transform.records import Json

Layout = dict[str, "Layout | None"]
"""The objects and lists that belong into an object, each with what belongs into it, None for a list of leaves."""


def layout(paths: Iterable[str]) -> Layout:
    """The objects and lists that lie on these paths; leaves are left out, for they take anything."""
    return _branches(tree(paths))


def misfit(value: Json, expected: Layout, path: str = "") -> tuple[str, str] | None:
    """The first place of the value that does not fit the layout, as its path and the reason, else None.

    Args:
        value: a record, or an object in it.
        expected: what belongs into it. What is absent or null fits.
        path: where the value stands.
    """
    if not isinstance(value, dict):
        return path, f"an object belongs there, and the record has {_kind(value)}"
    for step, below in expected.items():
        found = value.get(step.removesuffix(LIST))
        if found is None:
            continue
        unfit = _misfit_at(found, step, below, f"{path}.{step}" if path else step)
        if unfit:
            return unfit
    return None


def _misfit_at(found: Json, step: str, below: Layout | None, path: str) -> tuple[str, str] | None:
    if not step.endswith(LIST):
        return misfit(found, below or {}, path)
    if not isinstance(found, list):
        return path, f"a list belongs there, and the record has {_kind(found)}"
    if below is None:
        return None
    unfit = (misfit(element, below, path) for element in found if element is not None)
    return next((place for place in unfit if place), None)


def _branches(node: Tree) -> Layout:
    return {step: _branches(below) if below else None for step, below in node.items() if below or step.endswith(LIST)}


def _kind(value: Json) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), "a number")
