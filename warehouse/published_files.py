"""Where published files lie, and which run made each.

A run publishes `.aclf/published/run-NNNNNN/aclf.duckdb`. DuckDB names a catalog after its file, so the catalog has the
warehouse's name in every client. Earlier versions published `.aclf/published/run-NNNNNN.duckdb`. These files stay until
newer ones take their place. Each newer file has a link of that name, so that scripts that go back a night find it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.paths import Paths

_NUMBER = re.compile(r"run-(\d+)")


def list_published_files(paths: Paths) -> list[Path]:
    """Return the published files, those of the newest run first."""
    return sorted(_find_files(paths), key=lambda file: read_number(file, paths), reverse=True)


def read_number(file: Path, paths: Paths) -> int:
    """Return the number of the run that published a file, or 0 if the file is not one of the published files."""
    within = Path(os.path.realpath(file))
    published = Path(os.path.realpath(paths.published))
    if published not in within.parents:
        return 0
    found = _NUMBER.match(within.relative_to(published).parts[0])
    return int(found[1]) if found else 0


def get_published_run(paths: Paths) -> int | None:
    """Return the run whose data the warehouse holds, or None if nothing is published or the file is a copy."""
    return (read_number(paths.warehouse, paths) or None) if paths.warehouse.exists() else None


def get_newest_number(paths: Paths) -> int:
    """Return the highest number that a published file ever had, as far as the folder and the link still tell."""
    names = [entry.name for entry in paths.published.iterdir()] if paths.published.is_dir() else []
    numbers = [int(found[1]) for found in map(_NUMBER.match, names) if found]
    # The link may still name a file that is gone.
    return max([read_number(paths.warehouse, paths), *numbers])


def is_flat(file: Path, paths: Paths) -> bool:
    """Return whether an earlier version published this file, which has no folder of its own."""
    return file.parent == paths.published


def get_flat_name(file: Path) -> Path:
    """Return the name that earlier versions gave to a published file."""
    return file.parent.with_suffix(".duckdb")


def _find_files(paths: Paths) -> Iterator[Path]:
    for entry in paths.published.glob("run-*"):
        if entry.suffix == ".duckdb" and not entry.is_symlink():
            yield entry
        elif entry.is_dir() and not entry.suffix:
            yield from (file for file in entry.iterdir() if file.suffix != ".wal")
