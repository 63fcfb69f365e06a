"""The commands that run the pipeline.

Imports are late, so that `aclf --help` is there at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from extract.client import api
from flows.cli import options
from flows.cli.completion import complete_nct_number
from flows.settings import EVERY_EVENT, Settings

Orchestrate = Annotated[
    bool | None,
    typer.Option("--orchestrate/--direct", envvar="ACLF_ORCHESTRATE", help="Run as a Prefect flow, or directly."),
]

ReportFile = Annotated[
    str | None,
    typer.Option(
        envvar="ACLF_REPORT", metavar="FILE", help="Also write the report to this file, as `aclf report` does."
    ),
]

FeedFile = Annotated[
    str | None,
    typer.Option(envvar="ACLF_FEED", metavar="FILE", help="Also write the news of the sets to this file, as Atom."),
]
Alert = Annotated[
    str,
    typer.Option(
        envvar="ACLF_ALERT", metavar="EVENTS", help="Of which news ACLF_ON_CHANGE is told, separated by commas."
    ),
]


def sync(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    condition_sets: options.ConditionSets = options.DEFAULT_SETS,
    rate: options.Rate = None,
    patience: options.Patience = 120.0,
    wait: options.Wait = 0.0,
    workers: options.Workers = None,
    dask: options.Dask = None,
    rate_limit: options.RateLimit = None,
    full: Annotated[bool, typer.Option("--full", help="Fetch every trial of the set, changed or not.")] = False,
    accept_shrink: Annotated[
        bool,
        typer.Option("--accept-shrink", help="Accept a listing that is much shorter than the set in the warehouse."),
    ] = False,
    accept_empty: Annotated[
        bool,
        typer.Option("--accept-empty", help="Accept that a field of nearly every record is in none any more."),
    ] = False,
    replace_set: Annotated[
        bool,
        typer.Option("--replace-set", help="No longer follow the warehouse's condition sets that are not named."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be fetched; fetch and change nothing.")
    ] = False,
    report: ReportFile = None,
    feed: FeedFile = None,
    alert: Alert = EVERY_EVENT,
    publish_to: options.PublishTo = options.NO_TARGETS,
    orchestrate: Orchestrate = None,
    lenient: options.Lenient = False,
    as_json: options.AsJson = False,
) -> None:
    """Bring the warehouse in step with the registry: the nightly job.

    It lists the condition sets, fetches what is new or changed, normalises, loads and checks it, and publishes.
    """
    from flows.cli.run_result import finish_run, print_dry_run

    settings = Settings(
        warehouse,
        registry,
        condition_sets,
        rate,
        patience,
        wait,
        workers,
        full,
        accept_shrink=accept_shrink,
        accept_empty=accept_empty,
        replace_set=replace_set,
        report=report,
        feed=feed,
        alert=alert,
        publish_to=publish_to,
        dask=dask,
        rate_limit=rate_limit,
    )
    if dry_run:
        print_dry_run(settings, as_json=as_json)
    else:
        finish_run(settings, "sync", as_flow=orchestrate is not False, lenient=lenient, as_json=as_json)


def backfill(
    nct_ids: Annotated[
        list[str],
        typer.Argument(metavar="NCT...", help="NCT numbers, in the set or not.", autocompletion=complete_nct_number),
    ],
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    condition_sets: options.ConditionSets = options.DEFAULT_SETS,
    rate: options.Rate = None,
    patience: options.Patience = 120.0,
    wait: options.Wait = 0.0,
    workers: options.Workers = None,
    publish_to: options.PublishTo = options.NO_TARGETS,
    rate_limit: options.RateLimit = None,
    orchestrate: Orchestrate = None,
    lenient: options.Lenient = False,
    as_json: options.AsJson = False,
) -> None:
    """Fetch single trials by NCT number, now."""
    from flows.cli.run_result import finish_run
    from flows.orchestration.environment import is_api_configured

    settings = Settings(
        warehouse,
        registry,
        condition_sets,
        rate,
        patience,
        wait,
        workers,
        publish_to=publish_to,
        rate_limit=rate_limit,
    )
    # An embedded Prefect server takes 10 to 20 seconds to start: too long for one record.
    as_flow = is_api_configured() if orchestrate is None else orchestrate
    finish_run(settings, "backfill", tuple(nct_ids), as_flow=as_flow, lenient=lenient, as_json=as_json)


def rebuild(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    wait: options.Wait = 0.0,
    as_json: options.AsJson = False,
) -> None:
    """Make every table again from the archive, without the network."""
    from flows.cli.run_result import finish_run

    finish_run(Settings(warehouse=warehouse, wait=wait), "rebuild", lenient=True, as_json=as_json)


def serve(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    condition_sets: options.ConditionSets = options.DEFAULT_SETS,
    rate: options.Rate = None,
    patience: options.Patience = 120.0,
    wait: Annotated[float, typer.Option(help="Seconds that a run waits if another holds the lock.")] = 3600.0,
    workers: options.Workers = None,
    dask: options.Dask = None,
    rate_limit: options.RateLimit = None,
    cron: options.Cron = options.DEFAULT_CRON,
    time_zone: options.TimeZone = options.DEFAULT_TIME_ZONE,
    report: ReportFile = None,
    feed: FeedFile = None,
    alert: Alert = EVERY_EVENT,
    publish_to: options.PublishTo = options.NO_TARGETS,
    host: Annotated[
        str, typer.Option(envvar="ACLF_HOST", help="Where its pages listen; on 127.0.0.1 only this machine sees them.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="ACLF_PORT", min=0, max=65535, help="The port of its pages; 0 for any free one.")
    ] = 4201,
    address: Annotated[
        str | None,
        typer.Option(
            envvar="ACLF_ADDRESS", metavar="URL", help="The address by which people reach its pages, if another."
        ),
    ] = None,
) -> None:
    """Run the schedule and its pages: a sync each night.

    It runs until it is stopped. Where nothing is published yet, it syncs at once.
    Its pages show the report and every trial, and have /health and /metrics for a monitor.
    It also runs the backfills that are started on Prefect's pages.
    """
    from flows.schedule.pages_address import PagesSettings
    from flows.schedule.serve import run_schedule

    settings = Settings(
        warehouse,
        registry,
        condition_sets,
        rate,
        patience,
        wait,
        workers,
        report=report,
        feed=feed,
        alert=alert,
        publish_to=publish_to,
        dask=dask,
        rate_limit=rate_limit,
    )
    run_schedule(settings, cron, time_zone, PagesSettings(host, port, address))
