"""Where a record is not the shape of a study: something else stands where a list or an object belongs.

DuckDB refuses a whole file for one such record. This finds the record and the place, so that it alone is set aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.paths import LIST, Tree

if TYPE_CHECKING:
    from transform.records import Json


def misfit(value: Json, layout: Tree, path: str = "") -> tuple[str, str] | None:
    """The first place of the value that does not fit the layout, as its path and the reason, else None.

    Args:
        value: a record, or an object in it.
        layout: the catalog's paths as a tree. Its leaves take anything.
        path: where the value stands.
    """
    if not isinstance(value, dict):
        return path, f"an object belongs there, and the record has {_kind(value)}"
    for step, below in layout.items():
        here = f"{path}.{step}" if path else step
        found = value.get(step.removesuffix(LIST))
        if found is None:
            continue
        if not step.endswith(LIST):
            unfit = misfit(found, below, here) if below else None
        elif isinstance(found, list):
            unfit = _first_misfit(found, below, here)
        else:
            unfit = here, f"a list belongs there, and the record has {_kind(found)}"
        if unfit:
            return unfit
    return None


def _first_misfit(elements: list[Json], below: Tree, path: str) -> tuple[str, str] | None:
    if not below:
        return None
    unfit = (misfit(element, below, path) for element in elements if element is not None)
    return next((found for found in unfit if found), None)


def _kind(value: Json) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), "a number")
