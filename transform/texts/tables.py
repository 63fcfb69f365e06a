"""The tables that pandas makes from the rows of other tables, with the rules of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from transform.catalog.arrow_types import ARROW_TYPES
from transform.catalog.files import load_catalog
from transform.criteria import eligibility
from transform.texts import interventions, mentions, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from transform.catalog.model import Table
    from transform.rules.model import Rule

    Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class TableNormaliser:
    """What makes the rows of a table.

    Attributes:
        sources: the tables that it reads, by their names with the schema.
        normalise: takes one frame per source, by the same names, and the rules of the warehouse. Returns the rows,
            sorted by id. A trial's rows depend on that trial alone.
    """

    sources: tuple[str, ...]
    normalise: Callable[[Frames, Sequence[Rule]], pd.DataFrame]


TABLE_NORMALISERS = {
    "criteria": TableNormaliser(eligibility.SOURCES, eligibility.normalise_criteria),
    "interventions": TableNormaliser(interventions.SOURCES, interventions.normalise_interventions),
    "outcomes": TableNormaliser(outcomes.SOURCES, outcomes.normalise_outcomes),
    "mentions": TableNormaliser(mentions.SOURCES, mentions.normalise_mentions),
}
"""The normalisers by their names in the catalog."""


def normalise_table(table: Table, sources: Mapping[str, pa.Table | None], rules: Sequence[Rule]) -> pa.Table:
    """Make the rows of a table whose rows come from other tables.

    Args:
        table: the table of the catalog.
        sources: the rows of its sources by name; None where there are none. The rows may be in any order.
        rules: the rules of the warehouse.

    Returns:
        The rows, with the columns and types of the catalog.
    """
    assert table.normaliser
    normaliser = TABLE_NORMALISERS[table.normaliser]
    frames = {name: _make_frame(name, sources[name]) for name in normaliser.sources}
    rows = normaliser.normalise(frames, rules)
    schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])
    arrays = [pa.array(rows[field.name], field.type, from_pandas=True) for field in schema]
    return pa.Table.from_arrays([_join_chunks(array) for array in arrays], schema=schema)


def _make_frame(name: str, rows: pa.Table | None) -> pd.DataFrame:
    """Return the rows of a table as a frame, sorted by id; texts are of dtype `str`, and rows may be missing."""
    table = load_catalog().get_table(name)
    if rows is None:
        texts = {column.name: pd.Series([], dtype=_choose_dtype(column.type)) for column in table.columns}
        return pd.DataFrame(texts)
    decoded = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in rows.columns
    ]
    frame: pd.DataFrame = pa.table(decoded, rows.column_names).to_pandas()
    key = "nct_id" if table.is_per_trial else "id"
    return frame.sort_values(key, ignore_index=True)


def _choose_dtype(sql_type: str) -> str:
    return {"VARCHAR": "str", "BIGINT": "int64"}.get(sql_type, "object")


def _join_chunks(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
