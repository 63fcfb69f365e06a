"""One run: the lock it holds, the registry it asks, and its row in `ops.runs`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from extract.client.registry import Registry
from extract.errors import AclfError, RegistryError, RunFailed
from extract.landing import keep_reply
from flows.errors import InternalError, Interrupted, Terminated
from flows.settings import SAMPLE, Job
from flows.signals import received_signal
from warehouse.errors import NoWarehouse
from warehouse.health.cleanup import clean_up
from warehouse.lock import run_lock
from warehouse.runs import (
    A_MOMENT,
    COUNTS,
    FAILED,
    begin_run,
    choose_run_time,
    end_run,
    read_last_sync,
    read_newest_origin,
    read_run_summary,
)
from warehouse.store import open_store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RunSummary = dict[str, Any]
"""What a run did: the columns of `warehouse.runs.SUMMARY_COLUMNS`."""

ProgressCallback = Callable[[str, int, int], None]
"""Hears of progress: what is being done, how much of it is done, and of how much (0 where that is not known)."""


def ignore_progress(stage: str, done: int, of: int) -> None:
    """Hear of progress in silence."""


class Run:
    """A run in progress: what its steps need, and what is known of it so far.

    It is no dataclass, for Prefect would look for states inside of one each time a task is given it.

    Attributes:
        job: what it is to do.
        run_id: its number in `ops.runs`; 0 for one that is not noted there.
        started_at: its time, the same for all that it writes.
        on_progress: hears of progress.
        counts: columns of its row in `ops.runs` that are known so far.
        notes: what is odd about what it found, in words.
    """

    def __init__(self, job: Job, on_progress: ProgressCallback) -> None:
        self.job = job
        self.run_id = 0
        self.started_at = datetime.now(UTC)
        self.on_progress = on_progress
        self.counts: dict[str, Any] = dict.fromkeys(COUNTS, 0)
        self.notes: list[str] = []
        self._clock = time.monotonic()

    @property
    def requests_sent(self) -> int:
        """HTTP requests, retries included."""
        return 0

    def end(self, store: DuckDBPyConnection, outcome: str, message: str) -> None:
        """Write into the run's row how it ended."""
        end_run(
            store,
            self.run_id,
            **self.counts,
            outcome=outcome,
            message=message,
            requests=self.requests_sent,
            seconds=round(time.monotonic() - self._clock, 3),
            finished_at=datetime.now(UTC),
        )

    def summary(self) -> RunSummary:
        """The run's row."""
        with open_store(self.job.paths) as store:
            return read_run_summary(store, self.run_id)


class RegistryRun(Run):
    """A run that asks the registry.

    Attributes:
        registry: the client, which counts the requests.
    """

    def __init__(self, job: Job, on_progress: ProgressCallback, registry: Registry) -> None:
        super().__init__(job, on_progress)
        self.registry = registry

    @property
    def requests_sent(self) -> int:
        """HTTP requests, retries included."""
        return self.registry.requests_sent


@contextmanager
def connect_to_registry(job: Job, on_progress: ProgressCallback = ignore_progress) -> Iterator[RegistryRun]:
    """Take the lock and connect to the registry, for a run that leaves no trace.

    Raises:
        Busy: another run holds the lock.
    """
    with ExitStack() as stack:
        stack.enter_context(_locked(job))
        base_url = stack.enter_context(_served(job))
        registry = stack.enter_context(
            Registry(base_url, requests_per_second=job.rate(base_url), patience=job.settings.patience)
        )
        yield RegistryRun(job, on_progress, registry)


@contextmanager
def begin_registry_run(job: Job, on_progress: ProgressCallback = ignore_progress) -> Iterator[RegistryRun]:
    """Begin a run that asks the registry and is noted in `ops.runs`.

    Raises:
        Busy: another run holds the lock.
    """
    with connect_to_registry(job, on_progress) as run, _noted(run, lambda _: _asked_origin(job)):
        yield run


