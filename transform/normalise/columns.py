"""The normalised columns of `main.trials`: status, phase, dates and ages, by pandas.

Which column comes from which path through which normaliser is the catalog's to say (`normalise`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from transform.normalise.ages import normalise_age
from transform.normalise.dates import normalise_date
from transform.normalise.phase import normalise_phase
from transform.normalise.status import normalise_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from transform.catalog.model import Column, Table

NORMALISERS: dict[str, Callable[[pd.Series], pd.DataFrame]] = {
    "status": normalise_status,
    "phase": normalise_phase,
    "date": normalise_date,
    "age": normalise_age,
}
"""By the name that the catalog uses. Each gives its result columns and `reason`, NULL where the value was read."""


def normalise_columns(raw: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The normalised columns of a table, and the values that could not be normalised.

    Args:
        raw: one row a trial: nct_id, and a text column named after each path that a normalised column has.
        table: the table of the catalog, `main.trials`.

    Returns:
        Two frames. The first has one row a trial: nct_id and the table's normalised columns. The second has one
        row a value that could not be read: nct_id, table_name, column_name, path, raw_value, reason.
    """
    columns = {"nct_id": raw["nct_id"]}
    unread = []
    for normaliser, targets_by_path in _by_normaliser(table).items():
        # All columns of a kind at once: pandas' fixed cost is most of a small night's.
        of_all = NORMALISERS[normaliser](pd.concat({path: raw[path] for path in targets_by_path}))
        for path, targets in targets_by_path.items():
            results = of_all.loc[path]
            columns |= {column.name: results[result] for column, result in targets}
            unread.append(_unread(raw, path, results["reason"], table.spoken, targets[0][0].name))
    return pd.DataFrame(columns), pd.concat(unread, ignore_index=True)


def _by_normaliser(table: Table) -> dict[str, dict[str, list[tuple[Column, str]]]]:
    """The normalised columns with the result each takes, by the normaliser and the path they share."""
    groups: dict[str, dict[str, list[tuple[Column, str]]]] = {}
    for column in table.columns:
        if column.normalise:
            normaliser, result = column.normalise
            groups.setdefault(normaliser, {}).setdefault(column.path[0], []).append((column, result))
    return groups


def _unread(raw: pd.DataFrame, path: str, reason: pd.Series, table: str, column: str) -> pd.DataFrame:
    there = reason.notna()
    return pd.DataFrame(
        {
            "nct_id": raw.loc[there, "nct_id"],
            "table_name": table,
            "column_name": column,
            "path": path,
            "raw_value": raw.loc[there, path],
            "reason": reason[there],
        }
    )
