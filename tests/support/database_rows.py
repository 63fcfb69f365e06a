"""Compare the rows of a database with those of the published file, table by table."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows = Counter[tuple[Any, ...]]

_TABLES = """
select columns.schema_name, columns.table_name, list(column_name order by column_index)
from duckdb_columns() as columns
join duckdb_tables() as tables using (schema_oid, table_oid)
where not columns.internal and not tables.internal
group by all
order by all
"""


def find_differing_tables(warehouse: Path, fetch: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, str]:
    """Return the tables whose rows differ, and how: the names are those of the file.

    Args:
        warehouse: the published file.
        fetch: runs a query in the database, and returns its rows; JSON may be parsed or a text.
    """
    differing = {}
    with duckdb.connect(str(warehouse.resolve()), read_only=True) as file:
        file.execute("set timezone = 'UTC'")
        for schema, table, columns in file.execute(_TABLES).fetchall():
            query = f'select {", ".join(f"{chr(34)}{name}{chr(34)}" for name in columns)} from {schema}."{table}"'
            kept = Counter(map(_plain_row, file.execute(query).fetchall()))
            there = Counter(map(_plain_row, fetch(query)))
            if kept != there:
                only_file, only_there = next(iter(kept - there), None), next(iter(there - kept), None)
                differing[f"{schema}.{table}"] = f"only in the file: {only_file}; only there: {only_there}"
    return differing


def _plain_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_plain_value(value) for value in row)


def _plain_value(value: Any) -> Any:
    """Return a value that is equal for both databases: numbers as the shortest text, JSON with sorted keys."""
    match value:
        case bool() | None:
            return value
        case Decimal() | float() | int():
            return float(value) if abs(value) < 1 << 53 else int(value)
        case str() if value[:1] in "{[":
            return _sort_json(value)
        case dict():
            return json.dumps(value, sort_keys=True, default=float)
        case list():
            return tuple(map(_plain_value, value))
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else value


def _sort_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text
