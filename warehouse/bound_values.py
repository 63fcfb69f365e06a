"""Give values to the parameters of a statement, without DuckDB's own binding.

DuckDB asks of each Python value that it binds whether it is one of pandas' missing values, and imports pandas to ask.
That takes longer than all the rest of `aclf status`. So a statement is prepared here, and its values are given as SQL
literals, apart from the text of the statement.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from transform.paths import quote_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

Value = str | int | float | date | None
"""A value that a parameter can have; a `datetime` is a `date` too."""


def execute_with(
    connection: DuckDBPyConnection, statement: str, values: Sequence[Value | Sequence[Value]]
) -> DuckDBPyConnection:
    """Run one statement with these values for `$1`, `$2` and so on, and return the connection with its result."""
    if not values:
        return connection.execute(statement)
    # A statement that is prepared under the same name takes the place of the one before.
    connection.execute(f"prepare given_values as {statement}")
    return connection.execute(f"execute given_values({', '.join(write_literal(value) for value in values)})")


def write_literal(value: Value | Sequence[Value]) -> str:
    """Return a value as an SQL literal that DuckDB reads as the same value.

    Raises:
        TypeError: It is of a type that no statement of ours takes.
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        # DuckDB would end the statement at the character NUL.
        return " || chr(0) || ".join(map(quote_text, value.split("\0")))
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(write_literal, value))}]"
    if isinstance(value, int):
        return str(value).lower()
    return f"{quote_text(str(value))}::{_choose_type(value)}"


def _choose_type(value: object) -> str:
    match value:
        case float():
            return "double"
        case datetime():
            return "timestamptz" if value.tzinfo else "timestamp"
        case date():
            return "date"
    raise TypeError(f"a statement cannot take a value of the type {type(value).__name__}")
