"""Run a job for the command line, print its result, and choose the exit code."""

# ruff: noqa: PLC0415 - Prefect is slow to import, and a direct run does without it

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from flows import pipeline
from flows.cli.shared_server import prepare_shared_server
from flows.cli.terminal import (
    print_error,
    print_json,
    print_lines,
    print_plan,
    print_run_summary,
    show_progress,
)
from flows.errors import InternalError
from flows.settings import hand_over
from flows.signals import as_aclf_error
from flows.wording import list_failures
from warehouse.lock import hold_lock
from warehouse.runs import FAILED, SUMMARY_COLUMNS

if TYPE_CHECKING:
    from extract.errors import AclfError
    from flows.run import ProgressCallback
    from flows.settings import Job, Settings
    from warehouse.runs import RunSummary

EXIT_SET_ASIDE = 3
"""The run has published, but it refused the listing of a set, or set aside what was not set aside before."""


def finish_run(
    settings: Settings,
    command: str,
    nct_ids: tuple[str, ...] = (),
    *,
    as_flow: bool = False,
    lenient: bool = False,
    as_json: bool = False,
) -> None:
    """Run a command, print its summary, and exit with the code that says how it went.

    Args:
        settings: the settings as they were given.
        command: `sync`, `backfill` or `rebuild`.
        nct_ids: the trials of a backfill, as people write them.
        as_flow: whether to run through Prefect.
        lenient: whether to exit with 0 although the run set something new aside.
        as_json: whether to print one JSON document.

    Raises:
        AclfError: the run failed, or one of the settings cannot be used.
    """
    try:
        job = settings.make_job(command, nct_ids)
        prepare_shared_server(job, as_flow=as_flow)
        with show_progress() as on_progress:
            summary = _run_as_flow(settings, job, on_progress) if as_flow else _run_directly(job, on_progress)
    except BaseException as stop:
        error = as_aclf_error(stop)
        # A fault of this program goes on as it is, so that its traceback is printed.
        if isinstance(error, InternalError):
            raise
        if as_json:
            print_json(_summarise_failure(settings, command, error))
        raise error from None

    if as_json:
        print_json(summary)
    else:
        print_run_summary(summary)
    # The data is published, so a report, a feed or an alert that failed leaves the exit code to the data.
    for failure in list_failures(summary):
        print_error(failure)
    refused = [each for each in summary.get("condition_sets", []) if each["refused"]]
    if (summary["newly_set_aside"] or refused) and not lenient:
        raise typer.Exit(EXIT_SET_ASIDE)


def print_dry_run(settings: Settings, *, as_json: bool) -> None:
    """Print what a sync would fetch now."""
    job = settings.make_job("sync")
    prepare_shared_server(job, as_flow=True)
    with show_progress() as on_progress:
        plan, notes = pipeline.dry_run(job, on_progress)
    if as_json:
        print_json({**plan.get_lists(), "unchanged": plan.unchanged})
    else:
        print_plan(plan)
    print_lines(notes, sys.stderr)


def _run_directly(job: Job, on_progress: ProgressCallback) -> RunSummary:
    if job.command == "rebuild":
        return pipeline.rebuild(job, on_progress)
    if job.command == "backfill":
        return pipeline.backfill(job, on_progress=on_progress)
    return pipeline.sync(job, on_progress=on_progress)


def _run_as_flow(settings: Settings, job: Job, on_progress: ProgressCallback) -> RunSummary:
    # Prefect takes seconds to start, so first see that no other run holds the lock. The flow takes the lock itself.
    with hold_lock(job.paths, "aclf", job.settings.wait):
        on_progress("running as a Prefect flow; its server takes some seconds to start", 0, 0)

    from flows.orchestration.failed_calls import translate_prefect_errors
    from flows.orchestration.prefect_server import use_embedded_server

    hand_over(settings)
    # Prefect reads its environment when the flows import it, so first comes the environment.
    with use_embedded_server(job.paths), translate_prefect_errors():
        from flows.backfill import backfill
        from flows.sync import sync

        if job.command == "backfill":
            return backfill([str(nct_id) for nct_id in job.nct_ids])
        return sync()


def _summarise_failure(settings: Settings, command: str, error: AclfError) -> RunSummary:
    """Return what `--json` prints of a run that failed: its summary as far as it got."""
    known: dict[str, Any] = {
        "outcome": FAILED,
        "message": str(error),
        "command": command,
        "warehouse": settings.warehouse,
    }
    return dict.fromkeys(SUMMARY_COLUMNS) | known | (error.run_summary or {})
