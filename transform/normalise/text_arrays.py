"""Texts as one Arrow array, for Arrow's searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd


def make_text_array(texts: pd.Series[str]) -> pa.StringArray:
    """Return texts as one array; pandas may keep them in several pieces, in which positions count anew."""
    array = pa.array(texts.astype("str"), pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
