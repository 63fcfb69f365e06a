"""Measures a command as a whole process: wall time, processor time and peak memory."""

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
        cpu: seconds of processor time, user and system, of the process and of the children it waited for.
        peak: bytes of memory: the most that its process tree held at one look, or its largest process did between.
        told: the JSON object that it printed, empty where it printed something else.
        left: what was counted in its DuckDB file afterwards, empty where it leaves none.
    """

    wall: float
    cpu: float
    peak: int
    told: Mapping[str, Any] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)


class CommandFailedError(RuntimeError):
    """A command ended with another code than 0; the message has what it wrote to standard error."""

    @property
    def last_words(self) -> str:
        """The last line of that."""
        return str(self).rstrip().splitlines()[-1].strip()


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Measurement:
    """Run a command to its end.

    Args:
        command: program and arguments.
        folder: where it runs.
        environment: its whole environment.

    Raises:
        CommandFailedError: it failed, and its figures would be of no use.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        began = perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=complained)
        with _Watch(process.pid) as watch:
            _, status, used = os.wait4(process.pid, 0)
            wall = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complained.seek(0)
            raise CommandFailedError(
                f"{' '.join(command)} ended with {process.returncode}:\n{complained.read().decode(errors='replace')}"
            )
        said.seek(0)
        peak = max(used.ru_maxrss * _RSS_UNIT, watch.peak)
        return Measurement(wall, used.ru_utime + used.ru_stime, peak, _told(said.read()))


def _told(output: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        document = json.loads(output)
        if isinstance(document, dict):
            return document
    return {}


class _Watch:
    """Adds up the memory of a process tree every few hundredths of a second; where there is no /proc it finds 0."""

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
            self.peak = max(self.peak, _memory_of_tree(self._root))


def _memory_of_tree(pid: int) -> int:
    """Bytes that a process and its descendants hold; those that have ended in the meantime hold none."""
    total = 0
    with suppress(OSError, IndexError, ValueError):
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(_memory_of_tree(int(child)) for child in children.read_text().split())
    return total
