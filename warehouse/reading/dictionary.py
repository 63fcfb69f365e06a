"""The data dictionary: every column of the published warehouse, with the comments that the file carries."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from transform.catalog.files import load_catalog
from warehouse.connect import fetch_dicts
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

_HEADER = "| column | type | meaning | path |\n|---|---|---|---|"

Entry = dict[str, Any]
"""One column: schema, table, table_comment, column, type, comment and path (None if no path fills the column)."""


def read_dictionary(connection: DuckDBPyConnection) -> list[Entry]:
    """Return one entry per column, in the order to read them; commas join the paths of a column with several."""
    entries = fetch_dicts(connection, read_sql("statements", "dictionary"))
    # The file's comments do not hold the paths: they come from the catalog of this version.
    paths = _map_columns_to_paths()
    return [{**entry, "path": paths.get((entry["schema"], entry["table"], entry["column"]))} for entry in entries]


def format_dictionary(entries: Iterable[Entry]) -> str:
    """Return the dictionary as Markdown: a heading per schema and per table, and a table of its columns below."""
    return "\n".join(["# Data dictionary", *_format_sections(entries)]) + "\n"


def _format_sections(entries: Iterable[Entry]) -> Iterator[str]:
    # `groupby` needs the entries of a table side by side: the query has sorted them.
    for schema, schema_entries in groupby(entries, key=lambda entry: entry["schema"]):
        yield f"\n## {schema}"
        for table, table_entries in groupby(schema_entries, key=lambda entry: entry["table"]):
            columns = list(table_entries)
            yield f"\n### {schema}.{table}\n\n{columns[0]['table_comment']}\n\n{_HEADER}"
            yield from (_format_row(column) for column in columns)


def _format_row(entry: Entry) -> str:
    path = f"`{entry['path'].replace(', ', '`, `')}`" if entry["path"] else ""
    meaning = (entry["comment"] or "").replace("|", "\\|")
    return f"| {entry['column']} | {entry['type']} | {meaning} | {path} |"


def _map_columns_to_paths() -> dict[tuple[str, str, str], str]:
    """Return the joined paths of each column that has any, by schema, table and column name."""
    joined_paths = {}
    for table in load_catalog().tables:
        for column in table.columns:
            paths = table.get_column_paths(column)
            if paths:
                joined_paths[table.schema, table.name, column.name] = ", ".join(paths)
    return joined_paths
