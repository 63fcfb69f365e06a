"""The schedule on one host: a Prefect server if none is there, the deployments, and the process that runs them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from extract.errors import Busy
from flows.orchestration import reachable
from flows.server import prefect_server
from flows.signals import heard

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

    from flows.deployments import nightly_sync, on_demand_backfill  # noqa: PLC0415 - Prefect is slow to import
    from flows.serving import run_until_stopped  # noqa: PLC0415 - the same

    name = job.condition_set.name
    settings = replace(
        settings,
        warehouse=str(job.places.warehouse),
        condition_set=_absolute(settings.condition_set),
        report=None if job.report is None else str(job.report),
    )
    deployments = [nightly_sync(settings, name, cron, time_zone), on_demand_backfill(settings, name)]
    told = f"The schedule runs: sync/{name} at {cron} ({time_zone}), backfill/{name} on demand.\n"
    try:
        with _alone(job), prefect_server(job.places.state / "prefect.log") as pages, reachable():
            where = f"Prefect's pages are at {pages}, on this machine.\n" if pages else ""
            run_until_stopped(deployments, job.places, lambda: _say(f"{told}{where}Ctrl-C ends it.\n"))
    except (KeyboardInterrupt, SystemExit):
        signalled = heard()
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
    job.places.state.mkdir(exist_ok=True)
    lock = FileLock(job.places.state / "serve.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"the schedule of {job.places.warehouse} runs already", next_step="stop that `aclf serve` first"
        ) from error
    with lock:
        yield
