"""The `fields` parameter: the parts of a study that an answer carries.

`data/pieces.csv` holds every piece name of the registry's data model with its path. The registry's own
`/studies/metadata` listed them so in November 2025.
"""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

from extract.sample.parameters import BadRequestError, make_not_evaluated_error, split_list

Selection: TypeAlias = "dict[str, Selection | None]"
"""What to keep of an object, key by key: None keeps everything below the key."""


@cache
def load_piece_paths() -> dict[str, str]:
    """Return piece name to dotted path: `OverallStatus` to `protocolSection.statusModule.overallStatus`."""
    table = files(__package__).joinpath("data", "pieces.csv").read_text(encoding="utf-8")
    return {row["piece"]: row["path"] for row in csv.DictReader(table.splitlines())}


@lru_cache(maxsize=64)
def parse_selection(fields: str) -> Selection:
    """Return the parts that a comma- or pipe-separated list of piece names and paths asks for.

    The name of a branch (`protocolSection`, `StatusModule`) selects everything below it.

    Raises:
        BadRequestError: A name is neither a piece nor a path of the data model.
    """
    selection: Selection = {}
    for path in sorted({_resolve_path(name) for name in split_list(fields)}):
        _add_path(selection, path.split("."))
    return selection


def _resolve_path(name: str) -> str:
    """Return the path of a piece name or of a path."""
    pieces = load_piece_paths()
    if name == "@query":
        raise make_not_evaluated_error("`@query` in `fields`")
    if name not in pieces and name not in pieces.values():
        raise BadRequestError(f"Parameter `fields` contains invalid field name: `{name}`")
    return pieces.get(name, name)


def _add_path(selection: Selection, path: list[str]) -> None:
    """Add a path to a selection, unless a branch above it is selected already."""
    first, *rest = path
    if not rest:
        selection[first] = None
        return
    branch = selection.setdefault(first, {})
    if branch is not None:
        _add_path(branch, rest)


def keep_selected(value: Any, selection: Selection | None) -> Any:
    """Return the selected parts of a JSON value, in its own order, or None if it has none of them.

    A selection reaches through lists: `ConditionMeshTerm` keeps the `term` of each item of a list.
    """
    if selection is None:
        return value
    if isinstance(value, list):
        items = (keep_selected(item, selection) for item in value)
        return [item for item in items if item is not None] or None
    if not isinstance(value, dict):
        return None
    kept = {key: keep_selected(member, selection[key]) for key, member in value.items() if key in selection}
    return {key: member for key, member in kept.items() if member is not None} or None
