"""`describe`: which tables there are, what a table's columns mean, and where a word stands in the dictionary."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from flows.assistant.answers import Column, Description, Table
from flows.assistant.bounds import fit
from warehouse.errors import BadQuery
from warehouse.reading.dictionary import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from flows.assistant.answers import Night
    from warehouse.reading.dictionary import Entry

MAIN = "main"

_SCHEMAS = {
    "ctgov": "AACT's tables and views under AACT's names and columns, and what AACT drops: every field of the record",
    "codes": "one table for each of the registry's code lists: code, label, group, order, description",
    "raw": "the current record of each trial as JSON, and the terms that relate trials",
    "archive": "every version of every record",
    "ops": "the runs, the data checks, and what could not be read",
}


def answer_describe(connection: DuckDBPyConnection, night: Night, name: str | None, words: str | None) -> Description:
    """Return the tables of a schema, one table with its columns, or the columns that match words.

    Args:
        connection: A reader's.
        night: The night of the warehouse.
        name: A schema, or a table with or without its schema; None for `main`.
        words: Words that the name or the meaning of a column, or of its table, must all have; None for all columns.

    Raises:
        BadQuery: No schema and no table has this name.
    """
    entries = read_dictionary(connection)
    if words:
        chosen = _select(entries, name) if name else entries
        return _describe_found(night, chosen, words.casefold().split())
    schema = name or MAIN
    if any(entry["schema"] == schema for entry in entries):
        tables = [
            _make_table(columns, with_columns=False)
            for columns in _group_by_table(entries)
            if columns[0]["schema"] == schema
        ]
        return Description(night=night, left_out=[], tables=tables, schemas={} if name else _SCHEMAS)
    tables = [_make_table(columns, with_columns=True) for columns in _group_by_table(_select(entries, schema))]
    return Description(night=night, left_out=[], tables=tables, schemas={})


def _select(entries: Sequence[Entry], name: str) -> list[Entry]:
    """Return the columns of the schema or table with this name; a bare name is a table of `main` if there is one."""
    wanted = name.strip().lower()
    chosen = [
        entry
        for entry in entries
        if wanted in (entry["schema"], f"{entry['schema']}.{entry['table']}".lower(), entry["table"].lower())
    ]
    in_main = [entry for entry in chosen if entry["schema"] == MAIN]
    if not chosen:
        raise BadQuery(
            f"no schema and no table is called {name!a}",
            next_step="call `describe` without a name for the tables, or with `words` to search them",
        )
    return in_main or chosen


def _describe_found(night: Night, entries: Iterable[Entry], words: Sequence[str]) -> Description:
    found = [entry for entry in entries if _has_words(entry, words)]
    tables = [_make_table(columns, with_columns=True) for columns in _group_by_table(found)]
    shown = [Table(**table) for table in fit([table.model_dump() for table in tables])]
    left_out = []
    if len(shown) < len(tables):
        left_out.append(f"{len(tables) - len(shown)} of {len(tables)} tables with these words: search for more words")
    return Description(night=night, left_out=left_out, tables=shown, schemas={})


def _has_words(entry: Entry, words: Iterable[str]) -> bool:
    text = f"{entry['column']} {entry['comment'] or ''} {entry['table']}".casefold()
    return all(word in text for word in words)


def _group_by_table(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the columns of each table; the dictionary has sorted them."""
    return [list(columns) for _, columns in groupby(entries, key=lambda entry: (entry["schema"], entry["table"]))]


def _make_table(columns: Sequence[Entry], *, with_columns: bool) -> Table:
    first = columns[0]
    described = [
        Column(name=each["column"], type=each["type"], meaning=each["comment"] or "", path=each["path"])
        for each in columns
    ]
    return Table(
        name=f"{first['schema']}.{first['table']}",
        meaning=first["table_comment"],
        columns=described if with_columns else None,
    )
