"""Nothing of a record is dropped: each leaf of the registry's field tree has a column, at its own grain."""

from __future__ import annotations

import pytest

from transform.catalog.model import load_catalog
from transform.fields import load_fields
from transform.paths import LIST

LEAVES = [field.path for field in load_fields()]
COLUMNS = [
    (rows, column, path)
    for table in load_catalog().tables
    for rows in table.rows
    for column in table.columns
    for path in rows.paths_of(column)
]
COMPUTED_FROM_LISTS = {"number_of_arms", "number_of_groups", "site_count", "contact_type", "number_analyzed"}
KEEPS = {"VARCHAR", "VARCHAR[]", *load_catalog().casts}
"""Conversions that lose nothing of a value that they can read."""


def grain(leaf: str) -> str:
    """The list that the leaf lies in; a list of leaves may be a column of what it lies in, too."""
    inner = leaf.removesuffix(LIST)
    return inner[: inner.rindex(LIST) + len(LIST)] if LIST in inner else ""


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_has_a_column_at_its_grain(leaf):
    """A leaf's values stand in a table with one row for each element they lie in, whatever lies beneath it or not."""
    held = [
        (rows.path, column.name)
        for rows, column, path in COLUMNS
        if path == leaf
        and column.conversion in KEEPS
        and (rows.path == leaf or rows.path.removesuffix(LIST) == "" or grain(rows.path + ".x") == grain(leaf))
        and not (rows.where and not _is_complemented(rows.path))
    ]
    assert held


@pytest.mark.parametrize("path", sorted({path for _, _, path in COLUMNS}))
def test_a_column_reads_a_leaf(path):
    """A column's path is a leaf of the field tree, or the list of objects that a few columns count or look into."""
    readers = {column.name for _, column, read in COLUMNS if read == path}
    assert path in LEAVES or readers <= COMPUTED_FROM_LISTS


def _is_complemented(path: str) -> bool:
    """Whether what one table leaves out of a list another takes."""
    conditions = {rows.where for table in load_catalog().tables for rows in table.rows if rows.path == path}
    return {condition[1] for condition in conditions if condition} == {"is_investigator", "is_no_investigator"}
