"""Executors: parts are made in line, by worker processes beside this one, or by a Dask cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Protocol, Self

from extract.printable import clean_sentence
from flows.errors import WorkerDied, WorkersUnusable
from flows.part_jobs import make_part_file, read_answer, write_request
from warehouse.errors import MemoryExhausted

if TYPE_CHECKING:
    from flows.part_jobs import PartRequest, PartResult

LEAST_RECORDS = 400
"""Records to fetch. For fewer, starting a worker takes longer than it saves."""

_MOST_WORKERS = 4
"""By default. One worker makes parts as fast as the load takes them in; the fetch seldom keeps more than two busy."""

_LONGEST_END_SECONDS = 10.0
_LONGEST_CAUSE = 200

_WORKER_ENVIRONMENT = {
    # Parts come and go in one size. Memory that is kept for the next part is not asked of the system again, page by
    # page. More than this keeps so much that a run of 30,000 trials takes more than a gigabyte.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 26),
}


def count_workers(setting: int | None, record_count: int) -> int:
    """Return how many worker processes make the parts of a run; 0 to make them in line.

    Args:
        setting: the setting, or None to choose by the records and the cores.
        record_count: the records to fetch.
    """
    if setting is not None:
        return setting
    if record_count < LEAST_RECORDS:
        return 0
    # One core is for this process, which fetches and loads.
    return min(max(_count_cores() - 1, 1), _MOST_WORKERS)


def _count_cores() -> int:
    """Return the cores that this process may use; all of the machine's where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_executor(worker_count: int, dask: str | None = None) -> Executor:
    """Return the executor for this many worker processes; use it in a `with` statement.

    Args:
        worker_count: the workers; 0 to make the parts in line.
        dask: the address of a Dask cluster to use instead of worker processes beside this one, or `local`.
    """
    if not worker_count:
        return InLine()
    if dask is None:
        return WorkerPool(worker_count)
    from flows.cluster.executor import DaskCluster  # noqa: PLC0415 - Dask is slow to import, and an extra

    return DaskCluster(dask, worker_count)


class Executor(Protocol):
    """Makes parts; used in a `with` statement."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def close(self) -> None:
        """Drop what is not made yet, and end what was started."""

    def submit(self, request: PartRequest) -> Future[PartResult]:
        """Have a part made, and return the future of it, or of the error."""


class InLine:
    """Makes each part at once, in this process."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing, because nothing was started."""

    def submit(self, request: PartRequest) -> Future[PartResult]:
        """Make a part now, and return it, or the error, as a future that is done."""
        future: Future[PartResult] = Future()
        try:
            future.set_result(make_part_file(request))
        except Exception as error:  # noqa: BLE001 - the future raises it, as a pool's does
            future.set_exception(error)
        return future


class WorkerPool:
    """Makes parts in worker processes, as many at a time as there are workers.

    A worker that dies costs the request that it was at, and another takes its place. The end of the `with` statement
    drops the requests that wait or are under way, and ends the workers.

    Args:
        worker_count: how many workers; they start at once and get ready while they wait.
    """

    def __init__(self, worker_count: int) -> None:
        self._workers = [_Worker() for _ in range(worker_count)]
        self._threads = ThreadPoolExecutor(worker_count, thread_name_prefix="part-worker")
        # A thread takes a worker for each request. There are as many workers as threads, so none waits for one.
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the requests that no worker has begun, and end the workers."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close_input()
        for worker in self._workers:
            worker.wait()
        # A thread may still be reading what its worker has left.
        self._threads.shutdown()
        for worker in self._workers:
            worker.end()

    def submit(self, request: PartRequest) -> Future[PartResult]:
        """Have a part made, and return the future of it, or of the error.

        The error is `WorkerDied` if the worker was killed, `WorkersUnusable` if it ended by itself, and else what
        making the part raised.
        """
        return self._threads.submit(self._make, request)

    def _make(self, request: PartRequest) -> PartResult:
        worker = self._idle.get()
        try:
            return worker.make(request)
        finally:
            self._idle.put(worker)


class _Worker:
    """One worker process, and the next one after it has died."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115 - `end` closes it
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.part_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=os.environ | _WORKER_ENVIRONMENT,
                # Ctrl-C on the terminal is for this process, which then ends the worker.
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise WorkersUnusable(f"a worker process could not be started ({error.strerror})") from error

    def make(self, request: PartRequest) -> PartResult:
        """Make a part in the process.

        Raises:
            WorkerDied: the process was killed before it had answered.
            WorkersUnusable: the process ended by itself before it had answered, or none could be started.
        """
        if self._process.poll() is not None:
            self.end()
            self._start()
        assert self._process.stdin is not None  # both are pipes
        assert self._process.stdout is not None
        # A process that is gone does not read; then its answer is empty.
        with suppress(BrokenPipeError):
            self._process.stdin.write(write_request(request))
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise self._make_death_error()
        try:
            return read_answer(answer, request)
        except MemoryExhausted:
            # The process keeps the memory that it has, and would find as little for the next part.
            self.end()
            raise

    def close_input(self) -> None:
        """Let the process end, whatever it is at."""
        assert self._process.stdin is not None  # it is a pipe
        # What a dead process has not read is still in the buffer, and cannot be written.
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def end(self) -> None:
        """Wait until the process ends, and kill it if it does not."""
        self.close_input()
        self.wait()
        assert self._process.stdout is not None  # it is a pipe
        self._process.stdout.close()
        self._errors.close()

    def wait(self) -> int:
        """Wait until the process ends, kill it if it does not, and return its exit code."""
        try:
            return self._process.wait(_LONGEST_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _make_death_error(self) -> WorkerDied | WorkersUnusable:
        code = self.wait()
        if code < 0:
            return WorkerDied(f"a worker process was ended by {signal.Signals(-code).name} before it had made its part")
        self._errors.seek(0)
        last_line = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        cause = clean_sentence(last_line, _LONGEST_CAUSE) or "it did not say why"
        return WorkersUnusable(f"a worker process ended with exit code {code} before it had made its part ({cause})")
