"""Gives the targets to atheris, which looks for bytes that take new ways through the code.

    pip install atheris
    python -m tests.resilience.hostile.fuzz reply -runs=100000 [a folder of seeds]

atheris is no requirement: it brings its own compiler runtime, and the tests have the same targets without it.
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


def _listing(data: bytes) -> None:
    targets.a_listing(data.split(b"\n---\n"))


def _versions(data: bytes) -> None:
    old, _, new = data.partition(b"\n---\n")
    held = [reading.lines for reading in (targets.a_reply(part) for part in (old, new)) if reading]
    if len(held) > 1:
        targets.two_versions(old, new)


TARGETS: dict[str, Callable[[bytes], object]] = {
    "id": lambda data: targets.an_id(data.decode("utf-8", "surrogateescape")),
    "dates": lambda data: targets.some_dates(data.decode("utf-8", "ignore").split("\n")),
    "condition_set": lambda data: targets.a_condition_set(data, _FOLDER / "x.toml"),
    "listing": _listing,
    "reply": targets.a_reply,
    "versions": _versions,
    "wait": lambda data: targets.a_wait(data.decode("latin-1")),
}


if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
