"""Find the row that each row of a table refers to: the first one of the same trial with the same values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transform.shredding.keys import combine_keys, decode, encode_together, find_first
from transform.shredding.levels import take_present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transform.catalog.model import Reference
    from transform.shredding.levels import Indices


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table.

    Attributes:
        columns: the columns by name, in the catalog's order.
        trials: the index of each row's record.
    """

    columns: dict[str, pa.Array]
    trials: Indices


def find_referred(refers: Reference, rows: TableRows, targets: TableRows | None) -> pa.Array:
    """Return the id of the row that each row refers to; NULL if there is none.

    Args:
        refers: the reference, as the catalog has it.
        rows: the rows that refer.
        targets: the rows of the table that they refer to, in the order of their ids; None if it has no rows.
    """
    if targets is None:
        return pa.nulls(len(rows.trials), pa.int64())
    chosen = _choose(targets, refers.where)
    numbers = [(chosen.trials, rows.trials)]
    for name, target_name in refers.on.items():
        known, wanted = encode_together([chosen.columns[target_name], rows.columns[name]])
        numbers.append((known, wanted))
    return take_present(chosen.columns["id"], find_first(*combine_keys(numbers)))


def _choose(targets: TableRows, where: Mapping[str, str]) -> TableRows:
    """Return the rows whose columns have these values."""
    for name, value in where.items():
        is_chosen = pc.fill_null(pc.equal(decode(targets.columns[name]), value), fill_value=False)
        indices = pa.array(np.flatnonzero(np.asarray(is_chosen)))
        columns = {name: column.take(indices) for name, column in targets.columns.items()}
        targets = TableRows(columns, targets.trials[np.asarray(indices)])
    return targets
