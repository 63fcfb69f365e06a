"""The pipeline: the steps of a sync, of a backfill and of a rebuild, in their order, in plain Python.

registry ──listing──▶ plan ──ids──▶ fetch ──replies──▶ landing ──▶ load (shred, normalise, check) ──▶ publish
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.api import MAX_IDS_PER_REQUEST
from extract.errors import AclfError
from flows.asking import Answers, set_aside_nameless
from flows.run import RegistryRun, Report, Tell, begin, begin_alone, connected, say_nothing
from flows.steps import PLAIN, Steps, is_current, nothing_to_load
from flows.steps import rebuild as remake_all

if TYPE_CHECKING:
    from extract.plan import Plan
    from flows.settings import Job


def sync(job: Job, steps: Steps = PLAIN, tell: Tell = say_nothing) -> Report:
    """Bring the warehouse in step with the registry's listing of the condition set, and write the report of it.

    Returns:
        What the run did, and with a report `report_file` and `report_failure`: why it could not be written, or None.

    Raises:
        RunFailed: something went wrong, and nothing was published.
        Busy: another run holds the lock.
    """
    with begin(job, tell) as run:
        version = steps.ask_version(run)
        if is_current(run, version):
            nothing_to_load(run)
        else:
            listing = steps.list_condition_set(run)
            plan = steps.plan(run, listing)
            steps.load(run, plan, set_aside_nameless(run, listing) + _received(run, plan, steps))
        steps.publish(run)
        did = run.report()
    return did | _reported(job, tell)


def backfill(job: Job, steps: Steps = PLAIN, tell: Tell = say_nothing) -> Report:
    """Fetch the trials of the given NCT numbers now, in the set or not.

    Raises:
        StudyNotFound: the registry does not have one of them.
        RunFailed: something else went wrong; nothing was published either way.
        Busy: another run holds the lock.
    """
    with begin(job, tell) as run:
        steps.ask_version(run)
        steps.load(run, None, steps.ask_for_each(run, job.ids))
        steps.publish(run)
        return run.report()


def rebuild(job: Job, tell: Tell = say_nothing) -> Report:
    """Make every table again from the archive, without the network.

    Raises:
        RunFailed: something went wrong, and nothing was published.
        Busy: another run holds the lock.
        NoWarehouse: there is nothing to make tables of.
    """
    with begin_alone(job, tell) as run:
        remake_all(run)
        PLAIN.publish(run)
        return run.report()


def dry_run(job: Job, tell: Tell = say_nothing) -> Plan:
    """What a sync would fetch now: it lists the set and changes nothing.

    Raises:
        RunFailed: the listing could not be had, or cannot be believed.
        Busy: a run holds the lock.
    """
    with connected(job, tell) as run:
        return PLAIN.plan(run, PLAIN.list_condition_set(run))


def _received(run: RegistryRun, plan: Plan, steps: Steps) -> Answers:
    received = Answers()
    batches, done = plan.batches(MAX_IDS_PER_REQUEST), 0
    for number, batch in enumerate(batches, start=1):
        run.tell(f"fetching trials, batch {number} of {len(batches)}", done, len(plan.to_fetch))
        received += steps.fetch(run, batch)
        done += len(batch)
    return received + steps.ask_for_vanished(run, plan.vanished)


def _reported(job: Job, tell: Tell) -> Report:
    """Write the report, where one is asked for; the run is over by then, so that no failure of it touches the data."""
    if job.report is None:
        return {}
    from flows.overview import write_overview  # noqa: PLC0415 - what draws it is slow to import

    tell("writing the report", 0, 1)
    failure = None
    try:
        write_overview(job.places.warehouse, job.report, job.condition_set)
    except AclfError as error:
        failure = str(error)
    return {"report_file": str(job.report), "report_failure": failure}
