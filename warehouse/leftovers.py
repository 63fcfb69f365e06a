"""What processes that were killed have left beside the warehouse and in `.aclf/`."""

from __future__ import annotations

import shutil
from itertools import chain
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warehouse.places import Places

_LOG = ".wal"


def clear_up(places: Places) -> list[str]:
    """Remove what killed runs have left, and move aside the logs of others that DuckDB would read into the warehouse.

    Args:
        places: of a warehouse whose lock is held.

    Returns:
        What was moved aside, in words.
    """
    half_made = (places.next_store, places.log_of(places.next_store))
    for file in chain(half_made, places.versions.glob("*.part"), places.versions.glob("*.link")):
        file.unlink(missing_ok=True)
    if places.scratch.exists():
        shutil.rmtree(places.scratch)
    return [_moved_aside(log, places) for log in stray_logs(places)]


def stray_logs(places: Places) -> list[Path]:
    """DuckDB's write-ahead logs beside published files that nobody is writing.

    A run leaves none: somebody opened a published file to write into it, and was killed.
    """
    return [log for log in _logs(places) if not _is_being_written(log.with_suffix(""))]


def _logs(places: Places) -> Iterator[Path]:
    beside = places.log_of(places.warehouse)
    yield from (log for log in (beside,) if log.exists())
    yield from sorted(places.versions.glob(f"*{_LOG}"))


def _is_being_written(database: Path) -> bool:
    """Whether a process has the database open to write; only DuckDB knows its own locks."""
    if not database.exists():
        return False
    try:
        duckdb.connect(str(database), read_only=True).close()
    except duckdb.Error as error:
        return "lock on file" in str(error)
    return False


def _moved_aside(log: Path, places: Places) -> str:
    places.strays.mkdir(exist_ok=True)
    kept = log.replace(places.strays / log.name)
    return f"a log that lay beside {log.with_suffix('').name} belonged to nobody and was moved to {kept}"
