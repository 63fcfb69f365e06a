"""One run: the lock that it holds, the registry that it asks, and its row in `ops.runs`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from extract.client.registry import Registry
from extract.errors import ClockWrong, RegistryError, RunFailed
from extract.landing import keep_reply
from extract.printable import clean_sentence
from flows.collector import pause_garbage_collection
from flows.errors import InternalError
from flows.known_state import KnownState, read_known_state
from flows.origin import read_held_origin, read_requested_origin, refuse_before_requests
from flows.rate_limit import make_rate_limiter
from flows.served_registry import choose_night, serve_registry
from flows.signals import as_aclf_error
from flows.wording import format_clock_note, format_kept_reply, list_correction_notes
from warehouse.errors import NoWarehouse
from warehouse.health.cleanup import clean_up
from warehouse.health.links import refuse_folder_without_links
from warehouse.lock import hold_lock
from warehouse.lost_files import refuse_lost_files
from warehouse.published_files import get_newest_number
from warehouse.run_times import LEAST_GAP, choose_run_time, correct_future_times
from warehouse.runs import (
    COUNTS,
    FAILED,
    RunSummary,
    begin_run,
    end_run,
    read_run_summary,
)
from warehouse.store import open_store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from extract.client.registry import Version
    from flows.settings import Job
    from warehouse.known_sets import ListedSet

ProgressCallback = Callable[[str, int, int], None]
"""Called with (stage, done, total); the total is 0 when it is not known."""


def ignore_progress(stage: str, done: int, total: int) -> None:
    """Do nothing when a stage begins or goes on."""


class Run:
    """A run in progress: what its steps need, and what is known of it so far.

    Not a dataclass: Prefect searches dataclass fields for states each time one is passed to a task.

    Attributes:
        job: what the run is to do.
        run_id: its number in `ops.runs`; 0 for a run that is not recorded there.
        started_at: its time, the same for everything that it writes.
        on_progress: called when a stage begins or goes on.
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
        # The wall clock may be set while the run is at work, so its duration comes from the monotonic one.
        self._clock = time.monotonic()
        self._began_at = self.started_at

    @property
    def requests_sent(self) -> int:
        """The number of HTTP requests, retries included."""
        return 0

    def end(self, store: DuckDBPyConnection, outcome: str, message: str) -> None:
        """Write into the run's row how it ended."""
        seconds = round(time.monotonic() - self._clock, 3)
        end_run(
            store,
            self.run_id,
            **self.counts,
            outcome=outcome,
            message=clean_sentence(message),
            requests=self.requests_sent,
            seconds=seconds,
            finished_at=self._began_at + timedelta(seconds=seconds),
        )


class RegistryRun(Run):
    """A run that asks the registry.

    Attributes:
        registry: the client, which counts the requests.
        listed: what was listed, by the name of each condition set that was.
        refused: why a listing was not believed, by the set's name.
    """

    def __init__(self, job: Job, on_progress: ProgressCallback, registry: Registry) -> None:
        super().__init__(job, on_progress)
        self.registry = registry
        self.listed: dict[str, ListedSet] = {}
        self.refused: dict[str, str] = {}
        self._first_answer: Version | BaseException | None = None

    def meet_registry(self) -> None:
        """Ask for the version before anything is written, so that a run with a wrong clock leaves nothing.

        What else goes wrong waits for `take_version`, because by then the run is recorded, and so is its failure.

        Raises:
            ClockWrong: this machine's clock is a day or more off.
        """
        self.on_progress("asking the registry for its version", 0, 1)
        try:
            self._first_answer = self.registry.fetch_version()
        except ClockWrong:
            raise
        except BaseException as stop:  # noqa: BLE001 - `take_version` raises it again
            self._first_answer = stop

    @cached_property
    def known(self) -> KnownState:
        """What earlier runs left in the store.

        It is read once for all steps before the load, because opening a store takes longer than reading from it.
        """
        with open_store(self.job.paths) as store:
            return read_known_state(store)

    def take_version(self) -> Version:
        """Return the version that the registry named when the run began.

        Raises:
            RegistryError: the registry did not name it.
        """
        if isinstance(self._first_answer, BaseException):
            raise self._first_answer
        assert self._first_answer is not None
        return self._first_answer

    def summarise_sets(self) -> list[dict[str, Any]]:
        """Return of each condition set its `name`, how many trials were `listed`, and why its listing was `refused`."""
        counts = {name: listed.trials for name, listed in self.listed.items()}
        names = [each.name for each in self.job.condition_sets]
        return [{"name": name, "listed": counts.get(name), "refused": self.refused.get(name)} for name in names]

    @property
    def requests_sent(self) -> int:
        """The number of HTTP requests, retries included."""
        return self.registry.requests_sent


