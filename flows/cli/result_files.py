"""`aclf query -o FILE`: write a query's rows to a file whose ending says its format."""

from __future__ import annotations

from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from extract.files import write_aside
from warehouse.errors import BadQuery, ExportFailed
from warehouse.reading.values import name_apart, write_csv, write_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duckdb import DuckDBPyConnection

_ROWS_TOGETHER = 2048


class WrittenRows(NamedTuple):
    """How many rows and columns a file has, and how many of its texts were cut because a cell of Excel ends there."""

    rows: int
    columns: int
    cut: int = 0


def check_result_path(file: Path) -> None:
    """Refuse a file whose ending names no format.

    Raises:
        BadQuery: the ending is none of those that are written.
    """
    if file.suffix.lower() not in _WRITERS:
        endings = ", ".join(_WRITERS)
        raise BadQuery(f"the ending of {file} says no format", next_step=f"give it one of these endings: {endings}")


def write_result(
    file: Path, run: Callable[[Callable[[DuckDBPyConnection], WrittenRows]], WrittenRows], *, is_safe: bool
) -> WrittenRows:
    """Write the rows of a query to a file, which is there whole or not at all.

    Args:
        file: the file; an older one is replaced.
        run: runs the query, and gives its result to the function that it gets.
        is_safe: whether no text in a CSV file is a formula to a spreadsheet.

    Raises:
        BadQuery: the query is refused; an older file stays.
        ExportFailed: the file cannot be written, or cannot hold the rows.
    """
    write = _WRITERS[file.suffix.lower()]
    try:
        # Open the file first: a folder that cannot be written to is no reason to wait for a long query.
        with write_aside(file) as opened, TemporaryDirectory(prefix=".aclf-", dir=file.absolute().parent) as scratch:
            return run(lambda result: write(result, opened, Path(scratch), is_safe))
    except OSError as error:
        raise ExportFailed(
            f"{file} could not be written ({error.strerror or error})",
            stands="an earlier file of that name is as it was",
            next_step="free some space, correct the permissions or name another folder, then run the command again",
        ) from error


def _list_names(result: DuckDBPyConnection) -> list[str]:
    return [column[0] for column in result.description]


def _iterate_rows(result: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(_ROWS_TOGETHER):
        yield from rows


def _write_csv(result: DuckDBPyConnection, file: BinaryIO, _scratch: Path, is_safe: bool) -> WrittenRows:  # noqa: FBT001 - all writers have these arguments
    names = _list_names(result)
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    rows = write_csv(text, names, _iterate_rows(result), is_safe=is_safe)
    text.detach()
    return WrittenRows(rows, len(names))


def _write_json(result: DuckDBPyConnection, file: BinaryIO, _scratch: Path, _is_safe: bool) -> WrittenRows:  # noqa: FBT001 - the same
    names = _list_names(result)
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    rows = write_objects(text, names, _iterate_rows(result))
    text.detach()
    return WrittenRows(rows, len(names))


def _write_parquet(result: DuckDBPyConnection, file: BinaryIO, _scratch: Path, _is_safe: bool) -> WrittenRows:  # noqa: FBT001 - the same
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and only Parquet needs it
    from pyarrow import parquet  # noqa: PLC0415 - the same

    reader = result.to_arrow_reader(_ROWS_TOGETHER)
    # Programs that read Parquet need each name once.
    schema = pa.schema(
        [field.with_name(name) for field, name in zip(reader.schema, name_apart(reader.schema.names), strict=True)]
    )
    rows = 0
    try:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                rows += batch.num_rows
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ExportFailed(
            f"Parquet cannot hold a column of the answer ({error})",
            stands="an earlier file of that name is as it was",
            next_step="cast the column to varchar in the query, or write .json",
        ) from error
    return WrittenRows(rows, len(schema))


def _write_workbook(result: DuckDBPyConnection, file: BinaryIO, scratch: Path, _is_safe: bool) -> WrittenRows:  # noqa: FBT001 - the same
    from warehouse.reading.workbook import SheetTooLarge, open_workbook  # noqa: PLC0415 - only a workbook needs it

    names = _list_names(result)
    try:
        with open_workbook(file, scratch) as book:
            sheet = book.add_sheet("answer", names, _iterate_rows(result))
    except SheetTooLarge as error:
        raise ExportFailed(
            f"the answer does not fit into a sheet of Excel: {error}",
            stands="an earlier file of that name is as it was",
            next_step="ask for less, or write .csv or .parquet",
        ) from error
    return WrittenRows(sheet.rows, len(names), sheet.cut)


_WRITERS: dict[str, Callable[[DuckDBPyConnection, BinaryIO, Path, bool], WrittenRows]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xlsx": _write_workbook,
    ".json": _write_json,
}
"""What writes a file, by its ending."""
