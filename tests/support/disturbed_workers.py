"""Disturb the worker processes of a run from outside: Python imports `sitecustomize` from PYTHONPATH when it starts."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path

from tests.support.schedule import list_descendants

_CODE = """
import os, signal, sys
from pathlib import Path

is_looking = False

def disturb(event, arguments):
    global is_looking
    if is_looking or event != {event!r}:
        return
    # What follows may open a file too.
    is_looking = True
    if {condition}:
        {action}
    is_looking = False

# A worker process of ours, or of a Dask cluster, which multiprocessing starts.
if not {{"flows.part_worker", "--multiprocessing-fork"}}.isdisjoint(sys.orig_argv):
    sys.addaudithook(disturb)
"""
_LONGEST_SECONDS = 60
_KILL = "os.kill(os.getpid(), signal.SIGKILL)"

MOMENTS = {
    # A moment of a worker: an event of Python's audit hook, and what its arguments must be.
    "reads a reply": ("open", "str(arguments[0]).endswith('.json')"),
    "begins to write a part": ("open", "str(arguments[0]).endswith('.part')"),
    "has written a part": ("os.rename", "str(arguments[1]).endswith('.arrow')"),
}


def kill_a_worker_once(folder: Path, moment: str) -> dict[str, str]:
    """Return the environment in which the first worker that comes to a moment of `MOMENTS` is killed there."""
    is_left = folder / "nobody was killed yet"
    is_left.touch()
    event, condition = MOMENTS[moment]
    return _write(
        folder, event, f"{condition} and os.path.exists({str(is_left)!r})", f"os.unlink({str(is_left)!r}); {_KILL}"
    )


def kill_each_worker_at(folder: Path, nct_id: str) -> dict[str, str]:
    """Return the environment in which a worker is killed whenever it reads the record of a trial to parse it."""
    event, condition = MOMENTS["reads a reply"]
    # A reply under an NCT number is that of a quarantined record, which is kept as the text that it is.
    is_parsed = "not Path(arguments[0]).name.startswith('NCT')"
    # A worker of a Dask cluster first makes its copy of the reply.
    has_it = f"os.path.exists(arguments[0]) and {nct_id.encode()!r} in Path(arguments[0]).read_bytes()"
    return _write(folder, event, f"{condition} and {is_parsed} and {has_it}", _KILL)


def let_workers_wait(folder: Path, moment: str = "reads a reply") -> tuple[dict[str, str], Path]:
    """Return the environment in which each worker waits at a moment of `MOMENTS`, and the pipe that it reads then."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    return _write(folder, *MOMENTS[moment], f"Path({str(pipe)!r}).read_bytes()"), pipe


def list_workers(process: int) -> set[int]:
    """Return the worker processes of a process."""
    workers = set()
    for child in list_descendants(process):
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"flows.part_worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                workers.add(child)
    return workers


def wait_until_ended(pids: set[int]) -> None:
    """Wait until these processes, of whomever they are children, have ended."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        assert select.select([descriptor], [], [], _LONGEST_SECONDS)[0], f"the process {pid} goes on"
        os.close(descriptor)


def _write(folder: Path, event: str, condition: str, action: str) -> dict[str, str]:
    (folder / "sitecustomize.py").write_text(_CODE.format(event=event, condition=condition, action=action))
    return {"PYTHONPATH": str(folder)}
