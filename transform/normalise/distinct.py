"""What all normalisers share: they take a column of text, and work on each distinct value only once."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


def on_distinct_values(
    normalise: Callable[[pd.Series[str]], pd.DataFrame],
) -> Callable[[pd.Series[Any]], pd.DataFrame]:
    """Make a normaliser of distinct texts into a normaliser of any column.

    Dates, statuses and phases repeat thousands of times in the registry. Working on each value once is what makes the
    normalisers fast.

    Args:
        normalise: takes distinct texts of dtype `str`, at most one of them NULL. Returns one row per text, in the same
            order.

    Returns:
        A function from a column, of any dtype and index, to a frame on the same index.
    """

    @wraps(normalise)
    def normalise_column(raw: pd.Series[Any]) -> pd.DataFrame:
        # A column without any value has the dtype object or float. From here on it is text.
        positions, distinct = pd.factorize(raw.astype("str"), use_na_sentinel=False)
        return normalise(pd.Series(distinct)).take(positions).set_axis(raw.index)

    return normalise_column
