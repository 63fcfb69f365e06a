"""`python -m benchmarks`: measures the project against the floor, and writes RESULTS.md (see README.md)."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders import Contender, contenders
from benchmarks.machine import machine
from benchmarks.made.outline import nct_id
from benchmarks.measure import CommandFailedError, Measured, measure
from benchmarks.serve import HERE, ROOT, made_studies, served
from benchmarks.tables import Figures, markdown, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OF_AVERAGE_SIZE = 22
"""A study of the file, by its place: not one of the first, which have every key."""


def main() -> None:
    """Measures every size, prints its table, and writes them all."""
    options = _parser().parse_args()
    all_figures = []
    try:
        for size in options.sizes:
            figures = _measured(size, options.repeats, options.folder)
            show(figures)
            all_figures.append(figures)
    except CommandFailedError as error:
        sys.exit(f"Nothing was written: {error}")
    options.results.write_text(markdown(machine(), options.repeats, all_figures))


def _measured(size: int, repeats: int, folder: Path) -> Figures:
    """Measure every contender with so many studies, in turn, as often as asked."""
    studies, entries = made_studies(size, folder), contenders()
    with served(studies) as url:
        rounds = [
            _round(entries, url, folder, f"{size} studies, {repeat + 1} of {repeats}") for repeat in range(repeats)
        ]
    runs = zip(entries, zip(*(measured for measured, _ in rounds), strict=True), strict=True)
    return Figures(size, studies.stat().st_size, rounds[-1][1], list(runs))


def _round(
    entries: Sequence[Contender], url: str, folder: Path, title: str
) -> tuple[list[Measured], Mapping[str, int]]:
    """Measure each contender once, in a folder of their own; gives what the first sync has loaded, too."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        values = {
            "python": sys.executable,
            "aclf": str(Path(sys.executable).with_name("aclf")),
            "registry": url,
            "condition_set": str(HERE / "everything.toml"),
            "folder": place,
            "nct_id": nct_id(_OF_AVERAGE_SIZE),
        }
        measured = [_once(entry, values, title) for entry in entries]
        count = [sys.executable, "-m", "benchmarks.count", f"{place}/aclf.duckdb"]
        return measured, measure(count, ROOT, os.environ).told


def _once(entry: Contender, values: Mapping[str, str], title: str) -> Measured:
    sys.stderr.write(f"{title}: {entry.name}\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ACLF_")}
    with tempfile.TemporaryDirectory(dir=Path(values["folder"]).parent) as empty:
        return measure(entry.filled({**values, "empty": empty}), ROOT, {**environment, **entry.environment})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 3000], metavar="N", help="how many studies")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md", help="the file to write")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "aclf-trials-benchmarks",
        help="for made studies, which are kept, and warehouses, which are not",
    )
    return parser


if __name__ == "__main__":
    main()
