"""Parse the texts of records into one Arrow array: a struct of the catalog's paths, in which every leaf is a text."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from transform.paths import LIST, build_tree, quote_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Catalog
    from transform.paths import Tree


def parse_documents(documents: pa.StringArray, catalog: Catalog) -> pa.StructArray:
    """Parse the JSON texts of records.

    DuckDB's parser is used because it refuses no well-formed record: a leaf of any kind becomes its text, so that no
    value is lost, and keys that the catalog does not know are passed over. It has no store here, and reads no file. It
    gives NULL where a list or an object has another shape, so the records' shape must have been checked before.

    Args:
        documents: one JSON object per record, whose shape fits the catalog.
        catalog: the catalog, whose paths the structs have.

    Returns:
        One struct per record, in the same order.

    Raises:
        duckdb.Error: a text is not JSON.
    """
    # A relation is collected as Arrow at once; the result of a statement would be kept in DuckDB's own form before.
    texts = _connect().from_arrow(pa.table({"document": documents}))
    parsed = texts.project(_make_expression(catalog)).to_arrow_table().column(0)
    # This copies, and leaves the unused ends of DuckDB's buffers behind: a part's bytes must not depend on them.
    structs: pa.StructArray = parsed.combine_chunks()
    return structs


@cache
def _connect() -> DuckDBPyConnection:
    """Return this process's connection to a database in memory that stays empty."""
    return duckdb.connect(config={"threads": 1, "enable_external_access": "false"})


@cache
def _make_expression(catalog: Catalog) -> str:
    structure = json.dumps(_make_structure(build_tree(catalog.iter_paths())))
    return f"json_transform(document, {quote_text(structure)})"


def _make_structure(node: Tree) -> Any:
    """Return the structure of a node as DuckDB's `json_transform` wants it."""
    if not node:
        return "VARCHAR"
    return {
        step.removesuffix(LIST): [_make_structure(child)] if step.endswith(LIST) else _make_structure(child)
        for step, child in node.items()
    }
