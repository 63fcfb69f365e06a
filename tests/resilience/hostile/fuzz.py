"""Run atheris on the targets; it looks for bytes that take new paths through the code.

    pip install atheris
    python -m tests.resilience.hostile.fuzz reply -runs=100000 [a folder of seeds]

atheris is not a requirement: it brings its own compiler runtime, and the tests use the same targets without it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["extract", "transform"]):
    from tests.resilience.hostile import targets

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = Path(mkdtemp(prefix="aclf-fuzz-"))


def _check_listing(data: bytes) -> None:
    targets.check_listing(data.split(b"\n---\n"))


def _check_versions(data: bytes) -> None:
    old, _, new = data.partition(b"\n---\n")
    # Only versions that a warehouse can hold are compared.
    replies = [targets.check_reply(part) for part in (old, new)]
    if None not in replies:
        targets.check_versions(old, new)


TARGETS: dict[str, Callable[[bytes], object]] = {
    "id": lambda data: targets.check_nct_id(data.decode("utf-8", "surrogateescape")),
    "dates": lambda data: targets.check_dates(data.decode("utf-8", "ignore").split("\n")),
    "condition_set": lambda data: targets.check_condition_set(data, _FOLDER / "x.toml"),
    "listing": _check_listing,
    "reply": targets.check_reply,
    "versions": _check_versions,
    "wait": lambda data: targets.check_wait(data.decode("latin-1")),
}


if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
