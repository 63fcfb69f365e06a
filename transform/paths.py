"""Paths of a study record, and what they become in DuckDB.

A path is written as the registry's field tree has it, with `[]` behind every list on the way:
`protocolSection.armsInterventionsModule.interventions[].otherNames[]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LIST = "[]"
Steps = tuple[str, ...]
Tree = dict[str, "Tree"]


def split_path(path: str) -> Steps:
    """The steps of a path: `a.b[].c` gives `("a", "b[]", "c")`, the empty path none."""
    return tuple(path.split(".")) if path else ()


def quote_name(name: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def build_tree(paths: Iterable[str]) -> Tree:
    """The paths as nested dictionaries; a leaf is an empty one, a list's key ends in `[]`."""
    root: Tree = {}
    for path in paths:
        node = root
        for step in split_path(path):
            node = node.setdefault(step, {})
    return root


def make_struct_type(node: Tree) -> str:
    """The DuckDB type of a record with these paths, every leaf read as text (VARCHAR)."""
    if not node:
        return "VARCHAR"
    members = (
        f"{quote_name(step.removesuffix(LIST))} {make_struct_type(child)}{LIST if step.endswith(LIST) else ''}"
        for step, child in node.items()
    )
    return f"STRUCT({', '.join(members)})"


def make_expression(path: str, origins: Mapping[str, str]) -> str:
    """The SQL expression of a path.

    Args:
        path: the absolute path of a leaf, an object or a list.
        origins: SQL names of the paths that are at hand, by their paths: `""` is the record, and the path
            of each list that has been unnested names its current element.

    Returns:
        An expression that starts at the nearest origin. A list on the way that no origin has unnested
        becomes a DuckDB list: of `locations[].country`, all countries in the record's order.
    """
    wanted = split_path(path)
    nearest = max(
        (origin for origin in origins if wanted[: len(split_path(origin))] == split_path(origin)),
        key=lambda origin: len(split_path(origin)),
    )
    return _from(origins[nearest], wanted[len(split_path(nearest)) :], 1)


def _from(base: str, rest: Steps, depth: int) -> str:
    if not rest:
        return base
    step, *others = rest
    member = f"{base}.{quote_name(step.removesuffix(LIST))}"
    if not others or not step.endswith(LIST):
        return _from(member, tuple(others), depth)
    element = f"e{depth}"
    mapped = f"list_transform({member}, lambda {element}: {_from(element, tuple(others), depth + 1)})"
    return f"flatten({mapped})" if any(other.endswith(LIST) for other in others) else mapped
