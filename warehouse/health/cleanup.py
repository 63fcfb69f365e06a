"""Clean up what killed processes left beside the warehouse and in `.aclf/`."""

from __future__ import annotations

import shutil
from itertools import chain
from typing import TYPE_CHECKING

from warehouse.connect import is_being_written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warehouse.paths import Paths

_LOG_SUFFIX = ".wal"


def clean_up(paths: Paths) -> list[str]:
    """Remove what killed runs left, and move away the stray logs that DuckDB would read into the warehouse.

    Args:
        paths: Those of a warehouse whose lock is held.

    Returns:
        One sentence for each log that was moved away.
    """
    # These files belong to runs alone. The caller holds the lock, so no run uses them now.
    incomplete = (paths.next_store, paths.get_log(paths.next_store))
    # Whole replies and parts stay, because the run that comes uses them.
    for file in chain(incomplete, paths.published.glob("*.link"), paths.landing.glob("*/.*.part")):
        file.unlink(missing_ok=True)
    for folder in (paths.scratch, *paths.published.glob("*.part")):
        # Earlier versions made a file of this name, not a folder.
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
    # A log may hold the work of a person, so it is kept, but where DuckDB does not find it.
    return [_move_away(log, paths) for log in find_stray_logs(paths)]


def find_stray_logs(paths: Paths) -> list[Path]:
    """Return DuckDB's write-ahead logs beside published files that no process is writing.

    A run leaves no such log. It appears if somebody opens a published file to write into it, and that process is
    killed.
    """
    return [log for log in _list_logs(paths) if not is_being_written(log.with_suffix(""))]


def _list_logs(paths: Paths) -> Iterator[Path]:
    # DuckDB writes the log beside the file that the link leads to. A copied warehouse can still bring one beside it.
    beside_link = paths.get_log(paths.warehouse)
    if beside_link.exists():
        yield beside_link
    yield from sorted(paths.published.glob(f"**/*{_LOG_SUFFIX}"))


def _move_away(log: Path, paths: Paths) -> str:
    # Published files have one name in many folders, and one log must not replace another.
    is_in_run_folder = log.parent.parent == paths.published
    paths.strays.mkdir(exist_ok=True)
    moved = log.replace(paths.strays / (f"{log.parent.name}-{log.name}" if is_in_run_folder else log.name))
    database = log.with_suffix("").relative_to(paths.warehouse.parent)
    return f"a stray log beside {database} was moved to {moved}, because no process is writing that file"
