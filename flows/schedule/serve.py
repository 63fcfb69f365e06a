"""The schedule on one host: a Prefect server if none is there, the deployments, and the process that runs them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from flows.orchestration.environment import translate_prefect_errors
from flows.schedule.prefect_server import run_prefect_server
from flows.signals import received_signal
from warehouse.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.settings import Job, Settings


def serve(settings: Settings, cron: str, time_zone: str) -> None:
    """Run the schedule until Ctrl-C or SIGTERM ends it.

    Args:
        settings: What the runs are told.
        cron: When to sync, as five fields.
        time_zone: The zone that these are meant in.

    Raises:
        Busy: the schedule of this warehouse runs already.
        PrefectUnusable: Prefect's API cannot be reached, or its own server does not start.
        BadSetting: cron or zone cannot be used.
        Interrupted: a person or the system ended it.
    """
    job = settings.job("sync")

    from flows.schedule.deployments import make_backfill_deployment, make_sync_deployment  # noqa: PLC0415 - Prefect is slow to import
    from flows.schedule.runner import run_until_stopped  # noqa: PLC0415 - the same

    name = job.condition_set.name
    settings = replace(
        settings,
        warehouse=str(job.paths.warehouse),
        condition_set=_absolute(settings.condition_set),
        report=None if job.report is None else str(job.report),
    )
    deployments = [make_sync_deployment(settings, name, cron, time_zone), make_backfill_deployment(settings, name)]
    told = f"The schedule runs: sync/{name} at {cron} ({time_zone}), backfill/{name} on demand.\n"
    try:
        with _alone(job), run_prefect_server(job.paths.state / "prefect.log") as pages, translate_prefect_errors():
            where = f"Prefect's pages are at {pages}, on this machine.\n" if pages else ""
            run_until_stopped(deployments, job.paths, lambda: _say(f"{told}{where}Ctrl-C ends it.\n"))
    except (KeyboardInterrupt, SystemExit):
        signalled = received_signal()
        if signalled is None:
            raise
        raise signalled(
            "the schedule was stopped",
            stands="the published warehouse stands",
            next_step="start it again: a night that it misses until then is made up for at once",
        ) from None


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _absolute(condition_set: str) -> str:
    """A set's file by its whole path, for the runs may start elsewhere."""
    file = Path(condition_set)
    return str(file.resolve()) if file.suffix == ".toml" else condition_set


@contextmanager
def _alone(job: Job) -> Iterator[None]:
    """One schedule a warehouse: the system frees the lock however the process ends."""
    job.paths.state.mkdir(exist_ok=True)
    lock = FileLock(job.paths.state / "serve.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"the schedule of {job.paths.warehouse} runs already", next_step="stop that `aclf serve` first"
        ) from error
    with lock:
        yield
