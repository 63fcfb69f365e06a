"""Values of the warehouse as text: for people, as CSV and as JSON."""

from __future__ import annotations

import csv
import json
import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from textwrap import indent
from typing import TYPE_CHECKING, Any, TextIO

from extract.printable import disarm_formula, escape_controls, remove_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAMES_OF_UTC_TIMES = re.compile(r"(_at|\b(valid_(from|to)|member_(since|until)))\b")
"""The names of the warehouse's times, also inside an unnamed column such as `max(first_seen_at)`."""


def format_cell(value: Any) -> str:
    """Return a value as text: NULL is empty, a list is its elements with semicolons between them."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(format_cell(element) for element in value)
    return _format_value(value)


def format_line(value: Any) -> str:
    """Return a value as one line of text without characters that control a terminal."""
    return " ".join(remove_controls(format_cell(value)).split())


def format_csv_cell(value: Any, *, is_safe: bool) -> str:
    """Return a value as a cell of CSV: a list or struct is its JSON.

    Args:
        value: The value.
        is_safe: Whether a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    # A number such as -1 is no formula.
    if is_safe and isinstance(value, str):
        return disarm_formula(value)
    if isinstance(value, (list, dict)):
        return format_json(value)
    return format_cell(value)


def format_json(value: Any) -> str:
    """Return a value as JSON in one line."""
    return json.dumps(convert_for_json(value), ensure_ascii=False, separators=(",", ":"))


def convert_for_json(value: Any) -> Any:
    """Convert a value into one that JSON has; NaN and infinity become null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    # Python would write NaN and Infinity, which are not JSON.
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _convert_member(str(key), member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [convert_for_json(member) for member in value]
    return value.isoformat() if isinstance(value, (date, time)) else _format_value(value)


def count_things(count: int, noun: str) -> str:
    """Return a count in words, such as `1 row` or `1,024 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def name_apart(names: Sequence[str]) -> list[str]:
    """Return names of columns of which no two are equal: of two columns `NAME`, the second is `NAME_1`."""
    apart: list[str] = []
    for name in names:
        number, own_name = 0, name
        while own_name in apart:
            number += 1
            own_name = f"{name}_{number}"
        apart.append(own_name)
    return apart


def write_csv(stream: TextIO, names: Sequence[str], rows: Iterable[Sequence[Any]], *, is_safe: bool = False) -> int:
    """Write rows as CSV with a header, and return how many rows there are; a list is its JSON, NULL is empty."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([format_csv_cell(name, is_safe=is_safe) for name in names])
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
        writer.writerow([format_csv_cell(value, is_safe=is_safe) for value in row])
    return count


def write_objects(
    stream: TextIO, names: Sequence[str], rows: Iterable[Sequence[Any]], *, is_ascii: bool = False
) -> int:
    """Write rows as a JSON list of objects, and return how many rows there are.

    Args:
        stream: Where to write.
        names: The names of the columns; of two columns with one name, the second is called `NAME_1`.
        rows: The values.
        is_ascii: Whether each character outside of ASCII is written as JSON's escape.
    """
    # An object has each key once, so a second column of the same name needs another key to be kept.
    keys = name_apart(names)
    stream.write("[")
    count = 0
    for count, row in enumerate(rows, 1):
        document = json.dumps(convert_for_json(dict(zip(keys, row, strict=True))), ensure_ascii=is_ascii, indent=2)
        # JSON has an escape for each character, so nothing is lost where a character could steer a terminal.
        stream.write(("," if count > 1 else "") + "\n" + indent(escape_controls(document), "  "))
    stream.write("\n]\n" if count else "]\n")
    return count


def _convert_member(key: str, value: Any) -> Any:
    # The file holds its times in UTC without a zone, and scripts have always read +00:00 here. Other times of a query,
    # such as the first of a month, have no zone.
    if isinstance(value, datetime) and value.tzinfo is None and _NAMES_OF_UTC_TIMES.search(key):
        value = value.replace(tzinfo=UTC)
    return convert_for_json(value)


def _format_value(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    # Every session runs in UTC, so the time zone is left out.
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
