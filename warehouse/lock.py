"""Let one run at a time work on a warehouse."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from extract.errors import BadSetting
from warehouse.disk_errors import translate_disk_errors
from warehouse.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warehouse.paths import Paths

_HOLDER_NOTE = "running"
"""Name of the file that says which run holds the lock."""


@contextmanager
def hold_lock(paths: Paths, command: str, wait: float = 0) -> Iterator[None]:
    """Hold the lock of a warehouse while the block runs.

    The system frees the lock when the process ends, however it ends.

    Args:
        paths: The warehouse's paths.
        command: The command that holds the lock. The message to a run that finds it held names it.
        wait: Seconds to wait for the lock.

    Raises:
        Busy: Another run holds the lock.
        BadSetting: The warehouse's folder cannot be written to.
        LoadFailed: The disk is full.
    """
    note = paths.state / _HOLDER_NOTE
    lock = FileLock(paths.lock, timeout=wait)
    try:
        with translate_disk_errors(paths):
            paths.state.mkdir(exist_ok=True)
            lock.acquire()
    except Timeout as error:
        raise Busy(f"another run holds the lock ({_read_note(note)})") from error
    except OSError as error:
        raise BadSetting(
            f"the folder {paths.state} cannot be written to ({error.strerror})",
            next_step="correct its permissions, or use another --warehouse",
        ) from error
    try:
        # The note only informs other runs, so a full disk may prevent it.
        with suppress(OSError):
            note.write_text(f"{command} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, process {os.getpid()}")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _read_note(note: Path) -> str:
    try:
        return note.read_text()
    except FileNotFoundError:
        # The other run holds the lock, but has not written its note yet.
        return "it has just started"
