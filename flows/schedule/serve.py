"""The schedule on one host: its pages, a Prefect server if none is configured, the deployments, and their runner."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from flows.orchestration.environment import is_api_configured
from flows.orchestration.failed_calls import translate_prefect_errors
from flows.orchestration.home import prepare_prefect
from flows.orchestration.prefect_server import plan_schedule_server, run_own_server
from flows.schedule.pages_address import get_address, listen
from flows.settings import hand_over
from flows.signals import get_received_signal
from flows.wording import format_prefect_pages, format_schedule
from warehouse.errors import Busy

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from flows.orchestration.prefect_server import OwnServer
    from flows.schedule.pages_address import PagesSettings
    from flows.settings import Job, Settings


class Timetable(NamedTuple):
    """When to sync: a cron line of five fields, and their zone."""

    cron: str
    time_zone: str


def run_schedule(settings: Settings, cron: str, time_zone: str, pages: PagesSettings) -> None:
    """Run the schedule until Ctrl-C or SIGTERM ends it.

    Args:
        settings: the settings of the runs.
        cron: when to sync, as five fields.
        time_zone: the zone of these fields.
        pages: where the pages of the warehouse are served.

    Raises:
        Busy: the schedule of this warehouse runs already.
        PrefectUnusable: Prefect's API cannot be reached, or its own server does not start.
        BadSetting: cron, zone or the address of the pages cannot be used.
        Interrupted: a person or the system ended it.
    """
    # Check the settings first, because Prefect is slow to import.
    job = settings.make_job("sync")
    prepare_prefect(job.paths)
    # The command line pauses the collector, but this process stays for months, and Prefect leaves circles of objects.
    gc.enable()
    try:
        # A monitor would take a schedule without pages for one that is down, so it does not start without its port.
        with _hold_schedule_lock(job), listen(pages) as listener:
            _run_deployments(settings, job, Timetable(cron, time_zone), pages, listener)
    except (KeyboardInterrupt, SystemExit):
        received_signal = get_received_signal()
        if received_signal is None:
            raise
        raise received_signal(
            "the schedule was stopped",
            stands="the published warehouse is whole",
            next_step="start it again: if it misses a night until then, it syncs at once",
        ) from None


def _run_deployments(
    settings: Settings, job: Job, timetable: Timetable, pages: PagesSettings, listener: socket.socket
) -> None:
    """Serve the pages, and run what Prefect asks for."""
    from flows.backfill import backfill  # noqa: PLC0415 - Prefect is slow to import
    from flows.schedule.deployments import (  # noqa: PLC0415 - Prefect is slow to import
        make_backfill_deployment,
        make_sync_deployment,
    )
    from flows.schedule.pages_server import serve_pages  # noqa: PLC0415 - the same
    from flows.schedule.runner import ScheduledFlow, run_until_stopped  # noqa: PLC0415 - the same
    from flows.sync import sync  # noqa: PLC0415 - the same

    names = [each.name for each in job.condition_sets]
    begins = not job.paths.warehouse.exists()
    deployments = [
        ScheduledFlow(sync, make_sync_deployment(names, timetable.cron, timetable.time_zone), starts_at_once=begins),
        ScheduledFlow(backfill, make_backfill_deployment(names)),
    ]
    address = get_address(pages, listener)
    # The runs may start in another folder, so every path becomes absolute.
    settings = replace(
        settings,
        warehouse=str(job.paths.warehouse),
        condition_sets=[*map(_resolve_condition_set, settings.condition_sets)],
        report=None if job.report is None else str(job.report),
        feed=None if job.feed is None else str(job.feed),
        pages=address,
    )
    hand_over(settings)
    with (
        serve_pages(job.paths, pages, listener),
        _run_server_if_needed(job) as server,
        translate_prefect_errors(),
    ):
        prefect = format_prefect_pages(server.address, server.password_place) if server else ""
        message = format_schedule(names, timetable.cron, timetable.time_zone, address, prefect, begins=begins)
        run_until_stopped(deployments, job.paths, lambda: _print_at_once(message))


@contextmanager
def _run_server_if_needed(job: Job) -> Iterator[OwnServer | None]:
    """Run a server of our own while the block runs, unless a Prefect API is configured."""
    if is_api_configured():
        yield None
        return
    with run_own_server(plan_schedule_server(job.paths)) as server:
        yield server


def _print_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _resolve_condition_set(condition_set: str) -> str:
    """Return a set's file by its absolute path; a name stays as it is."""
    file = Path(condition_set)
    return str(file.resolve()) if file.suffix == ".toml" else condition_set


@contextmanager
def _hold_schedule_lock(job: Job) -> Iterator[None]:
    """Hold the lock of the schedule; a warehouse has one, so it has one schedule.

    Raises:
        Busy: another schedule holds it.
    """
    job.paths.state.mkdir(exist_ok=True)
    # The system frees this lock however the process ends.
    lock = FileLock(job.paths.state / "serve.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"the schedule of {job.paths.warehouse} runs already", next_step="stop that `aclf serve` first"
        ) from error
    with lock:
        yield
