"""Run `aclf serve` as an operator does, and list the processes that it starts."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.command_line import wait_for_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLine

SYNC = "sync/aclf"
_IMPATIENT = {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}


@contextmanager
def run_serve(aclf: CommandLine, *arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `aclf serve` in the folder of a command line; yield its process and first lines once it is ready.

    A caller may end the process itself; otherwise it ends with SIGTERM after the block.
    """
    process = aclf.start("serve", "--patience", "5", *arguments, **_IMPATIENT, **settings)
    lines = []
    while not lines or "ends it" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], wait_for_end(process)
    try:
        yield process, "".join(lines)
    finally:
        if process.poll() is None:
            process.terminate()
            wait_for_end(process)


def list_processes() -> dict[int, int]:
    """Return the parent's id of each process of this machine, by process id."""
    lines = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.splitlines()
    return {int(child): int(parent) for child, parent in map(str.split, lines)}


def list_descendants(process: int) -> set[int]:
    """Return the ids of the processes below a process, at any depth."""
    children = {child for child, parent in list_processes().items() if parent == process}
    return children.union(*(list_descendants(child) for child in children))
