"""Copy the rows of a table or view into a file in a fixed order, within DuckDB's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from transform.paths import quote_text
from warehouse.connect import fetch_value

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

TRIALS_PER_PIECE = 4000
"""Trials whose rows are sorted together where all rows do not fit into memory. 4,000 records take 70 MB."""

_ROWS_TOGETHER = 512
"""Rows that a Parquet file has in one group, if they are large. DuckDB holds a group in memory."""


def copy_sorted(
    connection: DuckDBPyConnection, source: str, columns: str, file: Path, options: str, scratch: Path
) -> int:
    """Copy rows into a file, in the order of all their columns, and return how many.

    DuckDB cannot sort long texts that do not fit into memory. Such a table is sorted in pieces, by NCT number.

    Args:
        connection: A connection that may write the file, and in the scratch folder.
        source: A table or view, quoted.
        columns: What is selected from it, as SQL.
        file: The file.
        options: How DuckDB writes it: the options of COPY.
        scratch: A folder for pieces.

    Raises:
        duckdb.OutOfMemoryException: A piece does not fit into memory, or the source has no NCT numbers.
    """
    selection = f"select {columns} from {source}"
    try:
        return _copy(connection, f"{selection} order by all", file, options)
    except duckdb.OutOfMemoryException:
        first_column, *_ = connection.execute(f"describe {selection}").fetchall()[0]
        # Pieces by the NCT number are in the order of all columns only if that is the first of them.
        if first_column != "nct_id":
            raise
        # What is there of the file. DuckDB would write beside it, which it may not.
        file.unlink(missing_ok=True)
    pieces = ", ".join(quote_text(str(piece)) for piece in _sort_in_pieces(connection, selection, scratch))
    if options.startswith("format parquet"):
        options += f", row_group_size {_ROWS_TOGETHER}"
    return _copy(connection, f"from read_parquet([{pieces}])", file, options)


def _sort_in_pieces(connection: DuckDBPyConnection, selection: str, scratch: Path) -> list[Path]:
    """Write the selected rows into files, each with the rows of some trials in the order of all columns."""
    found = connection.execute(f"select distinct nct_id from ({selection}) where nct_id is not null order by nct_id")
    numbers = [quote_text(nct_id) for (nct_id,) in found.fetchall()]
    together = [numbers[first : first + TRIALS_PER_PIECE] for first in range(0, len(numbers), TRIALS_PER_PIECE)]
    conditions = [f"nct_id between {trials[0]} and {trials[-1]}" for trials in together]
    pieces: list[Path] = []
    # Rows without a number come last, as in the order of all rows.
    for condition in [*conditions, "nct_id is null"]:
        pieces.append(scratch / f"{len(pieces)}.parquet")
        options = f"format parquet, row_group_size {_ROWS_TOGETHER}"
        _copy(connection, f"{selection} where {condition} order by all", pieces[-1], options)
    return pieces


def _copy(connection: DuckDBPyConnection, query: str, file: Path, options: str) -> int:
    count: int = fetch_value(connection, f"copy ({query}) to {quote_text(str(file))} ({options})")
    return count
