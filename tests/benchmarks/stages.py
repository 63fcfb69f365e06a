"""`python -m tests.benchmarks.stages FILE.ndjson`: where the time of one first sync goes.

The sync runs in this process, with a stopwatch put round the product's own functions and round every statement that
DuckDB is given; the registry is a process of its own. Timing costs a little, so the total is no figure to quote.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import fields
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from tests.benchmarks.serve import HERE, serve_studies
from tests.benchmarks.stopwatch import Function, Step, Stopwatch
from tests.benchmarks.tables import open_console
from tests.benchmarks.timed_store import time_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TIMED = (
    *(
        "extract.client.registry:Registry.fetch_version",
        "extract.client.registry:Registry.fetch_listing",
        "extract.client.registry:Registry.fetch_studies",
    ),
    *("extract.client.reply:parse_json", "extract.files:write_whole"),
    *("transform.records:parse_reply", "transform.records:sha256", "warehouse.loading.load:load_replies"),
    *(
        "warehouse.loading.stage:stage_lines",
        "warehouse.loading.stage:stage_records",
        "transform.normalise.columns:normalise_columns",
    ),
    *(
        "warehouse.loading.load:load_membership",
        "warehouse.health.checks:run_checks",
        "warehouse.publish:publish_store",
    ),
)
"""The product's functions that are timed, where they are defined; whichever module calls them."""

_SCRIPT = "warehouse.sql.files:run_statements"
_STORES = ("warehouse.store:open_store", "warehouse.store:replace_store")
_PACKAGES = ("extract.", "flows.", "transform.", "warehouse.")


def main() -> None:
    """Syncs the file's studies into a warehouse that is thrown away, and prints the steps."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stages", description=__doc__)
    parser.add_argument("studies", type=Path, metavar="FILE.ndjson")
    parser.add_argument(
        "--least", type=float, default=0.5, help="leave out what takes fewer hundredths than this (0.5)"
    )
    options = parser.parse_args()
    watch = Stopwatch()
    with serve_studies(options.studies) as url, tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        _sync(url, Path(folder), watch)
        watch.root.seconds = perf_counter() - began
    _show(watch.root, options.least)


def _sync(url: str, folder: Path, watch: Stopwatch) -> None:
    with watch.step("import"):
        from flows import pipeline
        from flows.settings import Settings
        from flows.steps import DIRECT_STEPS, Steps

        import_module("warehouse.loading.load")
    _attach(watch)
    settings = Settings(str(folder / "aclf.duckdb"), url, str(HERE / "everything.toml"))
    steps = {step.name: watch.timed(getattr(DIRECT_STEPS, step.name), step.name) for step in fields(Steps)}
    pipeline.sync(settings.make_job("sync"), Steps(**steps))


def _attach(watch: Stopwatch) -> None:
    """Put the stopwatch round the product's functions, in this process only."""
    for place in _TIMED:
        _replace(place, partial(watch.timed, name=place.partition(":")[2]))
    _replace(_SCRIPT, partial(watch.timed, name=lambda _, script, **__: f"{script}.sql"))
    for store in _STORES:
        _replace(store, partial(time_store, watch=watch))


def _replace(place: str, change: Callable[[Function], Function]) -> None:
    """Replace a function where it is defined and in every module that has imported it."""
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    home: Any = import_module(module)
    for owner in owners:
        home = getattr(home, owner)
    if not hasattr(home, name):
        sys.stderr.write(f"{place} is not there any more, and so is not timed\n")
        return
    original = getattr(home, name)
    changed = change(original)
    users = [module for name, module in sys.modules.items() if name.startswith(_PACKAGES)]
    for user in (home, *users):
        if getattr(user, name, None) is original:
            setattr(user, name, changed)


def _show(root: Step, least: float) -> None:
    table = Table(title=f"one first sync, {root.seconds:.2f} s")
    table.add_column("step", no_wrap=True)
    for heading in ("calls", "seconds", "%", "own, s"):
        table.add_column(heading, justify="right")
    for depth, step in _lines(root, 0, root.seconds * least / 100):
        share = f"{100 * step.seconds / root.seconds:.1f}"
        table.add_row("  " * depth + step.name, str(step.calls), f"{step.seconds:.3f}", share, f"{step.own:.3f}")
    open_console().print(table)


def _lines(step: Step, depth: int, least: float) -> Iterator[tuple[int, Step]]:
    for inner in sorted(step.within.values(), key=lambda inner: -inner.seconds):
        if inner.seconds >= least:
            yield depth, inner
            yield from _lines(inner, depth + 1, least)


if __name__ == "__main__":
    main()
