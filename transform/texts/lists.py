"""Lists of the values that belong together, for the columns that are lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    Values = Sequence[Any] | pd.Series[Any]


def collect_lists(values: Values, keys: Values) -> pd.Series[Any]:
    """Return the values of each key as a list, in their order; the index has the keys, sorted.

    pandas' own `groupby(...).agg(list)` makes a series of each group first, which takes thirty times as long.
    """
    held = np.asarray(values, dtype="object")
    numbers, names = pd.factorize(np.asarray(keys), sort=True)
    order = np.argsort(numbers, kind="stable")
    ends = np.bincount(numbers, minlength=len(names)).cumsum().tolist()
    sorted_values = held[order].tolist()
    lists = [sorted_values[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if ends else []
    return pd.Series(lists, index=pd.Index(names), dtype="object")
