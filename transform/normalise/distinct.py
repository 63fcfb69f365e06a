"""What all normalisers of text share: text in, each distinct value worked on once, the rows' index out."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


def on_distinct_values(
    normalise: Callable[[pd.Series[str]], pd.DataFrame],
) -> Callable[[pd.Series[Any]], pd.DataFrame]:
    """Makes a normaliser of distinct texts into one for any column.

    Dates, statuses and phases repeat thousands of times in the registry, so working on each value once is
    what makes the normalisers fast. An all-NULL column comes as object or float: it is text from here on.

    Args:
        normalise: Gets distinct texts of dtype `str`, at most one of them NULL, and gives one row for each,
            in the same order.

    Returns:
        A function from a column, of any dtype and index, to a frame on the same index.
    """

    @wraps(normalise)
    def normalise_column(raw: pd.Series[Any]) -> pd.DataFrame:
        places, distinct = pd.factorize(raw.astype("str"), use_na_sentinel=False)
        return normalise(pd.Series(distinct)).take(places).set_axis(raw.index)

    return normalise_column
