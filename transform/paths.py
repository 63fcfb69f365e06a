"""Paths of a study record, and the quoting of names and texts in SQL.

A path is written as in the registry's field tree, with `[]` after every list on it:
`protocolSection.armsInterventionsModule.interventions[].otherNames[]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
