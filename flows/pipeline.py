"""The pipeline: the steps of a sync, a backfill and a rebuild in their order, in plain Python.

registry ──list──▶ plan ──fetch──▶ land ──▶ load (archive, rows, normalise, history, check) ──▶ publish
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client.api import MAX_IDS_PER_REQUEST
from extract.errors import AclfError
from flows.fetching.landed import FetchResult
from flows.fetching.notes import note_odd_includes, note_releases
from flows.fetching.unusable import quarantine_entries_without_id
from flows.news.announce import announce_news, prepare_news
from flows.origin import refuse_unwanted_sets
from flows.run import (
    ProgressCallback,
    RegistryRun,
    begin_local_run,
    begin_registry_run,
    connect_to_registry,
    ignore_progress,
)
from flows.steps import DIRECT_STEPS, Steps, adopt_rules, is_current, note_nothing_to_load, rebuild_from_archive
from warehouse.store import open_store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from extract.plan import Plan
    from flows.loading import Loading
    from flows.settings import Job
    from warehouse.runs import RunSummary


def sync(job: Job, steps: Steps = DIRECT_STEPS, on_progress: ProgressCallback = ignore_progress) -> RunSummary:
    """Bring the warehouse in step with the registry's listing of the condition set, and announce what is new.

    Returns:
        What the run did. Also `condition_sets`: of each set its `name`, how many trials are `listed` (None if it was
        not listed), and why its listing was `refused` (None if it was not). With a report also `report_file` and
        `report_failure`: why the report could not be written, or None. With a feed likewise `feed_file` and
        `feed_failure`; with a command for news `news_told`, how many entries its digest had, and `alert_failure`. With
        targets also `targets`: see `flows.targets.publish_to_targets`.

    Raises:
        RunFailed: something went wrong, and nothing was published.
        Busy: another run holds the lock.
    """
    with begin_registry_run(job, on_progress) as run:
        prepare_news(job)
        # One request shows whether there is anything to do.
        version = steps.ask_version(run)
        adopt_rules(run)
        if is_current(run, version):
            note_nothing_to_load(run)
        else:
            with _open_load(run) as loading:
                # The records of a large set that is mostly new come with its listing.
                listings, result = steps.list_condition_sets(run, loading)
                # Only the listings have these entries, because nothing can be requested without an NCT number.
                unnumbered = quarantine_entries_without_id(run, listings.values())
                plan = steps.plan(run, listings)
                # Of a large set it is large.
                del listings
                loading.add(unnumbered.replies)
                result += unnumbered
                result += _fetch_planned(run, loading, plan, steps, received=result.found)
                note_odd_includes(run, result)
                note_releases(run)
                steps.load(run, loading, plan, result)
        # Publish in both cases: data that an earlier run could not publish may wait in the store.
        summary = steps.publish(run)
        summary["condition_sets"] = run.summarise_sets()
    announced = _write_wanted_report(job, on_progress) | announce_news(job, on_progress)
    return summary | announced | _publish_to_targets(job, on_progress)


def backfill(job: Job, steps: Steps = DIRECT_STEPS, on_progress: ProgressCallback = ignore_progress) -> RunSummary:
    """Fetch the trials of the given NCT numbers now, in the set or not.

    Returns:
        What the run did; with targets also `targets`, as of a sync.

    Raises:
        StudyNotFound: the registry does not have one of them.
        RunFailed: something else went wrong; nothing was published in either case.
        Busy: another run holds the lock.
    """
    with begin_registry_run(job, on_progress) as run:
        # The run's row names the data that it read, and so does the folder where the replies land.
        steps.ask_version(run)
        with _open_load(run) as loading:
            loading.expect(len(job.nct_ids))
            result = steps.ask_for_each(run, job.nct_ids)
            loading.add(result.replies)
            # Without a plan, because a backfill says nothing about who is in the set.
            steps.load(run, loading, None, result)
        summary = steps.publish(run)
    return summary | _publish_to_targets(job, on_progress)


def rebuild(job: Job, on_progress: ProgressCallback = ignore_progress) -> RunSummary:
    """Make every table again from the archive, without the network.

    Raises:
        RunFailed: something went wrong, and nothing was published.
        Busy: another run holds the lock.
        NoWarehouse: there is nothing to make tables from.
    """
    with begin_local_run(job, on_progress) as run:
        # A rebuild is local, so it has no Prefect flow and no tasks.
        rebuild_from_archive(run)
        return DIRECT_STEPS.publish(run)


def dry_run(job: Job, on_progress: ProgressCallback = ignore_progress) -> tuple[Plan, list[str]]:
    """Return what a sync would fetch now, and what is odd about the listings: list the sets and change nothing.

    Raises:
        OtherConditionSet: the warehouse follows a condition set that the job leaves out.
        RunFailed: no listing could be fetched and believed.
        Busy: a run holds the lock.
    """
    with connect_to_registry(job, on_progress) as run:
        with open_store(job.paths) as store:
            refuse_unwanted_sets(store, job)
        listings, _ = DIRECT_STEPS.list_condition_sets(run, None)
        return DIRECT_STEPS.plan(run, listings), run.notes


def _open_load(run: RegistryRun) -> AbstractContextManager[Loading]:
    """Open the load of a run; see `flows.loading.open_load`."""
    from flows.loading import open_load  # noqa: PLC0415 - Arrow is slow to import, and most nights load nothing

    return open_load(run)


def _fetch_planned(
    run: RegistryRun, loading: Loading, plan: Plan, steps: Steps, received: frozenset[str]
) -> FetchResult:
    """Fetch the planned trials that have not been received yet, and load them meanwhile."""
    result = FetchResult()
    batches = plan.split_into_batches(MAX_IDS_PER_REQUEST, without=received)
    loading.expect(sum(map(len, batches)))
    done = 0
    for number, batch in enumerate(batches, start=1):
        run.on_progress(f"fetching trials, batch {number} of {len(batches)}", done, len(plan.to_fetch) - len(received))
        fetched = steps.fetch(run, batch)
        loading.add(fetched.replies)
        result += fetched
        done += len(batch)
    vanished = steps.ask_for_vanished(run, plan.vanished)
    loading.add(vanished.replies)
    result += vanished
    # Whether a reply can be used is only known when its part is made.
    loading.flush()
    while unusable := loading.take_unusable():
        again = steps.fetch_again(run, loading, unusable)
        loading.add(again.replies)
        loading.flush()
        result += again
    return result


def _write_wanted_report(job: Job, on_progress: ProgressCallback) -> RunSummary:
    """Write the report if the job wants one, and return what to add to the run's summary.

    The run is over by then, so a report that fails does not touch the data or its exit code.
    """
    if job.report is None:
        return {}
    from flows.pages.report import write_report  # noqa: PLC0415 - what draws it is slow to import

    on_progress("writing the report", 0, 1)
    failure = None
    try:
        write_report(job.paths.warehouse, job.report)
    except AclfError as error:
        failure = str(error)
    return {"report_file": str(job.report), "report_failure": failure}


def _publish_to_targets(job: Job, on_progress: ProgressCallback) -> RunSummary:
    """Publish to the targets that the job names, and return what to add to the run's summary."""
    if not job.targets:
        return {}
    from flows.targets import publish_to_targets  # noqa: PLC0415 - few runs have targets

    return {"targets": publish_to_targets(job.paths, job.targets, on_progress)}
