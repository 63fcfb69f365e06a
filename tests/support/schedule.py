"""Run `aclf serve` as an operator does, and list the processes that it starts."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from socket import create_server
from typing import TYPE_CHECKING

from tests.support.command_line import wait_for_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLine

SYNC = "sync/aclf"
_IMPATIENT = {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}


@contextmanager
def run_serve(
    aclf: CommandLine, *arguments: str, own_server: bool = False, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `aclf serve` in the folder of a command line; yield its process and first lines once it is ready.

    With `own_server` it starts a Prefect server on a free port. Its pages are on a free port too. A caller may end the
    process itself; otherwise it ends with SIGTERM after the block.
    """
    settings.setdefault("ACLF_PORT", "0")
    if own_server:
        settings["PREFECT_SERVER_API_PORT"] = str(find_free_port())
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


def read_pages(output: str) -> str:
    """Return the address of the pages of the warehouse, from the first lines of `aclf serve`."""
    return output.partition("The report is at ")[2].partition("/,")[0]


def find_free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with create_server(("127.0.0.1", 0)) as socket:
        return socket.getsockname()[1]


def list_processes() -> dict[int, int]:
    """Return the parent's id of each process of this machine that has not ended, by process id."""
    ps = ["ps", "-eo", "pid=,ppid=,stat="]
    lines = subprocess.run(ps, capture_output=True, text=True, check=True).stdout.splitlines()
    # What has ended and was not yet asked about by its parent is still listed, as Z.
    return {int(child): int(parent) for child, parent, state in map(str.split, lines) if not state.startswith("Z")}


def list_descendants(process: int) -> set[int]:
    """Return the ids of the processes below a process, at any depth."""
    children = {child for child, parent in list_processes().items() if parent == process}
    return children.union(*(list_descendants(child) for child in children))
