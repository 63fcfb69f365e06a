"""The `fields` parameter: which parts of a study an answer carries.

`pieces.csv` holds every piece name of the registry's data model with the path it stands for, as its own
`/studies/metadata` listed them in November 2025.
"""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

from extract.sample.parameters import BadRequestError, not_evaluated, split_list

Selection: TypeAlias = "dict[str, Selection | None]"
"""What to keep of an object, key by key: None keeps all that hangs on the key."""


@cache
def paths_of_pieces() -> dict[str, str]:
    """Piece name to dotted path: `OverallStatus` to `protocolSection.statusModule.overallStatus`."""
    table = files(__package__).joinpath("data", "pieces.csv").read_text(encoding="utf-8")
    return {row["piece"]: row["path"] for row in csv.DictReader(table.splitlines())}


@lru_cache(maxsize=64)
def selection(fields: str) -> Selection:
    """The parts a comma- or pipe-separated list of piece names and paths asks for.

    A name that stands for a branch (`protocolSection`, `StatusModule`) takes all below it.

    Raises:
        BadRequestError: when a name is neither a piece nor a path of the data model.
    """
    chosen: Selection = {}
    for path in sorted({_path(name) for name in split_list(fields)}):
        _graft(chosen, path.split("."))
    return chosen


def _path(name: str) -> str:
    pieces = paths_of_pieces()
    if name == "@query":
        raise not_evaluated("`@query` in `fields`")
    if name not in pieces and name not in pieces.values():
        raise BadRequestError(f"Parameter `fields` contains invalid field name: `{name}`")
    return pieces.get(name, name)


def _graft(chosen: Selection, path: list[str]) -> None:
    first, *rest = path
    if not rest:
        chosen[first] = None
    elif (branch := chosen.setdefault(first, {})) is not None:
        _graft(branch, rest)


def prune(value: Any, chosen: Selection | None) -> Any:
    """The chosen parts of a JSON value, in its own order; None where nothing of it was chosen.

    A selection reaches through lists: `ConditionMeshTerm` keeps the `term` of each item of a list.
    """
    if chosen is None:
        return value
    if isinstance(value, list):
        return [part for item in value if (part := prune(item, chosen)) is not None] or None
    if not isinstance(value, dict):
        return None
    kept = {key: prune(part, chosen[key]) for key, part in value.items() if key in chosen}
    return {key: part for key, part in kept.items() if part is not None} or None
