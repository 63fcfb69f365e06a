"""Paths of a study record, and the DuckDB types and expressions that are made from them.

A path is written as in the registry's field tree, with `[]` after every list on it:
`protocolSection.armsInterventionsModule.interventions[].otherNames[]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LIST = "[]"
"""The suffix of a step that is a list."""

Steps = tuple[str, ...]
"""A path, split at its dots."""

Tree = dict[str, "Tree"]
"""Paths as nested dictionaries: each key is a step, and a leaf is an empty dictionary."""


def split_path(path: str) -> Steps:
    """Return the steps of a path: `a.b[].c` has `("a", "b[]", "c")`, and the empty path has none."""
    return tuple(path.split(".")) if path else ()


def quote_name(name: str) -> str:
    """Return the name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def build_tree(paths: Iterable[str]) -> Tree:
    """Build the tree of these paths."""
    root: Tree = {}
    for path in paths:
        node = root
        for step in split_path(path):
            node = node.setdefault(step, {})
    return root


def make_struct_type(node: Tree) -> str:
    """Return the DuckDB type of a record that has these paths. Every leaf is VARCHAR."""
    # A leaf is read as text, so that no value is lost while DuckDB reads the record.
    if not node:
        return "VARCHAR"
    members = []
    for step, child in node.items():
        list_suffix = LIST if step.endswith(LIST) else ""
        members.append(f"{quote_name(step.removesuffix(LIST))} {make_struct_type(child)}{list_suffix}")
    return f"STRUCT({', '.join(members)})"


def make_expression(path: str, origins: Mapping[str, str]) -> str:
    """Return the SQL expression of a path.

    Args:
        path: the absolute path of a leaf, an object or a list.
        origins: the SQL names from which an expression can start, by path. The path `""` stands for the record, and
            the path of a list for the current element of that list, which is unnested.

    Returns:
        An expression that starts at the nearest origin. A list on the path that no origin has unnested becomes a
        DuckDB list: `locations[].country` gives all countries, in the record's order.
    """
    steps = split_path(path)
    # The nearest origin is the one whose own path is the longest beginning of this path.
    origin_steps = {origin: split_path(origin) for origin in origins}
    candidates = [origin for origin, start in origin_steps.items() if steps[: len(start)] == start]
    nearest = max(candidates, key=lambda origin: len(origin_steps[origin]))
    remaining = steps[len(origin_steps[nearest]) :]
    return _extend_expression(origins[nearest], remaining, 1)


def _extend_expression(base: str, steps: Steps, depth: int) -> str:
    """Return the SQL that follows the steps from `base`. `depth` numbers the variables of nested lambdas."""
    if not steps:
        return base
    first, *others = steps
    remaining = tuple(others)
    member = f"{base}.{quote_name(first.removesuffix(LIST))}"
    if not remaining or not first.endswith(LIST):
        return _extend_expression(member, remaining, depth)

    # The steps after a list are followed in each of its elements.
    element = f"e{depth}"
    value = _extend_expression(element, remaining, depth + 1)
    values = f"list_transform({member}, lambda {element}: {value})"
    # If another list follows, each value is a list itself: join them into one.
    has_inner_list = any(step.endswith(LIST) for step in remaining)
    return f"flatten({values})" if has_inner_list else values
