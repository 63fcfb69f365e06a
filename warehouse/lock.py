"""The mutex between runs on one warehouse."""

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

_HOLDER = "running"


@contextmanager
def run_lock(paths: Paths, command: str, wait: float = 0) -> Iterator[None]:
    """Hold the lock of a warehouse; the system frees it when the process ends, however it ends.

    Args:
        paths: the warehouse's.
        command: what holds it, for the one who waits.
        wait: seconds to wait for it.

    Raises:
        Busy: another run holds it.
        BadSetting: the warehouse's folder cannot be written to.
        LoadFailed: the disk is full.
    """
    holder = paths.state / _HOLDER
    lock = FileLock(paths.lock, timeout=wait)
    try:
        with translate_disk_errors(paths):
            paths.state.mkdir(exist_ok=True)
            lock.acquire()
    except Timeout as error:
        raise Busy(f"another run holds the lock ({_read(holder)})") from error
    except OSError as error:
        raise BadSetting(
            f"the folder {paths.state} cannot be written to ({error.strerror})",
            next_step="mend its permissions, or use another --warehouse",
        ) from error
    try:
        with suppress(OSError):  # information for others: on a full disk there is none
            holder.write_text(f"{command} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, process {os.getpid()}")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _read(holder: Path) -> str:
    try:
        return holder.read_text()
    except FileNotFoundError:
        return "it has just started"
