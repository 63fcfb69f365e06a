"""What was measured with one size, as the rows of its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.contenders import Contender
    from tests.benchmarks.measure import Measurement

HEADINGS = ("what", "× floor", "wall, s", "CPU, s", "peak, MB", "ms/study", "requests", "goal")
LEFT_HEADINGS = ("what it leaves in DuckDB", "× first sync", "tables", "columns", "rows", "file, MB")


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured with one size.

    Attributes:
        studies: how many there were.
        size: their bytes.
        runs: each contender with its runs, one a repeat; the first is the floor, and the first that leaves a file is
            this project's first sync.
        left_out: why other contenders have no figures, by name.
    """

    studies: int
    size: int
    runs: Sequence[tuple[Contender, Sequence[Measurement]]]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What the tables are of."""
        return f"{self.studies:,} studies, {self.size / 1e6:,.0f} MB"

    @property
    def notes(self) -> list[str]:
        """A sentence for each contender that has no figures."""
        return [f"{name}: {reason}." for name, reason in self.left_out.items()]

    def rows(self) -> list[tuple[str, ...]]:
        """One row a contender, under `HEADINGS`."""
        floor = _seconds(*self.runs[0])
        return [self._row(contender, runs, floor) for contender, runs in self.runs]

    def left_rows(self) -> list[tuple[str, ...]]:
        """One row for the floor, which keeps nothing, and for each contender that leaves a file; `LEFT_HEADINGS`."""
        first_sync = next(_seconds(contender, runs) for contender, runs in self._leaving())
        return [self._left_row(*one, first_sync) for one in (self.runs[0], *self._leaving())]

    def _leaving(self) -> Iterator[tuple[Contender, Sequence[Measurement]]]:
        return ((contender, runs) for contender, runs in self.runs if contender.leaves)

    def _row(self, contender: Contender, runs: Sequence[Measurement], floor: Sequence[float]) -> tuple[str, ...]:
        seconds = _seconds(contender, runs)
        requests = {run.told["requests"] for run in runs if "requests" in run.told}
        return (
            contender.name,
            _ratio(seconds, floor),
            _spread(seconds, 2 if median(seconds) >= 1 else 3),
            "" if contender.timed_inside else f"{median(run.cpu for run in runs):.2f}",
            "" if contender.timed_inside else f"{median(run.peak for run in runs) / 1e6:,.0f}",
            f"{1000 * median(seconds) / self.studies:.2f}",
            ", ".join(str(count) for count in sorted(requests)),
            contender.goal,
        )

    def _left_row(
        self, contender: Contender, runs: Sequence[Measurement], first_sync: Sequence[float]
    ) -> tuple[str, ...]:
        left = runs[-1].left or dict.fromkeys(("tables", "columns", "rows", "bytes"), 0)
        counts = (f"{left[key]:,}" for key in ("tables", "columns", "rows"))
        return (
            contender.name,
            _ratio(_seconds(contender, runs), first_sync),
            *counts,
            f"{left['bytes'] / 1e6:,.0f}",
        )


def _seconds(contender: Contender, runs: Sequence[Measurement]) -> list[float]:
    return [run.told["seconds"] if contender.timed_inside else run.wall for run in runs]


def _ratio(seconds: Sequence[float], others: Sequence[float]) -> str:
    """The median of the ratios within each repeat."""
    return f"{median(mine / other for mine, other in zip(seconds, others, strict=True)):.2f}"


def _spread(values: Sequence[float], digits: int) -> str:
    """The median, with the least and the most behind it."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"
