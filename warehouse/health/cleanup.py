"""What processes that were killed have left beside the warehouse and in `.aclf/`."""

from __future__ import annotations

import shutil
from itertools import chain
from typing import TYPE_CHECKING

from warehouse.connect import is_being_written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warehouse.paths import Paths

_LOG = ".wal"


def clean_up(paths: Paths) -> list[str]:
    """Remove what killed runs have left, and move aside the logs of others that DuckDB would read into the warehouse.

    Args:
        paths: of a warehouse whose lock is held.

    Returns:
        What was moved aside, in words.
    """
    half_made = (paths.next_store, paths.log_of(paths.next_store))
    for file in chain(half_made, paths.versions.glob("*.part"), paths.versions.glob("*.link")):
        file.unlink(missing_ok=True)
    if paths.scratch.exists():
        shutil.rmtree(paths.scratch)
    return [_moved_aside(log, paths) for log in find_stray_logs(paths)]


def find_stray_logs(paths: Paths) -> list[Path]:
    """DuckDB's write-ahead logs beside published files that nobody is writing.

    A run leaves none: somebody opened a published file to write into it, and was killed.
    """
    return [log for log in _logs(paths) if not is_being_written(log.with_suffix(""))]


def _logs(paths: Paths) -> Iterator[Path]:
    beside = paths.log_of(paths.warehouse)
    yield from (log for log in (beside,) if log.exists())
    yield from sorted(paths.versions.glob(f"*{_LOG}"))


def _moved_aside(log: Path, paths: Paths) -> str:
    paths.strays.mkdir(exist_ok=True)
    kept = log.replace(paths.strays / log.name)
    return f"a log that lay beside {log.with_suffix('').name} belonged to nobody and was moved to {kept}"
