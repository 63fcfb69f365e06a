"""What the values of a column look like: how many are missing, and one of them as an example."""

from __future__ import annotations

import tomllib
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.printable import clean_sentence
from transform.paths import quote_name
from warehouse.reading.values import format_cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

    from warehouse.reading.dictionary import Entry

LONGEST_EXAMPLE = 60
"""Characters."""

_PROFILED = ("main", "ctgov", "codes")
"""The schemas with the registry's data. The others are the warehouse's own bookkeeping, and hold whole records."""

_WITHOUT_EXAMPLE = ("TIMESTAMP", "JSON", "BLOB")
"""Beginnings of types: a time is the night's, and a document is no example."""

_WITH_NUMBER = "select schema_name || '.' || table_name from duckdb_columns() where column_name = 'nct_id'"
"""The tables whose rows are of a trial."""


def add_profiles(connection: DuckDBPyConnection, entries: Iterable[Entry], skipped: Iterable[str]) -> list[Entry]:
    """Return the entries of a dictionary with what the values of each column look like.

    Each table is read once.

    Args:
        connection: A reader of the warehouse.
        entries: The entries; those of a table stand side by side.
        skipped: Tables that take too long to read, with their schema.

    Returns:
        The entries, each with `null_rate`, the share of rows without a value, and `example`, a value as text of at most
        60 characters. Both are None where the table has no rows, or is not read. A column that may hold how to reach a
        person, or any field of a record, has no example.
    """
    slow = set(skipped)
    with_number = {table for (table,) in connection.execute(_WITH_NUMBER).fetchall()}
    profiled = []
    for (schema, table), columns in groupby(entries, key=lambda entry: (entry["schema"], entry["table"])):
        is_read = schema in _PROFILED and f"{schema}.{table}" not in slow
        listed = list(columns)
        if is_read:
            profiled += _profile_table(connection, listed, has_number=f"{schema}.{table}" in with_number)
        else:
            profiled += [_describe(entry) for entry in listed]
    return profiled


def _profile_table(connection: DuckDBPyConnection, columns: list[Entry], *, has_number: bool) -> list[Entry]:
    source = f"{quote_name(columns[0]['schema'])}.{quote_name(columns[0]['table'])}"
    selected = ["count(*)"]
    for column in columns:
        name = quote_name(column["column"])
        selected.append(f"count({name})")
        # The value of the trial with the lowest number that has one: the same in every run, and mostly of one trial.
        example = f"min({{n: nct_id, v: {name}}}) filter ({name} is not null)" if has_number else f"min({name})"
        selected.append(example if _may_be_shown(column) else "null")
    ((rows, *found),) = connection.execute(f"select {', '.join(selected)} from {source}").fetchall()
    profiles = []
    for column, count, example in zip(columns, found[::2], found[1::2], strict=True):
        value = example["v"] if has_number and example is not None else example
        profiles.append(_describe(column, round(1 - count / rows, 4) if rows else None, value))
    return profiles


def _describe(column: Entry, null_rate: float | None = None, example: Any = None) -> Entry:
    text = clean_sentence(format_cell(example).strip(), LONGEST_EXAMPLE)
    # An address in a free text is somebody's.
    is_shown = text and "@" not in text
    return {**column, "null_rate": null_rate, "example": text if is_shown else None}


def _may_be_shown(column: Entry) -> bool:
    personal = _load_personal_columns()
    is_personal = (
        f"{column['schema']}.{column['table']}" in personal["tables"] or column["column"] in personal["columns"]
    )
    return not is_personal and not column["type"].startswith(_WITHOUT_EXAMPLE)


@cache
def _load_personal_columns() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name("personal_columns.toml").read_text(encoding="utf-8"))