@contextmanager
def connect_to_registry(job: Job, on_progress: ProgressCallback = ignore_progress) -> Iterator[RegistryRun]:
    """Hold the lock and connect to the registry, for a run that is not recorded.

    Raises:
        Busy: another run holds the lock.
        NewerStore: a newer version of the package wrote the store.
        OtherConditionSet: the warehouse follows a condition set that the job leaves out.
    """
    with ExitStack() as stack:
        stack.enter_context(pause_garbage_collection())
        # The lock comes first, because the sample registry looks into the store.
        stack.enter_context(_hold_run_lock(job))
        refuse_before_requests(job)
        base_url = stack.enter_context(serve_registry(job, choose_night(job)))
        registry = stack.enter_context(
            Registry(
                base_url,
                requests_per_second=job.get_rate(base_url),
                patience=job.settings.patience,
                before_request=make_rate_limiter(job.settings.rate_limit),
            )
        )
        yield RegistryRun(job, on_progress, registry)


@contextmanager
def begin_registry_run(job: Job, on_progress: ProgressCallback = ignore_progress) -> Iterator[RegistryRun]:
    """Begin a run that asks the registry, and record it in `ops.runs`.

    Raises:
        Busy: another run holds the lock.
        ClockWrong: this machine's clock is a day or more off.
        OtherConditionSet: the warehouse follows a condition set that the job leaves out.
    """
    with connect_to_registry(job, on_progress) as run:
        run.meet_registry()
        with _record_run(run, lambda store: read_requested_origin(store, job)):
            yield run


@contextmanager
def begin_local_run(job: Job, on_progress: ProgressCallback = ignore_progress) -> Iterator[Run]:
    """Begin a run that needs no registry, and record it in `ops.runs`.

    Raises:
        Busy: another run holds the lock.
        NoWarehouse: there is nothing to work on.
    """
    with _hold_run_lock(job):
        if not (job.paths.store.exists() or job.paths.warehouse.exists()):
            raise NoWarehouse(f"there is no warehouse {job.paths.warehouse}")
        run = Run(job, on_progress)
        with _record_run(run, lambda store: read_held_origin(store, job)):
            yield run


@contextmanager
def _record_run(run: Run, read_origin: Callable[[DuckDBPyConnection], dict[str, Any]]) -> Iterator[None]:
    """Record a run while the block runs; a failed run is recorded with its sentence before the error goes on.

    Args:
        run: the run.
        read_origin: reads from the store where the run's data comes from, as columns of its row.
    """
    run.notes += clean_up(run.job.paths)
    with open_store(run.job.paths) as store:
        clock = run.started_at
        # A run that met the registry has a clock that the registry does not contradict.
        newest_number = get_newest_number(run.job.paths)
        corrected = correct_future_times(store, clock, newest_number) if isinstance(run, RegistryRun) else []
        run.notes += list_correction_notes(corrected)
        run.started_at = choose_run_time(store, clock)
        # Two runs in the same microsecond are normal; a larger gap means that the clock was set back.
        if run.started_at - clock > LEAST_GAP:
            run.notes.append(format_clock_note(clock))
        run.run_id = begin_run(
            store,
            newest_number,
            **read_origin(store),
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
            _keep_last_reply(run, error)
        # Where even this cannot be written, the next run records that this one ended.
        with suppress(RunFailed):
            error.run_summary = _record_failure(run, str(error))
        # The traceback of an internal error has to reach the person who reports it.
        if error is stop or isinstance(error, InternalError):
            raise
        raise error from None


@contextmanager
def _hold_run_lock(job: Job) -> Iterator[None]:
    with hold_lock(job.paths, f"aclf {job.command}", job.settings.wait):
        # A run that cannot publish, or that would begin with nothing, must not ask the registry for anything.
        refuse_folder_without_links(job.paths)
        if not (job.paths.store.exists() or job.paths.warehouse.exists()):
            refuse_lost_files(job.paths)
        yield


def _keep_last_reply(run: Run, error: RegistryError) -> None:
    """Keep the reply that ended the run, and name its file in the error's sentence."""
    # A full disk must not replace the error that ended the run.
    with suppress(OSError):
        file = keep_reply(run.job.paths.unread, f"run-{run.run_id:06}.reply", error.reply)
        error.happened += format_kept_reply(file)


def _record_failure(run: Run, message: str) -> RunSummary:
    with open_store(run.job.paths) as store:
        run.end(store, FAILED, message)
        return read_run_summary(store, run.run_id)
