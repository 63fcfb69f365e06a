"""Export every table and view of the published warehouse to files, with a manifest that describes them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from extract.client import api
from extract.files import hash_file, write_whole
from extract.printable import FORMULA_STARTS
from transform.paths import quote_name, quote_text
from warehouse.connect import open_read_only, open_to_export
from warehouse.errors import ExportFailed
from warehouse.reading.dictionary import find_table, get_table_name, read_dictionary
from warehouse.reading.exported_workbook import export_workbook
from warehouse.reading.slow_views import find_slow_views
from warehouse.reading.sorted_copy import copy_sorted
from warehouse.runs import read_newest_runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

    from warehouse.reading.dictionary import Entry

MANIFEST = "manifest.json"

SAFE_CSV = "safe csv"
"""CSV in which no cell is a formula to a spreadsheet."""

WORKBOOK = "xlsx"

_FORMULAS = {
    "csv": "Cells are as the registry has them. A spreadsheet may run a cell that begins with = + - @, a tab or a "
    "carriage return as a formula; `aclf export --safe-csv` writes an apostrophe before it.",
    SAFE_CSV: "A text that begins with = + - @, a tab or a carriage return has an apostrophe before it, so that no "
    "spreadsheet runs it as a formula.",
    WORKBOOK: "No cell is a formula. A text that begins with = + - @ is marked as a text, and stays one after an edit.",
}
"""What the manifest says about formulas, for each format that spreadsheets open."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One exported file.

    Attributes:
        file: The name of the file.
        table: The table or view in it, with its schema.
        rows: The number of rows.
        sha256: The SHA-256 of its bytes, in hexadecimal.
        comment: What the table is.
        columns: The name (`column`), `type` and `comment` of each column.
    """

    file: str
    table: str
    rows: int
    sha256: str
    comment: str
    columns: list[dict[str, str]]


def export_tables(warehouse: Path, folder: Path, file_format: str, only: Iterable[str] = ()) -> dict[str, Any]:
    """Write every table and view into a folder, one file each, and `manifest.json` after all of them.

    A workbook has the tables and views of the schema `main`, one sheet each.

    Args:
        warehouse: The published file.
        folder: Created if it is missing; a file of the same name in it is replaced as a whole.
        file_format: `parquet`, `csv`, `SAFE_CSV` or `WORKBOOK`. A Parquet file carries its comments as metadata
            (`comment` of the table, `columns` as JSON). In CSV a list is written as JSON.
        only: The names of the only tables that are exported; none for all.

    Returns:
        The manifest: `source`, `run_id` and `data_timestamp` of the newest run in the warehouse, `format`, `formulas`
        (not for Parquet), `tables`, a list of `ExportedFile`, and `left_out`: the reason for each table without a file,
        by its name. That of a workbook also has `cut`: what is said about each table whose texts were cut.

    Raises:
        NoWarehouse: The warehouse does not exist, or cannot be read.
        BadSetting: The warehouse does not have a table of `only`.
        ExportFailed: A file could not be written.
    """
    # Close the reader before the export opens the same file: DuckDB allows one configuration per file and process.
    with open_read_only(warehouse) as reader:
        entries = read_dictionary(reader)
        run = read_newest_runs(reader, limit=1)[0]
        slow = find_slow_views(reader)
    chosen = _choose_tables(entries, file_format, only)
    left_out = {name: slow[name] for name, _ in chosen if name in slow}
    tables = [(name, columns) for name, columns in chosen if name not in left_out]
    manifest: dict[str, Any] = {
        "source": api.SOURCE,
        "run_id": run["run_id"],
        "data_timestamp": run["data_timestamp"],
        "format": _get_file_ending(file_format),
        **({"formulas": _FORMULAS[file_format]} if file_format in _FORMULAS else {}),
        "tables": [],
        "left_out": left_out,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts = [] if file_format == WORKBOOK else [_get_part(folder, name, file_format) for name, _ in tables]
        with (
            TemporaryDirectory(prefix="unsorted-", dir=folder.absolute()) as scratch,
            open_to_export(warehouse, parts, Path(scratch)) as connection,
        ):
            if file_format == WORKBOOK:
                file = folder / f"{warehouse.stem}.{WORKBOOK}"
                export_workbook(connection, file, tables, manifest, run["started_at"], Path(scratch))
            else:
                manifest["tables"] = [
                    _export_table(connection, folder, name, columns, file_format, Path(scratch))
                    for name, columns in tables
                ]
        # The manifest comes last, so that it names only files that are complete.
        write_whole(folder / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    except duckdb.OutOfMemoryException as error:
        reason = str(error).splitlines()[0]
        raise ExportFailed(
            f"the tables could not be written to {folder} ({reason})",
            next_step="let DuckDB hold more (ACLF_MEMORY) and run the command again",
        ) from error
    except (OSError, duckdb.Error) as error:
        reason = str(error).splitlines()[0]
        raise ExportFailed(f"the tables could not be written to {folder} ({reason})") from error
    return manifest


def _choose_tables(entries: list[Entry], file_format: str, only: Iterable[str]) -> list[tuple[str, list[Entry]]]:
    """Return the tables to export, each with its columns: those that are named, or all that the format is for."""
    named = {find_table(entries, name) for name in only}
    tables = [(name, list(columns)) for name, columns in groupby(entries, key=get_table_name)]
    if named:
        return [table for table in tables if table[0] in named]
    # A workbook is for people, who look at the analysts' tables.
    return [table for table in tables if file_format != WORKBOOK or table[0].startswith("main.")]


def _get_part(folder: Path, table: str, file_format: str) -> Path:
    """Return the temporary name of an exported file."""
    return folder.absolute() / f"{table}.{_get_file_ending(file_format)}.part"


def _export_table(
    connection: DuckDBPyConnection,
    folder: Path,
    table: str,
    entries: list[Entry],
    file_format: str,
    scratch: Path,
) -> dict[str, Any]:
    """Write one table and return its `ExportedFile` as a dictionary."""
    file, part = folder / f"{table}.{_get_file_ending(file_format)}", _get_part(folder, table, file_format)
    columns = [{key: entry[key] for key in ("column", "type", "comment")} for entry in entries]
    comment = entries[0]["table_comment"]
    schema, _, name = table.partition(".")
    source = f"{quote_name(schema)}.{quote_name(name)}"
    options = _format_copy_options(file_format, comment, columns)
    # A part of a killed export may be there still. DuckDB would write beside it, which it may not.
    part.unlink(missing_ok=True)
    # Write to a temporary name and rename, so that no reader ever sees half a file.
    # The fixed order makes two exports of the same warehouse equal, byte for byte.
    try:
        rows = copy_sorted(connection, source, _list_columns(entries, file_format), part, options, scratch)
        sha256 = hash_file(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return asdict(ExportedFile(file.name, table, rows, sha256, comment, columns))


def _get_file_ending(file_format: str) -> str:
    return "csv" if file_format == SAFE_CSV else file_format


def _list_columns(entries: list[Entry], file_format: str) -> str:
    """Return the columns to select, as SQL; for CSV each list becomes JSON, and for safe CSV no text is a formula."""
    selected = []
    for entry in entries:
        name = quote_name(entry["column"])
        if entry["type"].endswith("[]") and file_format != "parquet":
            selected.append(f"to_json({name}) as {name}")
        elif entry["type"] == "VARCHAR" and file_format == SAFE_CSV:
            selected.append(f"if(left({name}, 1) in ({_list_formula_starts()}), chr(39) || {name}, {name}) as {name}")
        else:
            selected.append(name)
    return ", ".join(selected)


def _list_formula_starts() -> str:
    return ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)


def _format_copy_options(file_format: str, comment: str, columns: list[dict[str, str]]) -> str:
    # CSV has no place for metadata; the manifest holds the comments.
    if file_format != "parquet":
        return "format csv, header"
    metadata = f"comment: {quote_text(comment)}, columns: {quote_text(orjson.dumps(columns).decode())}"
    return f"format parquet, compression zstd, kv_metadata {{{metadata}}}"
