"""Measure a command as a whole process: wall time, processor time and peak memory."""

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
        cpu: seconds of processor time, user and system, of the process and of the children that it waited for.
        peak: bytes of memory: the most that its process tree had at one look, or the most of its largest process.
        printed: the JSON object that it printed; empty where it printed something else.
        left: the counts of its DuckDB file afterwards; empty where it leaves no file.
    """

    wall: float
    cpu: float
    peak: int
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
        peak = max(used.ru_maxrss * _RSS_UNIT, watch.peak)
        return Measurement(wall, used.ru_utime + used.ru_stime, peak, _parse_object(output.read()))


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
            self.peak = max(self.peak, _sum_tree_memory(self._root))


def _sum_tree_memory(pid: int) -> int:
    """Return the bytes of memory of a process and its descendants; processes that have just ended count as 0."""
    total = 0
    with suppress(OSError, IndexError, ValueError):
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(_sum_tree_memory(int(child)) for child in children.read_text().split())
    return total
