"""Row ids of tables whose rows pandas makes: the same rule as for those of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.model import ROWS_PER_TRIAL

if TYPE_CHECKING:
    import pandas as pd


def make_row_ids(nct_ids: pd.Series[str]) -> pd.Series[int]:
    """Return the row id of each row: its NCT number's digits times ten million, plus its number within the trial.

    Args:
        nct_ids: the NCT number of each row. Within a trial the rows are in the order in which they are counted.
    """
    digits = nct_ids.str.removeprefix("NCT").astype("int64")
    ids: pd.Series[int] = digits * ROWS_PER_TRIAL + nct_ids.groupby(nct_ids).cumcount() + 1
    return ids
