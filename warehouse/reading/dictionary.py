"""The data dictionary: every column of the published warehouse, with the comments that the file carries."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from extract.errors import BadSetting
from extract.printable import escape_markdown_in_line
from transform.catalog.files import load_catalog
from warehouse.connect import fetch_dicts
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

Entry = dict[str, Any]
"""One column: schema, table, table_comment, column, type, comment and path (None if no path fills the column).

`add_profiles` adds null_rate and example.
"""

_CLOSE_NAMES = 3


def read_dictionary(connection: DuckDBPyConnection) -> list[Entry]:
    """Return one entry per column, in the order to read them; commas join the paths of a column with several."""
    entries = fetch_dicts(connection, read_sql("statements", "dictionary"))
    # The file's comments do not hold the paths: they come from the catalog of this version.
    paths = _map_columns_to_paths()
    return [{**entry, "path": paths.get((entry["schema"], entry["table"], entry["column"]))} for entry in entries]


def find_table(entries: Iterable[Entry], name: str) -> str:
    """Return the full name of a table or view: `trials` is `main.trials`, and another schema's may be named alone too.

    Raises:
        BadSetting: No table has the name, or several schemas have one.
    """
    tables = list(dict.fromkeys(get_table_name(entry) for entry in entries))
    wanted = name.lower()
    for full_name in (wanted, f"main.{wanted}"):
        if full_name in tables:
            return full_name
    found = [table for table in tables if table.partition(".")[2] == wanted]
    if len(found) == 1:
        return found[0]
    close = found or _find_close_names(tables, wanted)
    raise BadSetting(
        f"the warehouse has {'several tables' if found else 'no table'} with the name {name}",
        stands="nothing was changed",
        next_step=f"name one of these: {', '.join(close)}" if close else "find it with `aclf docs --grep WORD`",
    )


def search_entries(entries: Iterable[Entry], word: str) -> tuple[list[Entry], list[str]]:
    """Return the columns, and the tables, whose name or comment has a word; upper and lower case are one.

    Returns:
        The entries of the columns, and the full names of the tables.
    """
    columns, tables = [], []
    for table, of_table in groupby(entries, key=get_table_name):
        listed = list(of_table)
        if _has_word(word, table, listed[0]["table_comment"]):
            tables.append(table)
        columns += [entry for entry in listed if _has_word(word, entry["column"], entry["comment"])]
    return columns, tables


def get_table_name(entry: Entry) -> str:
    """Return the name of an entry's table, with its schema."""
    return f"{entry['schema']}.{entry['table']}"


def format_dictionary(entries: Iterable[Entry]) -> str:
    """Return the dictionary as Markdown: a heading per schema and per table, and a table of its columns below."""
    return "\n".join(["# Data dictionary", *_format_sections(entries)]) + "\n"


def format_rate(rate: float) -> str:
    """Return a share in percent, of which only none is 0 % and only all is 100 %."""
    percent = round(rate * 100)
    if rate and not percent:
        return "< 1 %"
    return "> 99 %" if percent == _ALL and rate < 1 else f"{percent} %"


_ALL = 100


def _has_word(word: str, *texts: str | None) -> bool:
    return any(word.lower() in (text or "").lower() for text in texts)


def _find_close_names(tables: list[str], name: str) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name needs it

    by_name = {table.partition(".")[2]: table for table in reversed(tables)}
    return [by_name[close] for close in get_close_matches(name.rpartition(".")[2], by_name, _CLOSE_NAMES)]


def _format_sections(entries: Iterable[Entry]) -> Iterator[str]:
    # `groupby` needs the entries of a table side by side: the query has sorted them.
    for schema, schema_entries in groupby(entries, key=lambda entry: entry["schema"]):
        yield f"\n## {schema}"
        for table, table_entries in groupby(schema_entries, key=lambda entry: entry["table"]):
            columns = list(table_entries)
            yield f"\n### {schema}.{table}\n\n{columns[0]['table_comment']}\n\n{_format_header(columns[0])}"
            yield from (_format_row(column) for column in columns)


def _format_header(entry: Entry) -> str:
    names = ["column", "type", "meaning", "path", *(["missing", "example"] if "null_rate" in entry else [])]
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def _format_row(entry: Entry) -> str:
    path = f"`{entry['path'].replace(', ', '`, `')}`" if entry["path"] else ""
    meaning = (entry["comment"] or "").replace("|", "\\|")
    cells = [entry["column"], entry["type"], meaning, path]
    if "null_rate" in entry:
        cells.append("" if entry["null_rate"] is None else format_rate(entry["null_rate"]))
        cells.append(escape_markdown_in_line(entry["example"] or ""))
    return f"| {' | '.join(cells)} |"


def _map_columns_to_paths() -> dict[tuple[str, str, str], str]:
    """Return the joined paths of each column that has any, by schema, table and column name."""
    joined_paths = {}
    for table in load_catalog().tables:
        for column in table.columns:
            paths = table.get_column_paths(column)
            if paths:
                joined_paths[table.schema, table.name, column.name] = ", ".join(paths)
    return joined_paths
