"""The normalised columns of `main.trials`: status, phase, dates, ages and control type.

The catalog says, in each column's `normalise`, which path and which normaliser the column comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from transform.normalise.ages import normalise_age
from transform.normalise.control import normalise_control
from transform.normalise.dates import normalise_date
from transform.normalise.phase import normalise_phase
from transform.normalise.status import normalise_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from transform.catalog.model import Column, Table

    Target = tuple[Column, str]  # a column, and the result of the normaliser that it takes

NORMALISERS: dict[str, Callable[[pd.Series], pd.DataFrame]] = {
    "status": normalise_status,
    "phase": normalise_phase,
    "date": normalise_date,
    "age": normalise_age,
    "control": normalise_control,
}
"""The normalisers by their names in the catalog. Each returns its results, and `reason`: NULL if the value was read."""


def normalise_columns(raw: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the normalised columns of a table, and the values that could not be normalised.

    Args:
        raw: one row per trial: nct_id, and one text column per path that a normalised column has, named by the path.
        table: the table of the catalog, `main.trials`.

    Returns:
        Two frames. The first has one row per trial: nct_id and the table's normalised columns. The second has one row
        per unreadable value: nct_id, table_name, column_name, path, raw_value, reason.
    """
    columns = {"nct_id": raw["nct_id"]}
    unreadable = []
    for normaliser, targets_by_path in _group_targets(table).items():
        # All paths of one normaliser are normalised in one call, because most of the time that a small batch takes is
        # the fixed cost of each pandas call.
        all_results = NORMALISERS[normaliser](pd.concat({path: raw[path] for path in targets_by_path}))
        for path, targets in targets_by_path.items():
            results = all_results.loc[path]
            columns |= {column.name: results[result] for column, result in targets}
            # An unreadable value is listed once, for the first of the columns that come from it.
            first_column, _ = targets[0]
            unreadable.append(_list_unreadable(raw, path, results["reason"], table.display_name, first_column.name))
    return pd.DataFrame(columns), pd.concat(unreadable, ignore_index=True)


def _group_targets(table: Table) -> dict[str, dict[str, list[Target]]]:
    """Return the table's normalised columns by their normaliser and by the path that they share."""
    groups: dict[str, dict[str, list[Target]]] = {}
    for column in table.columns:
        if column.normalise:
            normaliser, result = column.normalise
            groups.setdefault(normaliser, {}).setdefault(column.path[0], []).append((column, result))
    return groups


def _list_unreadable(raw: pd.DataFrame, path: str, reason: pd.Series, table: str, column: str) -> pd.DataFrame:
    is_unreadable = reason.notna()
    return pd.DataFrame(
        {
            "nct_id": raw.loc[is_unreadable, "nct_id"],
            "table_name": table,
            "column_name": column,
            "path": path,
            "raw_value": raw.loc[is_unreadable, path],
            "reason": reason[is_unreadable],
        }
    )
