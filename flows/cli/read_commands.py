"""The commands that read the published warehouse, and what is known of past runs.

Imports are late, so that `aclf --help` is there at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extract.client import api
from extract.errors import BadSetting
from flows.cli import options
from flows.cli.completion import complete_nct_number

if TYPE_CHECKING:
    from collections.abc import Sequence


PARTS = ("eligibility", "outcomes", "arms", "sites", "sponsors", "results", "references", "changes")
"""The parts of a trial's page that are folded, in their order."""

_ALL_PARTS: list[str] = []


def changes(
    nct_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NCT...]", help="NCT numbers; without any, all trials.", autocompletion=complete_nct_number
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="From that day on (UTC). Without it: 30 days, or everything about the given trials.",
        ),
    ] = None,
    major: Annotated[
        bool,
        typer.Option(
            "--major", help="Only what matters most: status, dates, enrolment, design, eligibility, arms, results."
        ),
    ] = False,
    condition_set: options.FollowedSet = None,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Show what changed and when, and which trials joined or left.

    It lists the changes field by field, the newest night first.
    """
    from flows.cli.changes import print_changes
    from warehouse.paths import Paths

    first_day = options.parse_day(since, "--since")
    published_file = Paths.of(Path(warehouse)).warehouse
    print_changes(published_file, nct_ids or (), first_day, condition_set, only_major=major, as_json=as_json)


def show(
    nct_ids: Annotated[
        list[str],
        typer.Argument(
            metavar="NCT...", help="NCT numbers of trials in the warehouse.", autocompletion=complete_nct_number
        ),
    ],
    related: Annotated[int, typer.Option(min=0, max=50, help="How many related trials to show.")] = 10,
    part: Annotated[
        list[str],
        typer.Option(
            metavar="NAME", help=f"Only this part: {', '.join(PARTS)}. Several: once for each, or with commas."
        ),
    ] = _ALL_PARTS,
    show_all: Annotated[bool, typer.Option("--all", help="Write out every part, instead of what is in it.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Print one HTML file that needs nothing else.")] = False,
    as_json: options.AsJson = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
) -> None:
    """Show the summary page of a trial, with related trials.

    May a patient join, and where? `--part eligibility,sites`.
    """
    from flows.cli.show import show_trials
    from warehouse.paths import Paths

    flags = {"json": as_json, "markdown": as_markdown, "html": as_html}
    forms = [form for form, is_set in flags.items() if is_set]
    names = _read_parts(part)
    show_trials(Paths.of(Path(warehouse)).warehouse, nct_ids, related, forms, names, show_all=show_all)


def _read_parts(texts: Sequence[str]) -> list[str]:
    """Return the names of parts, each once.

    Raises:
        BadSetting: The page has no part of that name.
    """
    # Not an enumeration: typer reads a list of one with pydantic, which is slow to import.
    names = [name.strip().lower() for text in texts for name in text.split(",")]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise BadSetting(f"a trial's page has no part {unknown[0]!r}", next_step=f"choose of: {', '.join(PARTS)}")
    return list(dict.fromkeys(names))


def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many runs to show, the newest first.")] = 10,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Show past runs and what each did."""
    from flows.cli.terminal import print_json, print_runs
    from warehouse.connect import open_newest
    from warehouse.paths import Paths
    from warehouse.runs import read_newest_runs
    from warehouse.targets.holdings import read_holdings

    paths = Paths.of(Path(warehouse))
    with open_newest(paths) as newest:
        past = read_newest_runs(newest, limit)
    holdings = read_holdings(paths)
    for run in past:
        run["held_by"] = [holding.target for holding in holdings if holding.run_id == run["run_id"]]
    if as_json:
        print_json(past)
    else:
        print_runs(past)


def status(
    max_age: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="The data is stale if the last good sync is older than this.")
    ] = 36.0,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Say whether the data is fresh.

    Exits with 0 if it is, and with 1 if it is stale or the last sync failed.
    """
    from flows.cli.terminal import print_json, print_lines
    from flows.status import FRESH, format_status, read_status
    from warehouse.paths import Paths

    found = read_status(Paths.of(Path(warehouse)), max_age)
    if as_json:
        print_json(found)
    else:
        print_lines(format_status(found))
    raise typer.Exit(0 if found["state"] == FRESH else 1)


def sets(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="check FILE", help="Ask how many trials the search of a set finds.")
    ] = None,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    registry: options.RegistryAddress = api.BASE_URL,
    patience: options.Patience = 120.0,
    rate_limit: options.RateLimit = None,
    as_json: options.AsJson = False,
) -> None:
    """List the condition sets that the warehouse follows."""
    from flows.cli.sets import check_set, list_sets
    from flows.settings import Settings
    from warehouse.paths import Paths

    match words or []:
        case []:
            list_sets(Paths.of(Path(warehouse)), as_json=as_json)
        case ["check", file]:
            settings = Settings(warehouse, registry, [file], patience=patience, rate_limit=rate_limit)
            check_set(settings.make_job("sets"), as_json=as_json)
        case _:
            raise BadSetting("`aclf sets` takes nothing, or `check` and a condition set")


def report(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write, such as report.html.")],
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    condition_set: options.FollowedSet = None,
    as_json: options.AsJson = False,
) -> None:
    """Write one HTML page with charts, changes and every trial.

    The page needs no network and no server.
    """
    from flows.cli.terminal import print_json, print_lines
    from flows.pages.report import write_report
    from flows.settings import check_report_path
    from flows.wording import format_timestamp
    from warehouse.paths import Paths

    path = check_report_path(file)
    written = write_report(Paths.of(Path(warehouse)).warehouse, path, condition_set)
    if as_json:
        print_json(written)
    else:
        moment = format_timestamp(written["data_timestamp"])
        message = f"{written['trials']} trials, data of {moment} UTC, {written['bytes'] / 1e6:.1f} MB"
        print_lines([f"{written['report']}: {message}."])


def check(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Run the data checks, and check whether the files are sound."""
    from flows.cli.health import check_warehouse
    from flows.cli.terminal import print_checkup, print_json
    from warehouse.paths import Paths

    result = check_warehouse(Paths.of(Path(warehouse)))
    if as_json:
        print_json(result)
    else:
        print_checkup(result)
    raise typer.Exit(0 if result["sound"] else 1)


def mcp(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    time_limit: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="The most seconds that one answer may take.")
    ] = 30.0,
) -> None:
    """Answer an assistant's questions on standard input and output.

    It speaks the Model Context Protocol, only reads, and runs until the client closes its end.
    docs/connect.md has the settings for clients. It needs the extra `mcp` of the package.
    """
    from flows.cli.assistant import start_assistant
    from warehouse.paths import Paths

    start_assistant(Paths.of(Path(warehouse)), time_limit)
