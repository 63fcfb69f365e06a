"""Export tables as one Excel workbook: a sheet for each, the dictionary, and where the data is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extract.files import hash_file, write_aside
from transform.paths import quote_name, quote_text
from warehouse.reading.sorted_copy import copy_sorted
from warehouse.reading.workbook import MOST_CHARACTERS, MOST_ROWS, open_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.reading.dictionary import Entry
    from warehouse.reading.workbook import Sheet, SheetWriter

_DICTIONARY = ("table", "column", "type", "meaning", "path")
_ROWS_TOGETHER = 256


def export_workbook(
    connection: DuckDBPyConnection,
    file: Path,
    tables: Sequence[tuple[str, list[Entry]]],
    manifest: dict[str, Any],
    made: datetime,
    scratch: Path,
) -> None:
    """Write tables into a workbook, and add to the manifest what is in it, what was left out and what was cut.

    Args:
        connection: May write and read in the scratch folder.
        file: The workbook; an older one is replaced as a whole.
        tables: The full name and the columns of each table.
        manifest: Gets `tables`, `left_out` and `cut`.
        made: The time that the workbook gives as its own. The same warehouse gives the same bytes.
        scratch: A folder for the rows.
    """
    described: list[dict[str, Any]] = []
    manifest["cut"] = {}
    about = f"Source: {manifest['source']}. Data of {manifest['data_timestamp']} UTC."
    with write_aside(file) as opened, open_workbook(opened, scratch, made=made, comments=about) as book:
        for table, columns in tables:
            sheet = _add_table(connection, book, table, columns, scratch)
            if sheet is None:
                manifest["left_out"][table] = (
                    f"It has more than {MOST_ROWS:,} rows, which is what a sheet of Excel has: use --format parquet."
                )
                continue
            described.append(_describe_sheet(file, sheet, table, columns))
            if sheet.cut:
                manifest["cut"][table] = (
                    f"{sheet.cut:,} {'text is' if sheet.cut == 1 else 'texts are'} cut at {MOST_CHARACTERS:,} "
                    "characters, where a cell of Excel ends; Parquet and CSV have them whole."
                )
        shown = [
            [table, *(entry[key] for key in ("column", "type", "comment", "path"))]
            for table, columns in tables
            for entry in columns
        ]
        book.add_sheet("dictionary", _DICTIONARY, shown)
        book.add_sheet("about", ("sheet", "rows", "meaning"), _list_facts(manifest, described))
    # The hash is that of the whole workbook, so it is known last.
    sha256 = hash_file(file)
    manifest["tables"] = [{**table, "sha256": sha256} for table in described]


def _add_table(
    connection: DuckDBPyConnection, book: SheetWriter, table: str, columns: list[Entry], scratch: Path
) -> Sheet | None:
    """Add a table as a sheet, or return None if it has more rows than a sheet."""
    schema, _, name = table.partition(".")
    part = scratch / "sheet.parquet"
    part.unlink(missing_ok=True)
    # Sorted on the disk first: so the rows are in a fixed order, and few of them are in memory.
    names = [column["column"] for column in columns]
    selected = ", ".join(map(quote_name, names))
    rows = copy_sorted(
        connection, f"{quote_name(schema)}.{quote_name(name)}", selected, part, "format parquet", scratch
    )
    if rows > MOST_ROWS:
        return None
    return book.add_sheet(name if schema == "main" else table, names, _iterate_rows(connection, part))


def _iterate_rows(connection: DuckDBPyConnection, part: Path) -> Iterator[tuple[Any, ...]]:
    result = connection.execute(f"from read_parquet({quote_text(str(part))})")
    while rows := result.fetchmany(_ROWS_TOGETHER):
        yield from rows


def _describe_sheet(file: Path, sheet: Sheet, table: str, columns: list[Entry]) -> dict[str, Any]:
    return {
        "file": file.name,
        "sheet": sheet.name,
        "table": table,
        "rows": sheet.rows,
        "comment": columns[0]["table_comment"],
        "columns": [{key: entry[key] for key in ("column", "type", "comment")} for entry in columns],
    }


def _list_facts(manifest: dict[str, Any], described: list[dict[str, Any]]) -> list[list[Any]]:
    """Return the rows of the sheet that says what the others are, and where the data is from."""
    left_out = [[name, None, f"Left out. {reason}"] for name, reason in manifest["left_out"].items()]
    cut = [[name, None, note] for name, note in manifest["cut"].items()]
    return [
        ["source", None, manifest["source"]],
        ["data of (UTC)", None, manifest["data_timestamp"]],
        ["run", None, str(manifest["run_id"])],
        *([table["sheet"], table["rows"], table["comment"]] for table in described),
        ["dictionary", None, "What each column of the sheets means, and its path in the registry's records."],
        *left_out,
        *cut,
    ]
