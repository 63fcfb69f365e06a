"""No part of a record is dropped: each leaf of the registry's field tree has a column, at its own grain."""

from __future__ import annotations

import pytest

from transform.catalog.files import load_catalog
from transform.fields import load_fields
from transform.paths import LIST

LEAVES = [field.path for field in load_fields()]
COLUMNS = [
    (rows, column, path)
    for table in load_catalog().tables
    for rows in table.rows
    for column in table.columns
    for path in rows.get_paths(column)
]
COMPUTED_FROM_LISTS = {"number_of_arms", "number_of_groups", "site_count", "contact_type", "number_analyzed"}
KEEPS = {"VARCHAR", "VARCHAR[]", *load_catalog().casts}
"""Conversions that keep the whole of a value that they can read."""


def get_grain(leaf: str) -> str:
    """Return the list that contains the leaf. A list of leaves may also be a column of a row that contains the list."""
    inner = leaf.removesuffix(LIST)
    return inner[: inner.rindex(LIST) + len(LIST)] if LIST in inner else ""


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaf_has_a_column_at_its_grain(leaf):
    """A leaf has a column in a table with one row for each list element that contains the leaf."""
    columns = []
    for rows, column, path in COLUMNS:
        is_kept = path == leaf and column.conversion in KEEPS
        is_at_grain = rows.path in (leaf, "") or get_grain(rows.path + ".x") == get_grain(leaf)
        is_complete = not rows.where or _is_complemented(rows.path)
        if is_kept and is_at_grain and is_complete:
            columns.append((rows.path, column.name))
    assert columns


@pytest.mark.parametrize("path", sorted({path for _, _, path in COLUMNS}))
def test_a_column_reads_a_leaf(path):
    """A column's path is a leaf of the field tree; only a few columns count or search a list of objects."""
    readers = {column.name for _, column, read in COLUMNS if read == path}
    assert path in LEAVES or readers <= COMPUTED_FROM_LISTS


def _is_complemented(path: str) -> bool:
    """Return whether the rows that one table leaves out of a list are in another table."""
    conditions = {rows.where for table in load_catalog().tables for rows in table.rows if rows.path == path}
    return {condition[1] for condition in conditions if condition} == {"is_investigator", "is_not_investigator"}
