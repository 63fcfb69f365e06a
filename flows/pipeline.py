"""The pipeline: the steps of a sync, of a backfill and of a rebuild, in their order, in plain Python.

registry ──listing──▶ plan ──ids──▶ fetch ──replies──▶ landing ──▶ load (shred, normalise, check) ──▶ publish
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client.api import MAX_IDS_PER_REQUEST
from extract.errors import AclfError
from flows.fetch import FetchResult, quarantine_entries_without_id
from flows.run import (
    ProgressCallback,
    RegistryRun,
    RunSummary,
    begin_local_run,
    begin_registry_run,
    connect_to_registry,
    ignore_progress,
)
from flows.steps import DIRECT_STEPS, Steps, is_current, note_nothing_to_load, rebuild_from_archive

if TYPE_CHECKING:
    from extract.plan import Plan
    from flows.settings import Job


def sync(job: Job, steps: Steps = DIRECT_STEPS, on_progress: ProgressCallback = ignore_progress) -> RunSummary:
    """Bring the warehouse in step with the registry's listing of the condition set, and write the report of it.

    Returns:
        What the run did, and with a report `report_file` and `report_failure`: why it could not be written, or None.

    Raises:
        RunFailed: something went wrong, and nothing was published.
        Busy: another run holds the lock.
    """
    with begin_registry_run(job, on_progress) as run:
        version = steps.ask_version(run)
        if is_current(run, version):
            note_nothing_to_load(run)
        else:
            listing = steps.list_condition_set(run)
            plan = steps.plan(run, listing)
            steps.load(run, plan, quarantine_entries_without_id(run, listing) + _received(run, plan, steps))
        steps.publish(run)
        did = run.summary()
    return did | _reported(job, on_progress)


def backfill(job: Job, steps: Steps = DIRECT_STEPS, on_progress: ProgressCallback = ignore_progress) -> RunSummary:
    """Fetch the trials of the given NCT numbers now, in the set or not.

    Raises:
        StudyNotFound: the registry does not have one of them.
        RunFailed: something else went wrong; nothing was published either way.
        Busy: another run holds the lock.
    """
    with begin_registry_run(job, on_progress) as run:
        steps.ask_version(run)
        steps.load(run, None, steps.ask_for_each(run, job.ids))
        steps.publish(run)
        return run.summary()


def rebuild(job: Job, on_progress: ProgressCallback = ignore_progress) -> RunSummary:
    """Make every table again from the archive, without the network.

    Raises:
        RunFailed: something went wrong, and nothing was published.
        Busy: another run holds the lock.
        NoWarehouse: there is nothing to make tables of.
    """
    with begin_local_run(job, on_progress) as run:
        rebuild_from_archive(run)
        DIRECT_STEPS.publish(run)
        return run.summary()


def dry_run(job: Job, on_progress: ProgressCallback = ignore_progress) -> Plan:
    """What a sync would fetch now: it lists the set and changes nothing.

    Raises:
        RunFailed: the listing could not be had, or cannot be believed.
        Busy: a run holds the lock.
    """
    with connect_to_registry(job, on_progress) as run:
        return DIRECT_STEPS.plan(run, DIRECT_STEPS.list_condition_set(run))


def _received(run: RegistryRun, plan: Plan, steps: Steps) -> FetchResult:
    received = FetchResult()
    batches, done = plan.batches(MAX_IDS_PER_REQUEST), 0
    for number, batch in enumerate(batches, start=1):
        run.on_progress(f"fetching trials, batch {number} of {len(batches)}", done, len(plan.to_fetch))
        received += steps.fetch(run, batch)
        done += len(batch)
    return received + steps.ask_for_vanished(run, plan.vanished)


def _reported(job: Job, on_progress: ProgressCallback) -> RunSummary:
    """Write the report, where one is asked for; the run is over by then, so that no failure of it touches the data."""
    if job.report is None:
        return {}
    from flows.pages.report import write_report  # noqa: PLC0415 - what draws it is slow to import

    on_progress("writing the report", 0, 1)
    failure = None
    try:
        write_report(job.paths.warehouse, job.report, job.condition_set)
    except AclfError as error:
        failure = str(error)
    return {"report_file": str(job.report), "report_failure": failure}
