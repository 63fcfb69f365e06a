"""Export every table and view of the published warehouse to files, with a manifest that describes them."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from extract.files import write_whole
from extract.printable import FORMULA_STARTS
from transform.paths import quote_name, quote_text
from warehouse.connect import fetch_value, open_read_only, open_to_export
from warehouse.errors import ExportFailed
from warehouse.loading.related_trials import KEPT_UP_TO
from warehouse.reading.dictionary import read_dictionary
from warehouse.reading.sorted_copy import copy_sorted
from warehouse.runs import read_newest_runs

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.reading.dictionary import Entry

MANIFEST = "manifest.json"

RANKED_WHEN_READ = ("main.see_also", "raw.ranked_terms", "raw.unranked_terms")
"""Views that take minutes in a large set. They are left out there, and the manifest says so."""

SAFE_CSV = "safe csv"
"""CSV in which no cell is a formula to a spreadsheet."""

_FORMULAS = {
    "csv": "Cells are as the registry has them. A spreadsheet may run a cell that begins with = + - @, a tab or a "
    "carriage return as a formula; `aclf export --safe-csv` writes an apostrophe before it.",
    SAFE_CSV: "A text that begins with = + - @, a tab or a carriage return has an apostrophe before it, so that no "
    "spreadsheet runs it as a formula.",
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


def export_tables(warehouse: Path, folder: Path, file_format: str) -> dict[str, Any]:
    """Write every table and view into a folder, one file each, and `manifest.json` after all of them.

    Args:
        warehouse: The published file.
        folder: Created if it is missing; a file of the same name in it is replaced as a whole.
        file_format: `parquet`, `csv` or `SAFE_CSV`. A Parquet file carries its comments as metadata (`comment` of the
            table, `columns` as JSON). In CSV a list is written as JSON.

    Returns:
        The manifest: `run_id` and `data_timestamp` of the newest run in the warehouse, `format`, `formulas` (only for
        CSV), `tables`, a list of `ExportedFile`, and `left_out`: the reason for each view without a file, by its name.

    Raises:
        NoWarehouse: The warehouse does not exist, or cannot be read.
        ExportFailed: A file could not be written.
    """
    # Close the reader before the export opens the same file: DuckDB allows one configuration per file and process.
    with open_read_only(warehouse) as reader:
        entries = read_dictionary(reader)
        run = read_newest_runs(reader, limit=1)[0]
        left_out = _find_left_out(reader)
    tables = [(name, list(columns)) for name, columns in groupby(entries, key=_get_table_name) if name not in left_out]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts = [_get_part(folder, name, file_format) for name, _ in tables]
        with (
            TemporaryDirectory(prefix="unsorted-", dir=folder.absolute()) as scratch,
            open_to_export(warehouse, parts, Path(scratch)) as connection,
        ):
            exported = [
                _export_table(connection, folder, name, columns, file_format, Path(scratch)) for name, columns in tables
            ]
        # The manifest comes last, so that it names only files that are complete.
        manifest = {
            "run_id": run["run_id"],
            "data_timestamp": run["data_timestamp"],
            "format": _get_file_ending(file_format),
            **({"formulas": _FORMULAS[file_format]} if file_format in _FORMULAS else {}),
            "tables": exported,
            "left_out": left_out,
        }
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


def _find_left_out(reader: DuckDBPyConnection) -> dict[str, str]:
    """Return the views that are not exported, each with the reason."""
    if fetch_value(reader, "select count(*) from main.trials") <= KEPT_UP_TO:
        return {}
    reason = f"With more than {KEPT_UP_TO} trials this is ranked when it is read: ask main.see_also_of('NCT...')."
    return dict.fromkeys(RANKED_WHEN_READ, reason)


def _get_part(folder: Path, table: str, file_format: str) -> Path:
    """Return the temporary name of an exported file."""
    return folder.absolute() / f"{table}.{_get_file_ending(file_format)}.part"


def _get_table_name(entry: Entry) -> str:
    return f"{entry['schema']}.{entry['table']}"


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
        sha256 = _hash_file(part)
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


def _hash_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
