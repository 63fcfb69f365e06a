"""The tables of figures, for a terminal and for RESULTS.md."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.contenders import Contender
    from benchmarks.measure import Measured

HEADINGS = ("what", "× floor", "wall, s", "CPU, s", "peak, MB", "ms/study", "requests", "goal")


_WIDTH = 150  # where the output is no terminal
_FOREWORD = (
    "Written by `make bench`; README.md says what is measured and how. Medians of {repeats} interleaved runs, least "
    "and most in brackets. The ratios to the floor, taken within each repeat, say more than the seconds."
)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured with one size.

    Attributes:
        studies: how many there were.
        size: their bytes.
        loaded: what the first sync left: tables, rows, bytes of the warehouse.
        runs: each contender with its runs, one a repeat; the first is the floor.
    """

    studies: int
    size: int
    loaded: Mapping[str, int]
    runs: Sequence[tuple[Contender, Sequence[Measured]]]

    @property
    def title(self) -> str:
        """What the table is of."""
        return f"{self.studies:,} studies, {self.size / 1e6:,.0f} MB"

    @property
    def caption(self) -> str:
        """What was loaded."""
        loaded = self.loaded
        return (
            f"The first sync loads {loaded['rows']:,} rows into {loaded['tables']} tables, "
            f"a warehouse of {loaded['bytes'] / 1e6:,.0f} MB."
        )

    def rows(self) -> list[tuple[str, ...]]:
        """One row a contender, under `HEADINGS`."""
        floor = [run.wall for run in self.runs[0][1]]
        return [self._row(contender, runs, floor) for contender, runs in self.runs]

    def _row(self, contender: Contender, runs: Sequence[Measured], floor: Sequence[float]) -> tuple[str, ...]:
        seconds = [run.told["seconds"] if contender.timed_inside else run.wall for run in runs]
        ratios = [mine / least for mine, least in zip(seconds, floor, strict=True)]
        requests = {run.told["requests"] for run in runs if "requests" in run.told}
        return (
            contender.name,
            f"{median(ratios):.2f}",
            _spread(seconds, 2 if median(seconds) >= 1 else 3),
            "" if contender.timed_inside else f"{median(run.cpu for run in runs):.2f}",
            "" if contender.timed_inside else f"{median(run.peak for run in runs) / 1e6:,.0f}",
            f"{1000 * median(seconds) / self.studies:.2f}",
            ", ".join(str(count) for count in sorted(requests)),
            contender.goal,
        )


def console() -> Console:
    """The terminal, or a wide page where the output is none."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def show(figures: Figures) -> None:
    """Print the table on the terminal."""
    table = Table(box=box.SIMPLE_HEAD, title=figures.title, caption=figures.caption)
    for heading in HEADINGS:
        is_figure = heading not in {"what", "goal"}
        table.add_column(heading, justify="right" if is_figure else "left")
    for row in figures.rows():
        table.add_row(*row)
    console().print(table)


def markdown(machine: Mapping[str, str], repeats: int, all_figures: Sequence[Figures]) -> str:
    """The whole of RESULTS.md."""
    lines = [
        "# The last figures",
        "",
        _FOREWORD.format(repeats=repeats),
        "",
        *_table(("machine", ""), list(machine.items())),
    ]
    for figures in all_figures:
        lines += ["", f"## {figures.title}", "", *_table(HEADINGS, figures.rows()), "", figures.caption]
    return "\n".join(lines) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows)]


def _spread(values: Sequence[float], digits: int) -> str:
    """The median, with the least and the most behind it."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"
