"""The commands that run: each a run of the pipeline, told when it ends."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from extract.client import api
from extract.errors import AclfError
from flows.cli import options
from flows.errors import InternalError
from flows.settings import Job, Settings

EXIT_SET_ASIDE = 3
"""Published, but the run set aside what was not set aside before."""

Orchestrate = Annotated[
    bool | None,
    typer.Option("--orchestrate/--direct", envvar="ACLF_ORCHESTRATE", help="As a Prefect flow run, or without."),
]

ReportFile = Annotated[
    str | None,
    typer.Option(envvar="ACLF_REPORT", metavar="FILE", help="Write the report there too, as `aclf report` does."),
]


def sync(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    condition_set: options.ConditionSetName = "aclf",
    rate: options.Rate = None,
    patience: options.Patience = 120.0,
    wait: options.Wait = 0.0,
    full: Annotated[bool, typer.Option("--full", help="Fetch every trial of the set, changed or not.")] = False,
    accept_shrink: Annotated[
        bool, typer.Option("--accept-shrink", help="Believe a listing that is much shorter than the set held.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be fetched; fetch and change nothing.")
    ] = False,
    report: ReportFile = None,
    orchestrate: Orchestrate = None,
    lenient: options.Lenient = False,
    as_json: options.AsJson = False,
) -> None:
    """The nightly job: the warehouse in step with the registry.

    It lists the condition set, fetches what is new or changed, normalises, loads and checks it, and publishes.
    """
    settings = Settings(warehouse, registry, condition_set, rate, patience, wait, full, accept_shrink, report)
    if dry_run:
        _dry_run(settings, as_json)
    else:
        _finish(settings, "sync", (), orchestrate is not False, lenient, as_json)


def backfill(
    nct_ids: Annotated[list[str], typer.Argument(metavar="NCT...", help="NCT numbers, in the set or not.")],
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    condition_set: options.ConditionSetName = "aclf",
    rate: options.Rate = None,
    patience: options.Patience = 120.0,
    wait: options.Wait = 0.0,
    orchestrate: Orchestrate = None,
    lenient: options.Lenient = False,
    as_json: options.AsJson = False,
) -> None:
    """Fetch single trials by NCT number, now."""
    from flows.orchestration.environment import is_api_configured

    settings = Settings(warehouse, registry, condition_set, rate, patience, wait)
    as_flow = is_api_configured() if orchestrate is None else orchestrate
    _finish(settings, "backfill", tuple(nct_ids), as_flow, lenient, as_json)


def rebuild(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    wait: options.Wait = 0.0,
    as_json: options.AsJson = False,
) -> None:
    """Every table made again from the archive, without the network."""
    _finish(Settings(warehouse=warehouse, wait=wait), "rebuild", (), False, True, as_json)


def serve(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    condition_set: options.ConditionSetName = "aclf",
    rate: options.Rate = None,
    patience: options.Patience = 120.0,
    wait: Annotated[float, typer.Option(help="Seconds that a run waits where another holds the lock.")] = 3600.0,
    cron: options.Cron = options.DEFAULT_CRON,
    time_zone: options.TimeZone = options.DEFAULT_TIME_ZONE,
    report: ReportFile = None,
) -> None:
    """The schedule: a sync each night, and backfills on demand.

    It runs until it is stopped, and does the backfills that Prefect's pages ask for.
    """
    from flows.schedule.serve import serve as run_schedule

    settings = Settings(warehouse, registry, condition_set, rate, patience, wait, report=report)
    run_schedule(settings, cron, time_zone)


def _finish(
    settings: Settings, command: str, ids: tuple[str, ...], as_flow: bool, lenient: bool, as_json: bool
) -> None:
    """Run, print the report, and exit with the code that says how it went."""
    from flows.cli.terminal import print_error, print_json, print_run_summary
    from flows.run import as_aclf_error

    try:
        report = _run(settings, settings.job(command, ids), as_flow)
    except BaseException as stop:
        error = as_aclf_error(stop)
        if isinstance(error, InternalError):
            raise
        if as_json:
            print_json(_failure(settings, command, error))
        raise error from None
    if as_json:
        print_json(report)
    else:
        print_run_summary(report)
    if report.get("report_failure"):
        print_error(report["report_failure"])
    if report["newly_set_aside"] and not lenient:
        raise typer.Exit(EXIT_SET_ASIDE)


def _run(settings: Settings, job: Job, as_flow: bool) -> dict[str, Any]:
    """One run, through Prefect or not."""
    from flows.cli.terminal import show_progress
    from warehouse.lock import run_lock

    with show_progress() as on_progress:
        if as_flow:  # that the warehouse is busy is told before Prefect has started
            with run_lock(job.paths, "aclf", job.settings.wait):
                on_progress("running as a Prefect flow; its server takes some seconds to start", 0, 0)
            from flows.backfill import backfill as backfill_flow
            from flows.orchestration.environment import translate_prefect_errors
            from flows.sync import sync as sync_flow

            with translate_prefect_errors():
                return backfill_flow([str(nct_id) for nct_id in job.ids], settings) if job.ids else sync_flow(settings)
        from flows import pipeline

        if job.command == "rebuild":
            return pipeline.rebuild(job, on_progress)
        return (
            pipeline.backfill(job, on_progress=on_progress) if job.ids else pipeline.sync(job, on_progress=on_progress)
        )


def _failure(settings: Settings, command: str, error: AclfError) -> dict[str, Any]:
    """What `--json` prints of a run that failed: its report as far as it got."""
    from warehouse.runs import FAILED, SUMMARY_COLUMNS

    known = {"outcome": FAILED, "message": str(error), "command": command, "warehouse": settings.warehouse}
    return dict.fromkeys(SUMMARY_COLUMNS) | known | (error.run_summary or {})


def _dry_run(settings: Settings, as_json: bool) -> None:
    from flows.cli.terminal import print_json, print_plan, show_progress
    from flows.pipeline import dry_run

    with show_progress() as on_progress:
        plan = dry_run(settings.job("sync"), on_progress)
    if as_json:
        print_json({**plan.lists(), "unchanged": plan.unchanged})
    else:
        print_plan(plan)
