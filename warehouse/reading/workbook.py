"""Write rows into an Excel workbook, one sheet a table. Each row goes to disk at once, so it takes little memory."""

from __future__ import annotations

import math
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from xlsxwriter import Workbook

from extract.printable import FORMULA_STARTS, remove_controls
from warehouse.reading.values import format_cell, format_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its heading."""

MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
"""Characters that a cell holds, counted as Excel does: one outside of the first 65,536 of Unicode counts as two."""

_LONGEST_SHEET_NAME = 31
_MOST_DIGITS = 15
"""Excel keeps fifteen digits of a number, and would change the rest."""

_FIRST_YEAR = 1900
"""Excel has no earlier date."""

_LEAST_WIDTH, _MOST_WIDTH = 8, 60
_ROWS_THAT_SET_THE_WIDTH = 200


class Sheet(NamedTuple):
    """What was written: the sheet's name, its rows, and how many of its texts were cut at what a cell can hold."""

    name: str
    rows: int
    cut: int


class _Styles(NamedTuple):
    heading: Format
    day: Format
    moment: Format
    clock: Format
    quoted: Format


class SheetWriter:
    """Adds sheets to a workbook."""

    def __init__(self, book: Workbook) -> None:
        """Prepare the formats of the cells."""
        self._book = book
        self._styles = _Styles(
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            book.add_format({"num_format": "hh:mm:ss"}),
            # A quoted text stays a text when a person edits the cell.
            book.add_format({"quote_prefix": True}),
        )
        self._names: set[str] = set()

    def add_sheet(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Sheet:
        """Write rows into a new sheet: a heading that stays in view, filters, and columns as wide as their values.

        Args:
            name: The name of the sheet, shortened to what Excel allows.
            columns: The heading.
            rows: The values. Dates and times are Excel's; a text that looks like a formula is a text.

        Raises:
            SheetTooLarge: There are more rows or columns than a sheet has.
        """
        if len(columns) > MOST_COLUMNS:
            raise SheetTooLarge(f"{len(columns):,} columns, and a sheet has {MOST_COLUMNS:,}")
        sheet = self._book.add_worksheet(self._make_sheet_name(name))
        widths = [len(column) + 3 for column in columns]
        for index, column in enumerate(columns):
            sheet.write_string(0, index, remove_controls(column), self._styles.heading)
        count = cut = 0
        for count, row in enumerate(rows, 1):
            if count > MOST_ROWS:
                raise SheetTooLarge(f"more than {MOST_ROWS:,} rows, which is what a sheet has")
            for index, value in enumerate(row):
                if value is None:
                    continue
                text = _write_cell(sheet, count, index, value, self._styles)
                cut += not _fits_cell(text)
                if count <= _ROWS_THAT_SET_THE_WIDTH:
                    widths[index] = max(widths[index], _measure(text))
        for index, width in enumerate(widths):
            sheet.set_column(index, index, min(max(width, _LEAST_WIDTH), _MOST_WIDTH))
        sheet.freeze_panes(1, 0)
        if columns:
            sheet.autofilter(0, 0, count, len(columns) - 1)
        return Sheet(sheet.get_name(), count, cut)

    def _make_sheet_name(self, name: str) -> str:
        """Return a name that Excel allows, and that no other sheet has."""
        short, number = name[:_LONGEST_SHEET_NAME], 1
        while short.lower() in self._names:
            number += 1
            short = f"{name[: _LONGEST_SHEET_NAME - len(str(number)) - 1]}~{number}"
        self._names.add(short.lower())
        return short


class SheetTooLarge(ValueError):  # noqa: N818 - a name says what happened
    """The rows do not fit into a sheet."""


@contextmanager
def open_workbook(
    file: BinaryIO, scratch: Path, *, made: datetime | None = None, comments: str = ""
) -> Iterator[SheetWriter]:
    """Open a workbook to write. It is in the file when the block ends.

    Args:
        file: Where to write.
        scratch: A folder for the rows until then.
        made: When the workbook was made, as it says itself; with the same time, the same rows give the same bytes.
        comments: What the workbook says about itself.
    """
    book = Workbook(file, {"constant_memory": True, "tmpdir": str(scratch)})
    book.set_properties({"comments": comments, **({"created": made.replace(tzinfo=None)} if made else {})})
    try:
        yield SheetWriter(book)
    except BaseException:
        # Closing the book would write it, so only the files of its rows are closed.
        for sheet in book.worksheets():
            sheet.row_data_fh.close()
        raise
    book.close()


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, styles: _Styles) -> str:
    """Write a value, and return its text."""
    text = _format_text(value)
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif _is_number_of_excel(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime) and value.year >= _FIRST_YEAR:
        sheet.write_datetime(row, column, value.replace(tzinfo=None), styles.moment)
    elif isinstance(value, date) and value.year >= _FIRST_YEAR:
        sheet.write_datetime(row, column, value, styles.day)
    elif isinstance(value, time):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), styles.clock)
    else:
        # Not `write`: it makes a formula or a link of some texts.
        style = styles.quoted if text.startswith(FORMULA_STARTS) else None
        sheet.write_string(row, column, _cut_to_cell(text), style)
    return text


def _format_text(value: Any) -> str:
    """Return a value as people read it: the elements of a list with semicolons between them, a struct as JSON."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(part, (dict, list)) for part in value)):
        return format_json(value)
    return remove_controls(format_cell(value))


def _is_number_of_excel(value: Any) -> bool:
    """Return whether a value is a number that Excel keeps as it is."""
    if not isinstance(value, (int, float, Decimal)) or not math.isfinite(value):
        return False
    return isinstance(value, float) or len(str(abs(value)).replace(".", "").strip("0")) <= _MOST_DIGITS


def _fits_cell(text: str) -> bool:
    # Most texts are short, and need no counting.
    return len(text) * 2 <= MOST_CHARACTERS or len(text.encode("utf-16-le")) // 2 <= MOST_CHARACTERS


def _cut_to_cell(text: str) -> str:
    if _fits_cell(text):
        return text
    kept = text.encode("utf-16-le")[: (MOST_CHARACTERS - 1) * 2].decode("utf-16-le", errors="ignore")
    return f"{kept}…"


def _measure(text: str) -> int:
    """Return the width of a column that shows a text: its first line and a little more."""
    return len(text.partition("\n")[0]) + 2
