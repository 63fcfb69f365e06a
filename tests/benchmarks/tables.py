"""The tables of figures, for a terminal and for RESULTS.md."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.figures import HEADINGS, LEFT_HEADINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.figures import Figures

_WIDTH = 150  # where the output is no terminal
_WORDS = {"what", "goal", LEFT_HEADINGS[0]}
_FOREWORD = (
    "Written by `make bench`; README.md says what is measured and how. Medians of {repeats} interleaved runs, least "
    "and most in brackets. The ratios, taken within each repeat, say more than the seconds."
)


def open_console() -> Console:
    """The terminal, or a wide page where the output is none."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def print_tables(figures: Figures) -> None:
    """Print the tables on the terminal."""
    screen = open_console()
    screen.print(_screen_table(HEADINGS, figures.rows(), figures.title))
    screen.print(_screen_table(LEFT_HEADINGS, figures.left_rows()))
    for note in figures.notes:
        screen.print(note, markup=False)


def format_results(machine: Mapping[str, str], repeats: int, all_figures: Sequence[Figures]) -> str:
    """The whole of RESULTS.md."""
    foreword = _FOREWORD.format(repeats=repeats)
    lines = ["# The last figures", "", foreword, "", *_table(("machine", ""), list(machine.items()))]
    for figures in all_figures:
        lines += ["", f"## {figures.title}", "", *_table(HEADINGS, figures.rows())]
        lines += ["", *_table(LEFT_HEADINGS, figures.left_rows())]
        lines += [line for note in figures.notes for line in ("", note)]
    return "\n".join(lines) + "\n"


def _screen_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in _WORDS else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows)]
