"""`aclf docs`: print the data dictionary, one table of it, or what has a word in its name or meaning."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING

from extract.printable import remove_controls
from flows.cli.streams import open_document
from flows.cli.terminal import print_json, print_lines
from warehouse.connect import open_read_only
from warehouse.reading.dictionary import (
    find_table,
    format_dictionary,
    format_rate,
    get_table_name,
    read_dictionary,
    search_entries,
)
from warehouse.reading.profile import add_profiles
from warehouse.reading.slow_views import find_slow_views
from warehouse.reading.values import count_things

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from warehouse.reading.dictionary import Entry

_KEYS = ("schema", "table", "column", "type", "comment", "path")
_KEYS_OF_VALUES = ("null_rate", "example")


def print_docs(warehouse: Path, table: str | None, word: str | None, *, reads_values: bool, as_json: bool) -> None:
    """Print the dictionary: as Markdown; a part of it on a terminal as lines that fit.

    Args:
        warehouse: the published file.
        table: the only table that is printed, or None.
        word: what a column or a table has in its name or comment, or None for all.
        reads_values: whether the values are read, as they are for a part: how many are missing, and an example.
        as_json: whether one object a column is printed.

    Raises:
        BadSetting: no table has the name.
    """
    with open_read_only(warehouse) as connection:
        entries = read_dictionary(connection)
        if table is not None:
            name = find_table(entries, table)
            entries = [entry for entry in entries if get_table_name(entry) == name]
        tables: list[Entry] = []
        if word is not None:
            found, names = search_entries(entries, word)
            # A table that has the word itself is shown by its heading, also without a column that has it.
            with_column = {get_table_name(entry) for entry in found}
            tables = [entry for entry in _list_first(entries) if get_table_name(entry) in {*names} - with_column]
            entries = found
        is_part = table is not None or word is not None
        if reads_values or is_part:
            entries = add_profiles(connection, entries, find_slow_views(connection))
    if as_json:
        keys = [*_KEYS, *(key for key in _KEYS_OF_VALUES if entries and key in entries[0])]
        print_json([{key: entry[key] for key in keys} for entry in entries])
    elif is_part and sys.stdout.isatty():
        print_lines(_format_part(entries, tables, word))
    else:
        open_document().write(remove_controls(format_dictionary(entries)))


def _list_first(entries: Sequence[Entry]) -> list[Entry]:
    """Return the first entry of each table."""
    return [next(of_table) for _, of_table in groupby(entries, key=get_table_name)]


def _format_part(entries: Sequence[Entry], tables: Sequence[Entry], word: str | None) -> Iterator[str]:
    """Yield the lines of some columns, below the headings of their tables, and of tables without columns."""
    for _, of_table in groupby(entries, key=get_table_name):
        columns = list(of_table)
        yield from _format_heading(columns[0])
        for column in columns:
            yield from _format_column(column)
        yield ""
    for first in tables:
        yield from _format_heading(first)
        yield ""
    counted = count_things(len(entries), "column")
    if word is None:
        yield f"{counted}."
    else:
        names = f" and {count_things(len(tables), 'table')} of which no column has it" if tables else ""
        yield f"{counted}{names}: {word} is in the name or the meaning."


def _format_heading(first: Entry) -> Iterator[str]:
    yield get_table_name(first)
    yield f"  {first['table_comment']}"


def _format_column(column: Entry) -> Iterator[str]:
    facts = [column["type"]]
    if column["null_rate"] is not None:
        facts.append(f"{format_rate(column['null_rate'])} missing")
    if column["example"]:
        facts.append(f"such as {column['example']}")
    yield ""
    yield f"  {column['column']}  {', '.join(facts)}"
    yield f"    {column['comment']}"
    if column["path"]:
        yield f"    {column['path']}"
