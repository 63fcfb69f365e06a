"""An executor whose parts are made by a Dask cluster, through Prefect's task runner for Dask.

Only the task that makes a part goes to the cluster. The flow keeps its own task runner: its steps read the store and
write the landing, which are on this machine.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from contextlib import ExitStack
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Self

import dask
from distributed import KilledWorker, LocalCluster
from distributed.comm.core import CommClosedError
from prefect.context import EngineContext, SettingsContext
from prefect_dask.task_runners import DaskTaskRunner

from extract.errors import AclfError
from extract.printable import clean_sentence
from flows.cluster.packages import SAME_VERSION, describe_difference, describe_maker, pack_request, unpack_answer
from flows.cluster.part_task import MAKE_PART, describe_worker
from flows.errors import WorkerDied, WorkersUnusable
from flows.part_jobs import find_part
from flows.settings import LOCAL_CLUSTER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from prefect_dask.task_runners import PrefectDaskFuture

    from flows.cluster.packages import Package
    from flows.part_jobs import PartRequest, PartResult

MOST_AT_ONCE = 16
"""Parts that are with the cluster at one time. A run has fewer in flight, so that none waits here."""

_LONGEST_WAIT_SECONDS = 60
_LOOK_SECONDS = 5
_LONGEST_CAUSE = 200
_LOCAL_RETRIES = 1
"""How often a local cluster tries a part again whose worker has died."""

_NEXT_STEP = "look at its scheduler and workers, or run the command without --dask: no reply is fetched twice"


class _SettingsOfTheWorker(SettingsContext):
    """Prefect's settings of this process, which stay here when a task goes to a worker.

    Prefect would send them all, with the password of its server, and Dask quotes in its logs what a failed task was
    given. So each worker has settings of its own: a local one from the environment, any other from its operator.
    """

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002 - Prefect's
        """Return nothing."""
        return {}


class DaskCluster:
    """Makes parts on a Dask cluster. Use it in a flow run, which its tasks belong to.

    The cluster starts, or is met, in a thread, so that this process goes on fetching meanwhile. A part whose worker
    dies is given to another, as often as the scheduler allows.

    Args:
        address: the scheduler's address, or `local`.
        worker_count: how many workers a local cluster has.
    """

    def __init__(self, address: str, worker_count: int) -> None:
        flow_run = EngineContext.get()
        settings = SettingsContext.get()
        if flow_run is None or settings is None:
            raise WorkersUnusable("a Dask cluster makes parts for a Prefect flow, and this run is none")
        # Other threads have neither.
        self._flow_run, self._settings = flow_run, settings
        self._address, self._worker_count = address, worker_count
        self._name = "the local Dask cluster" if address == LOCAL_CLUSTER else f"the Dask cluster at {address}"
        self._opened = ExitStack()
        self._runner: DaskTaskRunner
        self._local: LocalCluster | None = None
        # When somebody first saw the cluster without a worker, by a clock that only grows.
        self._lonely_since: float | None = None
        self._look = Lock()
        _silence_dask()
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="dask-part")
        self._started = self._threads.submit(self._start)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what is not made yet, and end a local cluster, or leave another one."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        # A cluster that is starting cannot be ended.
        wait([self._started])
        # This ends the wait of each thread for its part.
        self._opened.close()
        self._threads.shutdown()

    def submit(self, request: PartRequest) -> Future[PartResult]:
        """Have a part made, and return the future of it, or of the error.

        The error is `WorkerDied` if worker after worker died of it, `WorkersUnusable` if the cluster does not work, and
        else what making the part raised.
        """
        return self._threads.submit(self._make, request)

    def _start(self) -> None:
        """Start or meet the cluster, and refuse workers that cannot make the parts of this run."""
        try:
            if self._address == LOCAL_CLUSTER:
                self._local = self._opened.enter_context(_start_local_cluster(self._worker_count))
                self._runner = DaskTaskRunner(cluster=self._local)
            else:
                self._runner = DaskTaskRunner(address=self._address)
            client = self._opened.enter_context(self._runner).client
            client.wait_for_workers(1, timeout=_LONGEST_WAIT_SECONDS)
            descriptions = client.run(describe_worker, on_error="return")
        except (OSError, ValueError) as error:
            raise WorkersUnusable(f"{self._name} cannot be used ({_describe(error)})", next_step=_NEXT_STEP) from error
        _refuse_unfit_workers(descriptions)

    def _make(self, request: PartRequest) -> PartResult:
        # A part that is there was made by a run that was killed.
        found = find_part(request)
        if found:
            return found
        self._started.result()
        package = pack_request(request)
        try:
            answer = self._wait_for(self._submit(package))
        except KilledWorker as error:
            raise WorkerDied(
                f"{error.allowed_failures + 1} workers of {self._name} died before they had made a part"
            ) from error
        except CancelledError as error:
            raise WorkersUnusable(f"{self._name} was lost during the run", next_step=_NEXT_STEP) from error
        except AclfError:
            raise
        except Exception as error:
            raise WorkersUnusable(
                f"{self._name} could not make a part ({_describe(error)})", next_step=_NEXT_STEP
            ) from error
        return unpack_answer(answer, request, f"a worker of {self._name}")

    def _submit(self, package: Package) -> PrefectDaskFuture[Package]:
        """Give a package to the cluster as a task of the flow run, whatever task this process is at."""
        settings = _SettingsOfTheWorker(profile=self._settings.profile, settings=self._settings.settings)
        with self._flow_run.model_copy(), settings:
            return self._runner.submit(MAKE_PART, {"package": package})

    def _wait_for(self, future: PrefectDaskFuture[Package]) -> Package:
        """Wait until a part is made, and watch that somebody is there to make it."""
        has_ended = Event()
        future.wrapped_future.add_done_callback(lambda _: has_ended.set())
        while not (has_ended.wait(_LOOK_SECONDS) or future.wrapped_future.done()):
            with self._look:
                self._replace_lost_workers()
        return future.result()

    def _replace_lost_workers(self) -> None:
        """Start the workers of a local cluster again if all are gone, and give up another cluster after a while.

        Dask starts a worker again that died, but not one that died in the moment in which it began.

        Raises:
            WorkersUnusable: the cluster has not had a worker for a minute.
        """
        if self._runner.client.scheduler_info()["workers"]:
            self._lonely_since = None
            return
        now = time.monotonic()
        self._lonely_since = self._lonely_since or now
        lonely_seconds = now - self._lonely_since
        if self._local is not None and lonely_seconds >= _LOOK_SECONDS:
            self._local.scale(0)
            self._local.scale(self._worker_count)
            self._lonely_since = None
        elif lonely_seconds >= _LONGEST_WAIT_SECONDS:
            raise WorkersUnusable(f"{self._name} has no workers any more", next_step=_NEXT_STEP)


def _start_local_cluster(worker_count: int) -> LocalCluster:
    return LocalCluster(
        n_workers=worker_count,
        threads_per_worker=1,
        # Without a key any user of this machine could have code run by this one.
        security=True,
        scheduler_kwargs={"allowed_failures": _LOCAL_RETRIES},
        # Nobody looks at its pages.
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )


def _silence_dask() -> None:
    """Keep Dask's log and warnings out of the run's output: what goes wrong ends in one sentence."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # A request holds the bytes of its replies, because no worker could fetch them from elsewhere.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"})


def _refuse_unfit_workers(descriptions: Mapping[str, Any]) -> None:
    """Refuse workers that would make other rows, or that would each start a Prefect server of their own.

    Raises:
        WorkersUnusable: there is such a worker.
    """
    for address, description in descriptions.items():
        worker = f"the Dask worker at {address}"
        # It died meanwhile. The one that takes its place is asked with its first part.
        if isinstance(description, CommClosedError):
            continue
        if isinstance(description, Exception):
            raise WorkersUnusable(f"{worker} cannot run aclf-trials ({_describe(description)})", next_step=SAME_VERSION)
        maker, has_server = description
        if maker != describe_maker():
            raise WorkersUnusable(describe_difference(worker, maker), next_step=SAME_VERSION)
        if not has_server:
            raise WorkersUnusable(
                f"{worker} has no PREFECT_API_URL, so it would start a Prefect server of its own",
                next_step="set PREFECT_API_URL for every worker to the server of this run, start the workers "
                "again, and run the command",
            )


def _describe(error: BaseException) -> str:
    return clean_sentence(str(error).strip().partition("\n")[0] or type(error).__name__, _LONGEST_CAUSE)
