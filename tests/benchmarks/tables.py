"""Print the tables of figures on a terminal, and format them for RESULTS.md."""

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

_WIDTH = 200  # where the output is not a terminal
_TEXT_HEADINGS = {"what", "compared", "goal", LEFT_HEADINGS[0]}
_FOREWORD = (
    "`make bench` writes this page; README.md says what is measured and how. The figures are medians of {repeats} "
    "interleaved runs, with the smallest and the largest value in brackets. Compare the ratios, which are taken within "
    "each repeat, and not the seconds."
)


def open_console() -> Console:
    """Return the console of the terminal, or a wide one where the output is not a terminal."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def print_tables(figures: Figures) -> None:
    """Print the tables on the terminal."""
    console = open_console()
    console.print(_make_screen_table(HEADINGS, figures.rows(), figures.title))
    console.print(_make_screen_table(LEFT_HEADINGS, figures.left_rows()))
    for note in figures.notes:
        console.print(note, markup=False)


def format_results(machine: Mapping[str, str], repeats: int, all_figures: Sequence[Figures]) -> str:
    """Return the complete text of RESULTS.md."""
    foreword = _FOREWORD.format(repeats=repeats)
    lines = ["# The last figures", "", foreword, "", *_make_markdown_table(("machine", ""), list(machine.items()))]
    for figures in all_figures:
        lines += ["", f"## {figures.title}", "", *_make_markdown_table(HEADINGS, figures.rows())]
        lines += ["", *_make_markdown_table(LEFT_HEADINGS, figures.left_rows())]
        for note in figures.notes:
            lines += ["", note]
    return "\n".join(lines) + "\n"


def _make_screen_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in _TEXT_HEADINGS else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _make_markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows)]
