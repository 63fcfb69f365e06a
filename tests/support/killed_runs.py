"""Run the pipeline in a child process that is killed, as by kill -9, at one step, or that may write only small files.

A step is an action that a kill can leave half done. It is a statement for DuckDB, the closing of a connection, a
request, a start of a worker process, a line to it or from it, or a file operation: open to write, make, rename, remove,
flush. No list names the steps. Python's audit hook and wrapped functions report each step as it happens, so a new step
is covered without a change here.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import signal
import sys
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any
from unittest import mock

import duckdb

from extract.errors import AclfError
from flows import pipeline, workers
from tests.support.clock import clock_stands_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

    from flows.settings import Job
    from warehouse.runs import RunSummary

_PACKAGES = ("extract.", "flows.", "transform.", "warehouse.")
_FILES = {
    *("open", "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"),
    *("fcntl.ioctl", "shutil.copyfile", "shutil.move", "shutil.rmtree", "http.client.send", "subprocess.Popen"),
}
"""The audit events of Python's standard library that are steps."""

_READ_STATEMENT = re.compile(r"\s*(?:select|from|with|set|describe|pragma)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"--[^\n]*\n")
_FOLDERS = re.compile(r"(?<=')/.*/")
_LONGEST_SECONDS = 300
# A fork server imports the pipeline once, so that a child starts without the time of an import.
_children = multiprocessing.get_context("forkserver")
_children.set_forkserver_preload(
    ["flows.pipeline", "warehouse.loading.load", "warehouse.loading.rebuild", "extract.client.listing"]
)


def run_job(moment: str, job: Job) -> RunSummary:
    """Run a job with the clock at a moment; each batch asks for three trials."""
    with clock_stands_at(moment), mock.patch.object(pipeline, "MAX_IDS_PER_REQUEST", 3):
        run: Callable[[Job], RunSummary] = getattr(pipeline, job.command)
        return run(job)


def list_steps(moment: str, job: Job) -> list[str]:
    """Run a job in a child process to its end, and return its steps in order: the functions and the action."""
    steps: list[str] = _call_in_child(_record_steps, moment, job)
    return steps


def kill_at_step(step: str, count: int, moment: str, job: Job) -> None:
    """Kill a run just before it takes a step for the `count`th time."""
    child = start_child(_run_until_step, step, count, moment, job)
    assert wait_for_exit_code(child) == -signal.SIGKILL, f"the run did not come to: {step}"


def run_with_size_limit(size: int, moment: str, job: Job) -> AclfError | RunSummary:
    """Run a job in a process whose files may not exceed `size` bytes, and return its summary or its error."""
    result: AclfError | RunSummary = _call_in_child(_run_limited, size, moment, job)
    return result


def kill_at_size(size: int, moment: str, job: Job) -> bool:
    """Kill a run during the write that makes a file exceed `size` bytes; return whether there was such a write."""
    child = start_child(_run_until_size, size, moment, job)
    return wait_for_exit_code(child) == -signal.SIGXFSZ


def start_child(target: Callable[..., None], *arguments: Any) -> Any:
    """Call a function in a new process, and return the process."""
    child = _children.Process(target=target, args=arguments)
    child.start()
    return child


def wait_for_exit_code(child: Any) -> int | None:
    """Wait until a process of `start_child` ends, and return its exit code; kill it if that takes too long."""
    child.join(_LONGEST_SECONDS)
    child.kill()
    return child.exitcode


def _call_in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a child process, and return its result."""
    receiver, sender = _children.Pipe(duplex=False)
    child = start_child(_send_result, sender, function, *arguments)
    sender.close()
    result = receiver.recv()
    assert wait_for_exit_code(child) == 0
    return result


def _send_result(sender: Connection, function: Callable[..., Any], *arguments: Any) -> None:
    sender.send(function(*arguments))


# What the child processes run.


def _record_steps(moment: str, job: Job) -> list[str]:
    steps: list[str] = []
    _watch_steps(steps.append)
    run_job(moment, job)
    # A copy, because the watch goes on while the result is sent.
    return steps[:]


def _run_until_step(step: str, count: int, moment: str, job: Job) -> None:
    seen = Counter[str]()

    def on_step(current_step: str) -> None:
        seen[current_step] += 1
        if current_step == step and seen[step] == count:
            os.kill(os.getpid(), signal.SIGKILL)

    _watch_steps(on_step)
    run_job(moment, job)


def _run_limited(size: int, moment: str, job: Job) -> AclfError | RunSummary:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        return run_job(moment, job)
    except AclfError as error:
        return error


def _run_until_size(size: int, moment: str, job: Job) -> None:
    # Python ignores SIGXFSZ by default; with the system's default action the signal kills the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    run_job(moment, job)


def _watch_steps(on_step: Callable[[str], None]) -> None:
    """Call `on_step` before each step of this process."""

    def on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FILES and (event != "open" or _opens_to_write(arguments)):
            _report_step(on_step, event)

    def wrap(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def report_and_call(*arguments: Any, **named: Any) -> Any:
            statement = _COMMENTS.sub("", str(arguments[1])) if name == "execute" else name
            if not _READ_STATEMENT.match(statement):
                _report_step(on_step, _FOLDERS.sub("", " ".join(statement.split()[:2])))
            return original(*arguments, **named)

        return report_and_call

    # Python has no audit event for fsync or for a line through a pipe, and none for what DuckDB does by itself.
    sys.addaudithook(on_audit_event)
    os.fsync = wrap("fsync", os.fsync)
    for name in ("write_request", "read_answer"):
        setattr(workers, name, wrap(name, getattr(workers, name)))
    for name in ("execute", "close", "__exit__"):
        method = getattr(duckdb.DuckDBPyConnection, name)
        setattr(duckdb.DuckDBPyConnection, name, wrap(name, method))


def _report_step(on_step: Callable[[str], None], action: str) -> None:
    """Report an action of the product, with its two innermost functions; ignore any other action."""
    callers = list(islice(_find_product_callers(sys._getframe(1)), 2))
    if callers:
        on_step(f"{' < '.join(callers)}: {action}")


def _find_product_callers(frame: FrameType | None) -> Iterator[str]:
    """Yield the product's functions on the stack, innermost first; a SQL file stands for the function that runs it."""
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_PACKAGES):
            file = frame.f_locals.get("name") if module == "warehouse.sql.files" else None
            yield f"{file}.sql" if file else f"{module}.{frame.f_code.co_qualname}"
        frame = frame.f_back


def _opens_to_write(arguments: tuple[Any, ...]) -> bool:
    """Return whether `open` is to write; the arguments are path, mode and flags."""
    return bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
