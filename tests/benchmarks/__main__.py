"""Measure the project, the floor and the peers, and write RESULTS.md (`python -m tests.benchmarks`, see README.md)."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.contenders import Contender, read_contenders
from tests.benchmarks.environments import find_interpreters
from tests.benchmarks.figures import Figures
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.measure import CommandFailedError
from tests.benchmarks.rounds import Rounds
from tests.benchmarks.serve import HERE, generate_nights, generate_studies, serve_studies
from tests.benchmarks.sets import write_sets
from tests.benchmarks.tables import format_results, print_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main() -> None:
    """Measure every size, print its tables, and write all tables to a file."""
    options = _parser().parse_args()
    entries = [entry for entry in read_contenders() if options.peers or not entry.environment]
    pythons, missing = find_interpreters(entries, options.folder)
    all_figures = []
    try:
        for size in options.sizes:
            left_out = missing if options.all else _find_limited(size, entries) | missing
            figures = _measure_size(size, options, entries, pythons, left_out)
            print_tables(figures)
            all_figures.append(figures)
    except CommandFailedError as error:
        # Without figures of the project itself there is nothing to compare.
        sys.exit(f"Nothing was written: {error}")
    options.results.write_text(format_results(describe_machine(), options.repeats, all_figures))


def _find_limited(size: int, entries: Sequence[Contender]) -> dict[str, str]:
    """Return the entries that are not measured with this number of studies: the reason by name."""
    reason = "measured with up to {:,} studies; with more only by `--all`"
    return {entry.name: reason.format(entry.up_to) for entry in entries if not entry.takes(size)}


def _measure_size(
    size: int,
    options: argparse.Namespace,
    entries: Sequence[Contender],
    pythons: Mapping[str, Path],
    left_out: Mapping[str, str],
) -> Figures:
    """Measure every contender with this number of studies, in turn, as often as `--repeats` says."""
    studies = generate_studies(size, options.folder)
    changed, changed_once = generate_nights(studies)
    nights = {"registry": studies, "changed_registry": changed, "changed_once_registry": changed_once}
    with ExitStack() as servers:
        registries = {name: servers.enter_context(serve_studies(file)) for name, file in nights.items()}
        rounds = Rounds(registries, write_sets(options.folder), options.folder, pythons, left_out=dict(left_out))
        for repeat in range(options.repeats):
            rounds.run(entries, f"{size} studies, {repeat + 1} of {options.repeats}")
    runs = [(entry, rounds.runs[entry.name]) for entry in entries if entry.name in rounds.runs]
    return Figures(size, studies.stat().st_size, runs, rounds.left_out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[73, 3000, 30000], metavar="N", help="the numbers of studies"
    )
    parser.add_argument("--repeats", type=int, default=3, help="how often each contender is measured")
    parser.add_argument(
        "--no-peers", dest="peers", action="store_false", help="measure only this checkout and the floor"
    )
    parser.add_argument("--all", action="store_true", help="measure every contender at every size; this can take long")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md", help="the file to write")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "aclf-trials-benchmarks",
        help="keep made studies and the peers' environments here; warehouses are made here too, and removed",
    )
    return parser


if __name__ == "__main__":
    main()
