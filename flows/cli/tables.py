"""Lay out rows for people: as a table that fits a terminal, or as one value a line.

The functions take names, rows and a width in terminal cells, and return lines. A wide character, as in Chinese, takes
two cells, and a combining mark takes none.
"""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len, split_graphemes

from extract.printable import remove_controls
from warehouse.reading.values import count_things, format_cell, format_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORT_TEXT = 24
"""Cells. A text of at most this width, such as a status, is never cut."""

LEAST_OF_A_TEXT = 16
"""Cells that are shown at least of a longer text."""

_GAP = "  "
_CUT = "…"
_NUMBER_IN_TEXT = re.compile(r"\d+(?:[.,:/-]\d+)*")
_ONE_WORD = re.compile(r"[\x21-\x7e]+")
_WORD = re.compile(r"\s*\S+")
_PATH = re.compile(r"[./]")


class _Cell(NamedTuple):
    """The text of a value, its width in cells, and whether a part of it may stand for it."""

    text: str
    width: int
    may_be_cut: bool


class _Column(NamedTuple):
    """One column: its name and values as cells, the width of all of them, and the least width that it can have."""

    name: _Cell
    cells: list[_Cell]
    width: int
    least: int
    is_number: bool


class Table(NamedTuple):
    """The lines of a table, how many columns they show, and whether a text in them is cut."""

    lines: list[str]
    shown: int
    is_cut: bool


def format_table(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None) -> Table:
    """Return rows as a table with a heading, no line of which is wider than the terminal.

    Where not all columns fit, those in the middle are left out, and `…` stands in their place. Numbers, dates and
    short texts are shown whole. A long text is cut between two numbers or letters, never within a number.

    Args:
        names: the names of the columns.
        rows: the values.
        width: the cells of the terminal's line; None to show everything, whatever its width.
    """
    columns = [_make_column(name, [row[index] for row in rows]) for index, name in enumerate(names)]
    if width is None:
        indices, widths = list(range(len(columns))), [column.width for column in columns]
    else:
        indices = _choose_columns([column.least for column in columns], width)
        widths = _share_width([columns[index] for index in indices], width, has_gap=len(indices) < len(columns))
    is_cut = any(columns[index].width > given for index, given in zip(indices, widths, strict=True))
    printed = [_lay_out(columns[index], given) for index, given in zip(indices, widths, strict=True)]
    if len(indices) < len(columns):
        # The columns left of the gap are those whose index is also their position among the shown ones.
        position = sum(index == order for order, index in enumerate(indices))
        printed.insert(position, [_CUT, "─", *[_CUT] * len(rows)])
    lines = [_GAP.join(parts).rstrip() for parts in zip(*printed, strict=True)]
    return Table(lines if width is None else [_fit(line, width) for line in lines], len(indices), is_cut)


def format_value_lines(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None) -> Iterator[str]:
    """Yield each value of each row as `name = value`, with an empty line between two rows.

    Args:
        names: the names of the columns.
        rows: the values.
        width: the cells of the terminal's line, at which a long value is broken between words; None to break none.
    """
    shown_names = [format_line(name) for name in names]
    margin = max(map(cell_len, shown_names), default=0)
    for number, row in enumerate(rows):
        if number:
            yield ""
        for name, value in zip(shown_names, row, strict=True):
            start = f"{' ' * (margin - cell_len(name))}{name} = "
            # What follows is indented, so that no value can look like another one.
            for line in _break_text(remove_controls(format_cell(value)), width and width - margin - 3):
                yield (start + line).rstrip()
                start = " " * (margin + 3)


def describe_table(table: Table, rows: int, columns: int, remedy: str) -> str:
    """Return the line below a table: how many rows and columns there are, and how to see what is not shown."""
    counted = f"{count_things(rows, 'row')}, {count_things(columns, 'column')}"
    if table.shown < columns:
        return f"{counted}, {table.shown} shown: {remedy}"
    return f"{counted}, long texts are cut: {remedy}" if table.is_cut else counted


def _make_column(name: str, values: list[Any]) -> _Column:
    heading = _make_cell(name)
    cells = [_make_cell(value) for value in values]
    # A value that may be cut needs a few cells; any other needs all of its own.
    least = [min(cell.width, LEAST_OF_A_TEXT) if cell.may_be_cut else cell.width for cell in cells]
    is_number = any(_is_number(value) for value in values) and all(
        value is None or _is_number(value) for value in values
    )
    return _Column(
        heading,
        cells,
        max([heading.width, *(cell.width for cell in cells)]),
        max([min(heading.width, SHORT_TEXT), *least]),
        is_number,
    )


