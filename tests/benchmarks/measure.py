"""Measure a command as a whole process tree: wall time, processor time and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PAGE = os.sysconf("SC_PAGE_SIZE")
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of a command.

    Attributes:
        wall: seconds from its start to its end.
        cpu: seconds of processor time, user and system, of the process and of all descendants that were waited for.
        peak: bytes of memory that are its own: the most that its process tree had at one look, without the pages of
            mapped files, which the system can drop and which processes share.
        peak_with_files: the same with the pages of mapped files, which count once for each process.
        printed: the JSON object that it printed; empty where it printed something else.
        left: the counts of its DuckDB file afterwards; empty where it leaves no file.
    """

    wall: float
    cpu: float
    peak: int
    peak_with_files: int = 0
    printed: Mapping[str, Any] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)


class CommandFailedError(RuntimeError):
    """A command ended with another exit code than 0; the message has its standard error."""

    @property
    def last_line(self) -> str:
        """The last line of the message."""
        return str(self).rstrip().splitlines()[-1].strip()


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Measurement:
    """Run a command to its end.

    Args:
        command: program and arguments.
        folder: where it runs.
        environment: its whole environment.

    Raises:
        CommandFailedError: the command failed, so its figures would be useless.
    """
    # Files and not pipes: nobody has to read them while the command runs.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=errors)
        with _MemoryWatch(process.pid) as watch:
            # `wait4` returns the resources of the process, which `Popen.wait` does not.
            _, status, used = os.wait4(process.pid, 0)
            wall = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise CommandFailedError(
                f"{' '.join(command)} ended with {process.returncode}:\n{errors.read().decode(errors='replace')}"
            )
        output.seek(0)
        largest = used.ru_maxrss * _RSS_UNIT
        return Measurement(
            wall,
            used.ru_utime + used.ru_stime,
            # Without /proc, or for a process that ends before the first look, only the largest process is known.
            watch.peak or largest,
            max(largest, watch.peak_with_files),
            _parse_object(output.read()),
        )


def _parse_object(output: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        document = json.loads(output)
        if isinstance(document, dict):
            return document
    return {}


class _MemoryWatch:
    """A thread that adds up the memory of a process tree every few hundredths of a second; without /proc it finds 0."""

    def __init__(self, root: int) -> None:
        self.peak = 0
        self.peak_with_files = 0
        self._root = root
        self._over = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            own, with_files = sum_tree_memory(self._root)
            self.peak = max(self.peak, own)
            self.peak_with_files = max(self.peak_with_files, with_files)


def sum_tree_memory(pid: int) -> tuple[int, int]:
    """Return the bytes of memory of a process and its descendants, without and with the pages of mapped files.

    A process that has just ended counts as 0. Pages that processes share count once for each of them.
    """
    own = with_files = 0
    with suppress(OSError, IndexError, ValueError):
        # `statm` counts pages: of the address space, in memory, and in memory from files.
        _, resident, of_files, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        own, with_files = (resident - of_files) * _PAGE, resident * _PAGE
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                child_own, child_with_files = sum_tree_memory(int(child))
                own, with_files = own + child_own, with_files + child_with_files
    return own, with_files
