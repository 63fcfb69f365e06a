"""Show where the time of one first sync goes (`python -m tests.benchmarks.stages FILE.ndjson`).

The sync runs in this process, with a stopwatch round the product's functions and round every statement for DuckDB. The
registry is another process. Timing costs a little, so do not quote the total.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
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

_STAGES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["stages"]
"""The product's functions that are timed, by stage; any module may call them."""

_SCRIPT = "warehouse.sql.files:run_statements"
_STORES = ("warehouse.store:open_store", "warehouse.store:replace_store")
_PACKAGES = ("extract.", "flows.", "transform.", "warehouse.")


def main() -> None:
    """Sync the file's studies into a temporary warehouse, and print the steps."""
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
    _print_steps(watch.root, options.least)


def _sync(url: str, folder: Path, watch: Stopwatch) -> None:
    with watch.step("import"):
        from flows import pipeline
        from flows.settings import Settings
        from flows.steps import DIRECT_STEPS, Steps

        import_module("warehouse.loading.load")
    _attach(watch)
    # In line: what a worker process does cannot be timed from here.
    options = {"workers": 0} if "workers" in {option.name for option in fields(Settings)} else {}
    settings = Settings(str(folder / "aclf.duckdb"), url, [str(HERE / "everything.toml")], **options)
    steps = {step.name: watch.timed(getattr(DIRECT_STEPS, step.name), step.name) for step in fields(Steps)}
    pipeline.sync(settings.make_job("sync"), Steps(**steps))


def _attach(watch: Stopwatch) -> None:
    """Put the stopwatch round the product's functions, in this process only."""
    for stage, code_names in _STAGES.items():
        for code_name in code_names:
            _replace(code_name, partial(watch.timed, name=f"{stage} ({code_name.rpartition(':')[2]})"))
    _replace(_SCRIPT, partial(watch.timed, name=lambda _, script, **__: f"{script}.sql"))
    for store in _STORES:
        _replace(store, partial(time_store, watch=watch))


def _replace(code_name: str, change: Callable[[Function], Function]) -> None:
    """Replace a function (`module:name`) where it is defined and in every module that has imported it."""
    module, _, path = code_name.partition(":")
    *owner_names, name = path.split(".")
    try:
        owner: Any = import_module(module)
        for owner_name in owner_names:
            owner = getattr(owner, owner_name)
        original = getattr(owner, name)
    except (ModuleNotFoundError, AttributeError):
        sys.stderr.write(f"{code_name} does not exist, so it is not timed\n")
        return
    changed = change(original)
    # A module that imported the function has its own reference to it.
    users = [module for name, module in sys.modules.items() if name.startswith(_PACKAGES)]
    for user in (owner, *users):
        if getattr(user, name, None) is original:
            setattr(user, name, changed)


def _print_steps(root: Step, least: float) -> None:
    table = Table(title=f"one first sync, {root.seconds:.2f} s")
    table.add_column("step", no_wrap=True)
    for heading in ("calls", "seconds", "%", "own, s"):
        table.add_column(heading, justify="right")
    for depth, step in _list_steps(root, 0, root.seconds * least / 100):
        share = f"{100 * step.seconds / root.seconds:.1f}"
        table.add_row("  " * depth + step.name, str(step.calls), f"{step.seconds:.3f}", share, f"{step.own:.3f}")
    open_console().print(table)


def _list_steps(step: Step, depth: int, least: float) -> Iterator[tuple[int, Step]]:
    """Yield the depth and the step for each step below a step that took at least `least` seconds, longest first."""
    for inner in sorted(step.within.values(), key=lambda inner: -inner.seconds):
        if inner.seconds >= least:
            yield depth, inner
            yield from _list_steps(inner, depth + 1, least)


if __name__ == "__main__":
    main()
