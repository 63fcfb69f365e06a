"""Make the rows of the tables from the measurements with one number of studies."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.contenders import Contender
    from tests.benchmarks.measure import Measurement

HEADINGS = (
    *("what", "× floor", "× floor, CPU", "compared", "wall, s", "CPU, s", "peak, MB", "with files, MB", "requests"),
    "goal",
)
LEFT_HEADINGS = ("what it leaves in DuckDB", "× first sync", "tables", "columns", "rows", "file, MB")


@dataclass(frozen=True, slots=True)
class Figures:
    """All measurements with one number of studies.

    Attributes:
        studies: the number of studies.
        size: their size in bytes.
        runs: each contender with its runs, one per repeat. The first contender is the floor; the first that leaves a
            file is this project's first sync.
        left_out: the reason why a contender has no figures, by its name.
    """

    studies: int
    size: int
    runs: Sequence[tuple[Contender, Sequence[Measurement]]]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title of the tables."""
        return f"{self.studies:,} studies, {self.size / 1e6:,.0f} MB"

    @property
    def notes(self) -> list[str]:
        """A sentence for each contender that has no figures."""
        return [f"{name}: {reason}." for name, reason in self.left_out.items()]

    def rows(self) -> list[tuple[str, ...]]:
        """Return one row per contender, for the headings of `HEADINGS`."""
        return [self._make_row(contender, runs) for contender, runs in self.runs]

    def left_rows(self) -> list[tuple[str, ...]]:
        """Return one row for the floor, and one per contender that leaves a file, for the headings `LEFT_HEADINGS`."""
        first_sync = next(_get_seconds(contender, runs) for contender, runs in self._find_leaving())
        measured = [self.runs[0], *self._find_leaving()]
        return [self._make_left_row(contender, runs, first_sync) for contender, runs in measured]

    def _find_leaving(self) -> Iterator[tuple[Contender, Sequence[Measurement]]]:
        return ((contender, runs) for contender, runs in self.runs if contender.leaves)

    def _make_row(self, contender: Contender, runs: Sequence[Measurement]) -> tuple[str, ...]:
        seconds, floor = _get_seconds(contender, runs), self.runs[0][1]
        requests = {run.printed["requests"] for run in runs if "requests" in run.printed}
        return (
            contender.name,
            _format_ratio(seconds, _get_seconds(*self.runs[0])),
            "" if contender.timed_inside else _format_ratio(_get_cpu(runs), _get_cpu(floor)),
            self._compare(contender, seconds),
            _format_spread(seconds, 2 if median(seconds) >= 1 else 3),
            "" if contender.timed_inside else f"{median(_get_cpu(runs)):.2f}",
            "" if contender.timed_inside else f"{median(run.peak for run in runs) / 1e6:,.0f}",
            "" if contender.timed_inside else f"{median(run.peak_with_files for run in runs) / 1e6:,.0f}",
            ", ".join(str(count) for count in sorted(requests)),
            contender.goal,
        )

    def _compare(self, contender: Contender, seconds: Sequence[float]) -> str:
        """Return the ratio to the entry that it is compared with; '' where there is none or it was not measured."""
        for other, runs in self.runs:
            if other.name == contender.against:
                return f"{_format_ratio(seconds, _get_seconds(other, runs))} × {other.name}"
        return ""

    def _make_left_row(
        self, contender: Contender, runs: Sequence[Measurement], first_sync: Sequence[float]
    ) -> tuple[str, ...]:
        left = runs[-1].left or dict.fromkeys(("tables", "columns", "rows", "bytes"), 0)
        counts = (f"{left[key]:,}" for key in ("tables", "columns", "rows"))
        return (
            contender.name,
            _format_ratio(_get_seconds(contender, runs), first_sync),
            *counts,
            f"{left['bytes'] / 1e6:,.0f}",
        )


def _get_seconds(contender: Contender, runs: Sequence[Measurement]) -> list[float]:
    return [run.printed["seconds"] if contender.timed_inside else run.wall for run in runs]


def _get_cpu(runs: Sequence[Measurement]) -> list[float]:
    return [run.cpu for run in runs]


def _format_ratio(seconds: Sequence[float], other_seconds: Sequence[float]) -> str:
    """Return the median of the ratios of each repeat: a repeat in which everything is slow does not change it."""
    return f"{median(one / other for one, other in zip(seconds, other_seconds, strict=True)):.2f}"


def _format_spread(values: Sequence[float], digits: int) -> str:
    """Return the median, with the smallest and the largest value in brackets."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"
