"""Runs in processes of their own: limited in what they may write, or killed, as by kill -9, at one of their steps.

A step is whatever can leave something behind or find it missing: a statement that DuckDB is given, a connection that is
closed, a file or folder that is opened to write, made, renamed, removed or flushed, a request. Nobody names them: the
interpreter tells of each as it comes, so a step that is new is known by the next run that takes it.
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
from flows import pipeline
from tests.support.clock import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

    from flows.run import RunSummary
    from flows.settings import Job

_PACKAGES = ("extract.", "flows.", "transform.", "warehouse.")
_FILES = {
    *("open", "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"),
    *("shutil.copyfile", "shutil.move", "shutil.rmtree", "http.client.send"),
}
"""Audit events of Python's own library that are steps."""

_READS = re.compile(r"\s*(?:select|from|with|set|describe|pragma)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"--[^\n]*\n")
_FOLDERS = re.compile(r"(?<=')/.*/")
_LONGEST_SECONDS = 300
_children = multiprocessing.get_context("forkserver")
_children.set_forkserver_preload(
    ["flows.pipeline", "warehouse.loading.load", "warehouse.loading.rebuild", "extract.client.listing"]
)


def live(moment: str, job: Job) -> RunSummary:
    """Run a command at a moment, its trials asked for three at a time."""
    with at(moment), mock.patch.object(pipeline, "MAX_IDS_PER_REQUEST", 3):
        run: Callable[[Job], RunSummary] = getattr(pipeline, job.command)
        return run(job)


def steps(moment: str, job: Job) -> list[str]:
    """Every step of a run that is not killed, in their order: where it is taken, and what it does."""
    taken: list[str] = _told(_taken, moment, job)
    return taken


def kill(step: str, count: int, moment: str, job: Job) -> None:
    """Have a run killed where it is about to take a step for the `count`th time."""
    assert _exit_code(_begun(_die, step, count, moment, job)) == -signal.SIGKILL, f"the run did not come to: {step}"


def limited(size: int, moment: str, job: Job) -> AclfError | RunSummary:
    """What comes of a run in a process whose files may have no more than so many bytes: its report, or its error."""
    ended: AclfError | RunSummary = _told(_live_limited, size, moment, job)
    return ended


def killed_by_size(size: int, moment: str, job: Job) -> bool:
    """Have a run killed in the middle of the write that makes a file larger than so many bytes; whether one did."""
    return _exit_code(_begun(_die_of_size, size, moment, job)) == -signal.SIGXFSZ


def _begun(target: Callable[..., None], *arguments: Any) -> Any:
    child = _children.Process(target=target, args=arguments)
    child.start()
    return child


def _exit_code(child: Any) -> int | None:
    child.join(_LONGEST_SECONDS)
    child.kill()
    return child.exitcode


def _told(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives in a process of its own."""
    told, tells = _children.Pipe(duplex=False)
    child = _begun(_tell_of, tells, function, *arguments)
    tells.close()
    answer = told.recv()
    assert _exit_code(child) == 0
    return answer


def _tell_of(tells: Connection, function: Callable[..., Any], *arguments: Any) -> None:
    tells.send(function(*arguments))


def _taken(moment: str, job: Job) -> list[str]:
    taken: list[str] = []
    _watch(taken.append)
    live(moment, job)
    return taken[:]


def _die(step: str, count: int, moment: str, job: Job) -> None:
    seen = Counter[str]()

    def take(taken: str) -> None:
        seen[taken] += 1
        if taken == step and seen[step] == count:
            os.kill(os.getpid(), signal.SIGKILL)

    _watch(take)
    live(moment, job)


def _live_limited(size: int, moment: str, job: Job) -> AclfError | RunSummary:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        return live(moment, job)
    except AclfError as error:
        return error


def _die_of_size(size: int, moment: str, job: Job) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    live(moment, job)


def _watch(take: Callable[[str], None]) -> None:
    """Have every step of this process told, before it is taken."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FILES and (event != "open" or _writes(arguments)):
            _tell(take, event)

    def telling(name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
        def told(*arguments: Any, **named: Any) -> Any:
            statement = _COMMENTS.sub("", str(arguments[1])) if name == "execute" else name
            if not _READS.match(statement):
                _tell(take, _FOLDERS.sub("", " ".join(statement.split()[:2])))
            return whole(*arguments, **named)

        return told

    sys.addaudithook(hear)
    os.fsync = telling("fsync", os.fsync)
    for name in ("execute", "close", "__exit__"):
        method = getattr(duckdb.DuckDBPyConnection, name)
        setattr(duckdb.DuckDBPyConnection, name, telling(name, method))


def _tell(take: Callable[[str], None], what: str) -> None:
    """Tell of a step that the product takes, and of no other."""
    way = list(islice(_on_the_way(sys._getframe(1)), 2))
    if way:
        take(f"{' < '.join(way)}: {what}")


def _on_the_way(frame: FrameType | None) -> Iterator[str]:
    """The product's functions that are at work, the innermost first; a file of statements stands for who runs it."""
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_PACKAGES):
            file = frame.f_locals.get("name") if module == "warehouse.sql.files" else None
            yield f"{file}.sql" if file else f"{module}.{frame.f_code.co_qualname}"
        frame = frame.f_back


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether `open` is to write: `arguments` are path, mode and flags."""
    return bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
