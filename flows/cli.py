"""The command line: `aclf`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from extract import api
from extract.errors import AclfError, Unforeseen
from flows import options
from flows.settings import Job, Settings
from flows.signals import listening

EXIT_SET_ASIDE = 3
"""Published, but the run set aside what was not set aside before."""

app = typer.Typer(
    name="aclf",
    help="Keeps a DuckDB warehouse of acute-on-chronic liver failure trials in step with ClinicalTrials.gov.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Orchestrate = Annotated[
    bool | None,
    typer.Option("--orchestrate/--direct", envvar="ACLF_ORCHESTRATE", help="As a Prefect flow run, or without."),
]


@app.command()
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
    orchestrate: Orchestrate = None,
    lenient: options.Lenient = False,
    as_json: options.AsJson = False,
) -> None:
    """The nightly job: list the condition set, fetch what is new or changed, normalise, load, check, publish."""
    settings = Settings(warehouse, registry, condition_set, rate, patience, wait, full, accept_shrink)
    if dry_run:
        _dry_run(settings, as_json)
    else:
        _finish(settings, "sync", (), orchestrate is not False, lenient, as_json)


@app.command()
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
    from flows.orchestration import api_is_configured

    settings = Settings(warehouse, registry, condition_set, rate, patience, wait)
    as_flow = api_is_configured() if orchestrate is None else orchestrate
    _finish(settings, "backfill", tuple(nct_ids), as_flow, lenient, as_json)


@app.command()
def query(
    statement: Annotated[str | None, typer.Argument(metavar="SQL", help="One statement that reads.")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="Read the statement from this file.")] = None,
    as_aact: Annotated[bool, typer.Option("--aact", help="The statement is PostgreSQL's, written for AACT.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV, as always when piped.")] = False,
    as_json: options.AsJson = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
) -> None:
    """Read-only SQL on the published warehouse."""
    from flows.screen import print_csv, print_objects, print_table
    from warehouse.places import Places

    names, rows = _asked(Places.of(Path(warehouse)).warehouse, _statement(statement, file), as_aact)
    if as_json:
        print_objects(names, rows)
    elif as_csv or not sys.stdout.isatty():
        print_csv(names, rows)
    else:
        print_table(names, rows)


@app.command()
def show(
    nct_ids: Annotated[list[str], typer.Argument(metavar="NCT...", help="NCT numbers of trials in the warehouse.")],
    related: Annotated[int, typer.Option(min=0, max=50, help="How many related trials to show.")] = 10,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Markdown.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="One HTML file that needs nothing else.")] = False,
    as_json: options.AsJson = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
) -> None:
    """The summary page of a trial, with related trials."""
    from flows.show import show_trials
    from warehouse.places import Places

    asked = {"json": as_json, "markdown": as_markdown, "html": as_html}
    forms = [form for form, is_asked in asked.items() if is_asked]
    show_trials(Places.of(Path(warehouse)).warehouse, nct_ids, related, forms)


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 10,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Past runs and what each did."""
    from flows.screen import print_json, print_runs
    from warehouse.places import Places
    from warehouse.query import open_newest
    from warehouse.runs import newest_runs

    with open_newest(Places.of(Path(warehouse))) as newest:
        past = newest_runs(newest, limit)
    if as_json:
        print_json(past)
    else:
        print_runs(past)


@app.command()
def docs(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """The data dictionary of the published warehouse, as Markdown: every column, its meaning and its API path."""
    from flows.screen import print_json
    from warehouse.dictionary import as_markdown, dictionary
    from warehouse.places import Places
    from warehouse.query import open_read_only

    with open_read_only(Places.of(Path(warehouse)).warehouse) as connection:
        entries = dictionary(connection)
    if as_json:
        shown = ("schema", "table", "column", "type", "comment", "path")
        print_json([{name: entry[name] for name in shown} for entry in entries])
    else:
        sys.stdout.write(as_markdown(entries))


@app.command()
def check(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """The data checks, and whether the files are sound."""
    from flows.checkup import checkup
    from flows.screen import print_checkup, print_json
    from warehouse.places import Places

    result = checkup(Places.of(Path(warehouse)))
    if as_json:
        print_json(result)
    else:
        print_checkup(result)
    raise typer.Exit(0 if result["sound"] else 1)


def main() -> None:
    """Run the command line; every failure ends in one sentence and its exit code."""
    try:
        with listening():
            app()
    except AclfError as error:
        sys.stderr.write(f"aclf: {error}\n")
        raise SystemExit(error.exit_code) from None


def _finish(
    settings: Settings, command: str, ids: tuple[str, ...], as_flow: bool, lenient: bool, as_json: bool
) -> None:
    """Run, print the report, and exit with the code that says how it went."""
    from flows.run import understood
    from flows.screen import print_error, print_json, print_report

    try:
        report = _run(settings, settings.job(command, ids), as_flow)
    except BaseException as stop:
        error = understood(stop)
        if isinstance(error, Unforeseen):
            raise
        if as_json:
            print_json(_failure(settings, command, error))
        print_error(str(error))
        raise typer.Exit(error.exit_code) from None
    if as_json:
        print_json(report)
    else:
        print_report(report)
    if report["newly_set_aside"] and not lenient:
        raise typer.Exit(EXIT_SET_ASIDE)


def _run(settings: Settings, job: Job, as_flow: bool) -> dict[str, Any]:
    """One run, through Prefect or not."""
    from flows.screen import progress
    from warehouse.lock import run_lock

    with progress() as tell:
        if as_flow:  # that the warehouse is busy is told before Prefect has started
            with run_lock(job.places, "aclf", job.settings.wait):
                tell("running as a Prefect flow; its server takes some seconds to start", 0, 0)
            from flows.backfill import backfill as backfill_flow
            from flows.orchestration import reachable
            from flows.sync import sync as sync_flow

            with reachable():
                return backfill_flow(settings, list(job.ids)) if job.ids else sync_flow(settings)
        from flows import pipeline

        return pipeline.backfill(job, tell=tell) if job.ids else pipeline.sync(job, tell=tell)


def _failure(settings: Settings, command: str, error: AclfError) -> dict[str, Any]:
    """What `--json` prints of a run that failed: its report as far as it got."""
    from warehouse.runs import FAILED, REPORT

    known = {"outcome": FAILED, "message": str(error), "command": command, "warehouse": settings.warehouse}
    return dict.fromkeys(REPORT) | known | (error.report or {})


def _dry_run(settings: Settings, as_json: bool) -> None:
    from flows.pipeline import dry_run
    from flows.screen import print_json, print_plan, progress

    with progress() as tell:
        plan = dry_run(settings.job("sync"), tell)
    if as_json:
        print_json({**plan.lists(), "unchanged": plan.unchanged})
    else:
        print_plan(plan)


def _asked(file: Path, statement: str, as_aact: bool) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the statement's columns, and its rows."""
    from warehouse.query import ask, open_read_only

    if not as_aact:
        with open_read_only(file) as connection:
            return ask(connection, statement)
    from warehouse.aact.asking import SESSION, ask_as_aact

    with open_read_only(file, SESSION) as connection:
        return ask_as_aact(connection, statement)


def _statement(statement: str | None, file: Path | None) -> str:
    from warehouse.errors import BadQuery

    if (statement is None) == (file is None):
        raise BadQuery("there is not exactly one statement", next_step="give it as an argument or with -f FILE")
    if statement is not None:
        return statement
    try:
        return Path(str(file)).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuery(f"the file {file} cannot be read ({error})", next_step="name another file") from error
