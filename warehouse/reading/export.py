"""Every table and view of the published warehouse as files, with a manifest that says what they are."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from extract.files import write_whole
from transform.paths import quote_name, quote_text
from warehouse.connect import fetch_value, open_read_only, open_to_export
from warehouse.errors import ExportFailed
from warehouse.reading.dictionary import read_dictionary
from warehouse.runs import read_newest_runs

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.reading.dictionary import Entry

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file: the table in it, its rows, its SHA-256, what the table is and what its columns are."""

    file: str
    table: str
    rows: int
    sha256: str
    comment: str
    columns: list[dict[str, str]]


def export_tables(warehouse: Path, folder: Path, form: str) -> dict[str, Any]:
    """Write every table and view into a folder, one file each, and `manifest.json` last of all.

    Args:
        warehouse: the published file.
        folder: made where it is not there; files of the same names in it are replaced, each whole.
        form: `parquet` or `csv`. Parquet files carry their comments as metadata (`comment` of the table, `columns` as
            JSON); in CSV a list is its JSON.

    Returns:
        The manifest: `run_id` and `data_timestamp` of the newest run in the warehouse, `format`, and `tables`, a list
        of `ExportedFile`.

    Raises:
        NoWarehouse: there is no warehouse, or it cannot be read.
        ExportFailed: a file could not be written.
    """
    with open_read_only(warehouse) as reader:
        tables = [(key, list(columns)) for key, columns in groupby(read_dictionary(reader), key=_table)]
        run = read_newest_runs(reader, limit=1)[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open_to_export(warehouse) as connection:
            written = [_written(connection, folder, name, columns, form) for name, columns in tables]
        manifest = {"run_id": run["run_id"], "data_timestamp": run["data_timestamp"], "format": form, "tables": written}
        write_whole(folder / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    except (OSError, duckdb.Error) as error:
        raise ExportFailed(f"{folder} could not be written to ({str(error).splitlines()[0]})") from error
    return manifest


def _table(entry: Entry) -> str:
    return f"{entry['schema']}.{entry['table']}"


def _written(
    connection: DuckDBPyConnection, folder: Path, table: str, columns: list[Entry], form: str
) -> dict[str, Any]:
    file, part = folder / f"{table}.{form}", folder / f"{table}.{form}.part"
    told = [{name: entry[name] for name in ("column", "type", "comment")} for entry in columns]
    comment = columns[0]["table_comment"]
    schema, _, name = table.partition(".")
    source = f"{quote_name(schema)}.{quote_name(name)}"
    try:
        rows = fetch_value(
            connection,
            f"copy (select {_values(columns, form)} from {source} order by all) "
            f"to {quote_text(str(part))} ({_options(form, comment, told)})",
        )
        digest = _digest(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return asdict(ExportedFile(file.name, table, rows, digest, comment, told))


def _values(columns: list[Entry], form: str) -> str:
    names = [quote_name(entry["column"]) for entry in columns]
    if form == "csv":
        lists = {quote_name(entry["column"]) for entry in columns if entry["type"].endswith("[]")}
        names = [f"to_json({name}) as {name}" if name in lists else name for name in names]
    return ", ".join(names)


def _options(form: str, comment: str, columns: list[dict[str, str]]) -> str:
    if form == "csv":
        return "format csv, header"
    told = f"comment: {quote_text(comment)}, columns: {quote_text(orjson.dumps(columns).decode())}"
    return f"format parquet, compression zstd, kv_metadata {{{told}}}"


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