@contextmanager
def begin_local_run(job: Job, on_progress: ProgressCallback = ignore_progress) -> Iterator[Run]:
    """Begin a run that works on what is there, and is noted in `ops.runs`.

    Raises:
        Busy: another run holds the lock.
        NoWarehouse: there is nothing to work on.
    """
    with _locked(job):
        if not (job.paths.store.exists() or job.paths.warehouse.exists()):
            raise NoWarehouse(f"there is no warehouse {job.paths.warehouse}")
        run = Run(job, on_progress)
        with _noted(run, lambda store: _held_origin(store, job)):
            yield run


@contextmanager
def _noted(run: Run, origin: Callable[[DuckDBPyConnection], dict[str, Any]]) -> Iterator[None]:
    """Note a run; one that fails is noted as failed, with the sentence that says why, before the error goes on."""
    run.notes += clean_up(run.job.paths)
    with open_store(run.job.paths) as store:
        clock = run.started_at
        run.started_at = choose_run_time(store, clock)
        if run.started_at - clock > A_MOMENT:
            told = f"the clock stood at {clock:%Y-%m-%d %H:%M:%S} UTC, before the newest run's, whose time was taken"
            run.notes.append(told)
        run.run_id = begin_run(
            store,
            **origin(store),
            command=run.job.command,
            warehouse=str(run.job.paths.warehouse),
            started_at=run.started_at,
            software_version=version("aclf-trials"),
        )
    try:
        yield
    except BaseException as stop:
        error = as_aclf_error(stop)
        if isinstance(error, RegistryError) and error.reply:
            _keep_reply(run, error)
        with suppress(RunFailed):  # where even that cannot be written the next run notes that this one ended
            error.run_summary = _fail(run, str(error))
        if error is stop or isinstance(error, InternalError):
            raise
        raise error from None


def _asked_origin(job: Job) -> dict[str, Any]:
    """Where the data comes from that a run asks for, as columns of its row."""
    condition_set = job.condition_set
    return {
        "registry": job.registry,
        "condition_set": condition_set.name,
        "condition_set_digest": condition_set.digest,
    }


def _held_origin(store: DuckDBPyConnection, job: Job) -> dict[str, Any]:
    """Where the data came from that a run works on, as columns of its row."""
    origin = read_newest_origin(store)
    if not origin:
        raise NoWarehouse(f"the store {job.paths.store} is empty")
    return origin


def _locked(job: Job) -> AbstractContextManager[None]:
    return run_lock(job.paths, f"aclf {job.command}", job.settings.wait)


def as_aclf_error(stop: BaseException) -> AclfError:
    """What ended a run, as an error with its sentence: itself, the signal behind it, or a fault of this program."""
    if isinstance(stop, Interrupted):
        return stop
    signalled = received_signal()
    if signalled:
        return signalled("the run was interrupted")
    if isinstance(stop, AclfError):
        return stop
    if isinstance(stop, Exception):
        return InternalError(f"the run met a fault of this program ({type(stop).__name__}: {stop})")
    error = Interrupted if isinstance(stop, KeyboardInterrupt) else Terminated
    return error("the run was interrupted")


def _keep_reply(run: Run, error: RegistryError) -> None:
    """Keep the reply that ended the run, and name its file in the sentence; a disk that is full is no other failure."""
    with suppress(OSError):
        file = keep_reply(run.job.paths.unread, f"run-{run.run_id:06}.reply", error.reply)
        error.happened += f" (the answer is kept in {file})"


def _fail(run: Run, message: str) -> RunSummary:
    with open_store(run.job.paths) as store:
        run.end(store, FAILED, message)
        return read_run_summary(store, run.run_id)


@contextmanager
def _served(job: Job) -> Iterator[str]:
    """The registry's address, while it is served: the sample's second night begins when its first is published."""
    if job.registry != SAMPLE:
        yield job.registry
        return
    from extract.sample.nights import sample_registry  # noqa: PLC0415 - a server that only the sample needs

    with open_store(job.paths) as store:
        synced = read_last_sync(store)
    with sample_registry(2 if synced and synced.registry == SAMPLE else 1) as server:
        yield server.url