def _make_cell(value: Any) -> _Cell:
    text = format_line(value)
    width = cell_len(text)
    return _Cell(text, width, width > SHORT_TEXT and isinstance(value, (str, list, tuple, dict, bytes)))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _choose_columns(least: Sequence[int], width: int) -> list[int]:
    """Return the indices of the columns that fit, from the two ends to the middle; at least the first."""
    gap = len(_GAP)
    if sum(least) + gap * (len(least) - 1) <= width:
        return list(range(len(least)))
    # The mark for what is left out takes a cell too.
    chosen: list[int] = []
    used = len(_CUT)
    for index in _order_from_ends(len(least)):
        used += least[index] + gap
        if used > width:
            break
        chosen.append(index)
    return sorted(chosen) or [0]


def _order_from_ends(count: int) -> list[int]:
    """Return indices as they are worth showing: the first, the last, then two from the left for one from the right.

    What is asked for first says most; the last columns of a table are about its upkeep.
    """
    waiting = deque(range(count))
    ordered: list[int] = []
    while waiting:
        takes_last = len(ordered) % 3 == 1
        ordered.append(waiting.pop() if takes_last else waiting.popleft())
    return ordered


def _share_width(columns: Sequence[_Column], width: int, *, has_gap: bool) -> list[int]:
    """Return the width of each column: its least, and of what remains the narrowest get most."""
    widths = [column.least for column in columns]
    room = width - sum(widths) - len(_GAP) * (len(widths) - 1) - has_gap * len(_GAP + _CUT)
    if room < 0:
        # Only one column is there, and it alone is wider than the terminal.
        return [max(width - has_gap * len(_GAP + _CUT), 1)]
    for _ in range(room):
        growing = [index for index, column in enumerate(columns) if widths[index] < column.width]
        if not growing:
            break
        widths[min(growing, key=widths.__getitem__)] += 1
    return widths


def _lay_out(column: _Column, width: int) -> list[str]:
    """Return the heading, the rule below it and the values of a column, each as wide as the column."""
    name = _cut_text(column.name.text, width) if column.name.width > width else column.name.text
    shown = [name, "─" * width]
    for cell in column.cells:
        if cell.width <= width:
            shown.append(cell.text)
        else:
            # A part of a number or a date would be another number or date.
            shown.append(_cut_text(cell.text, width) if cell.may_be_cut else _CUT)
    return [_pad(text, width, is_right=column.is_number) for text in shown]


def _pad(text: str, width: int, *, is_right: bool) -> str:
    padding = " " * (width - cell_len(text))
    return padding + text if is_right else text + padding


def _fit(line: str, width: int) -> str:
    """Return the line as it is if it fits. Only a terminal of a few cells is too narrow for a table."""
    return line if cell_len(line) <= width else _CUT[:width]


def _cut_text(text: str, width: int) -> str:
    """Return a text that fits, with `…` for what is left out: the end of a text, or a part of a long word."""
    if _ONE_WORD.fullmatch(text):
        # Words as long as this differ at their ends: a path or an address at its last part, a name at both.
        tail_width = width - 1 if _PATH.search(text) else (width - 1) // 2
        tail = text[_move_out_of_number(text, len(text) - tail_width, to_end=True) :]
        head_width = 0 if _PATH.search(text) and tail else width - 1 - len(tail)
        return text[: _move_out_of_number(text, head_width, to_end=False)] + _CUT + tail
    end, used = 0, 0
    for _, grapheme_end, size in split_graphemes(text)[0]:
        used += size
        if used > width - 1:
            break
        end = grapheme_end
    return text[: _move_out_of_number(text, end, to_end=False)].rstrip() + _CUT


def _move_out_of_number(text: str, position: int, *, to_end: bool) -> int:
    """Return the position, or the start or end of the number that it would cut in two."""
    for number in _NUMBER_IN_TEXT.finditer(text):
        if number.start() < position < number.end():
            return number.end() if to_end else number.start()
    return position


def _break_text(text: str, width: int | None) -> list[str]:
    """Break a text at its line ends and, if there is a width, between words; a longer word stays whole."""
    # A tab is as wide as the terminal likes.
    lines = text.expandtabs(4).splitlines() or [""]
    if width is None:
        return lines
    return [piece for line in lines for piece in break_line(line, width)]


def break_line(line: str, width: int, margin: str = "") -> list[str]:
    """Break a line that is wider than a terminal between words; a longer word, such as a path, stays whole.

    Args:
        line: one line, whose indent stays.
        width: the cells of the terminal's line.
        margin: what stands before each line after the first.
    """
    if cell_len(line) <= width:
        return [line]
    pieces, piece = [], ""
    for word in _WORD.findall(line):
        if piece.strip() and cell_len(piece + word) > width:
            pieces.append(piece)
            piece = margin + word.lstrip()
        else:
            piece += word
    return [*pieces, piece]
