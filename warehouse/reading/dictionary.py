"""The data dictionary: every column of the published warehouse, from the comments that it carries."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from transform.catalog.model import load_catalog
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

_HEAD = "| column | type | meaning | path |\n|---|---|---|---|"

Entry = dict[str, Any]
"""One column: schema, table, table_comment, column, type, comment and path (None where it comes from no path)."""


def read_dictionary(connection: DuckDBPyConnection) -> list[Entry]:
    """One entry a column, in the order to read them; a column with several sources has their paths joined by commas."""
    result = connection.execute(read_sql("statements", "dictionary"))
    names = [column[0] for column in result.description]
    entries = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    paths = _paths()
    return [{**entry, "path": paths.get((entry["schema"], entry["table"], entry["column"]))} for entry in entries]


def format_dictionary(entries: Iterable[Entry]) -> str:
    """The dictionary as a document: a heading a schema, one a table, and below it a table of its columns."""
    return "\n".join(["# Data dictionary", *_sections(entries)]) + "\n"


def _sections(entries: Iterable[Entry]) -> Iterator[str]:
    for schema, of_schema in groupby(entries, key=lambda entry: entry["schema"]):
        yield f"\n## {schema}"
        for table, columns in groupby(of_schema, key=lambda entry: entry["table"]):
            rows = list(columns)
            yield f"\n### {schema}.{table}\n\n{rows[0]['table_comment']}\n\n{_HEAD}"
            yield from (_row(row) for row in rows)


def _row(entry: Entry) -> str:
    path = f"`{entry['path'].replace(', ', '`, `')}`" if entry["path"] else ""
    meaning = (entry["comment"] or "").replace("|", "\\|")
    return f"| {entry['column']} | {entry['type']} | {meaning} | {path} |"


def _paths() -> dict[tuple[str, str, str], str]:
    return {
        (table.schema, table.name, column.name): ", ".join(paths)
        for table in load_catalog().tables
        for column in table.columns
        if (paths := table.column_paths(column))
    }
