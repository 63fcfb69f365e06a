"""`aclf serve` as an operator starts it, and the processes that come of it."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.command_line import ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLine

SYNC = "sync/aclf"
_IMPATIENT = {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}


@contextmanager
def serving(aclf: CommandLine, *arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`aclf serve` in the folder of a command line, ready; its end is left to the caller, or comes with SIGTERM."""
    process = aclf.start("serve", "--patience", "5", *arguments, **_IMPATIENT, **settings)
    lines = []
    while not lines or "ends it" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], ended(process)
    try:
        yield process, "".join(lines)
    finally:
        if process.poll() is None:
            process.terminate()
            ended(process)


def processes() -> dict[int, int]:
    """The processes of this machine, each with the one that started it."""
    lines = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.splitlines()
    return {int(child): int(parent) for child, parent in map(str.split, lines)}


def below(process: int) -> set[int]:
    """What a process has started, and what that has."""
    there = processes()
    found = {child for child, parent in there.items() if parent == process}
    return found.union(*(below(child) for child in found))
