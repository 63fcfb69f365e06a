"""The commands that read: what the published warehouse says, and what is known of past runs."""

from __future__ import annotations

import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli import options


class Format(StrEnum):
    """What `aclf export` writes."""

    parquet = "parquet"
    csv = "csv"


def query(
    statement: Annotated[str | None, typer.Argument(metavar="SQL", help="One statement that reads.")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="Read the statement from this file.")] = None,
    as_aact: Annotated[bool, typer.Option("--aact", help="The statement is PostgreSQL's, written for AACT.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV, as always when piped.")] = False,
    as_json: options.AsJson = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="As all was known at the end of that day (UTC).")
    ] = None,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
) -> None:
    """Read-only SQL on the published warehouse, as it is or as it was."""
    from flows.cli.terminal import print_csv, print_objects, print_table
    from warehouse.paths import Paths

    day = _day(as_of, "--as-of")
    names, rows = _asked(Paths.of(Path(warehouse)).warehouse, _statement(statement, file), as_aact, day)
    if as_json:
        print_objects(names, rows)
    elif as_csv or not sys.stdout.isatty():
        print_csv(names, rows)
    else:
        print_table(names, rows)


def changes(
    nct_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[NCT...]", help="Trials; all where none is given.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD", help="From that day on (UTC); without it 30 days, or all of the given trials."
        ),
    ] = None,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """What changed and when, and who joined or left the set.

    Field by field, the newest night first.
    """
    from extract.nct import NctId
    from flows.cli.terminal import print_json, print_lines
    from flows.pages.change_text import format_changes
    from warehouse.connect import open_read_only
    from warehouse.paths import Paths
    from warehouse.reading.changes import find_asked_trials, read_changes

    first = _day(since, "--since")
    ids = [NctId.parse(nct_id) for nct_id in nct_ids or ()]
    with open_read_only(Paths.of(Path(warehouse)).warehouse) as connection:
        trials = find_asked_trials(connection, ids)
        found = read_changes(connection, [nct_id for trial in trials for nct_id in trial.numbers], first)
    if as_json:
        print_json(found)
        return
    notes = [
        f"{trial.asked} was merged: it is {trial.current} now." for trial in trials if trial.asked != trial.current
    ]
    print_lines([*notes, *format_changes(found)] or ["nothing has changed in that time."])


def show(
    nct_ids: Annotated[list[str], typer.Argument(metavar="NCT...", help="NCT numbers of trials in the warehouse.")],
    related: Annotated[int, typer.Option(min=0, max=50, help="How many related trials to show.")] = 10,
    format_dictionary: Annotated[bool, typer.Option("--markdown", help="Markdown.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="One HTML file that needs nothing else.")] = False,
    as_json: options.AsJson = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
) -> None:
    """The summary page of a trial, with related trials."""
    from flows.cli.show import show_trials
    from warehouse.paths import Paths

    asked = {"json": as_json, "markdown": format_dictionary, "html": as_html}
    forms = [form for form, is_asked in asked.items() if is_asked]
    show_trials(Paths.of(Path(warehouse)).warehouse, nct_ids, related, forms)


def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 10,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Past runs and what each did."""
    from flows.cli.terminal import print_json, print_runs
    from warehouse.connect import open_newest
    from warehouse.paths import Paths
    from warehouse.runs import read_newest_runs

    with open_newest(Paths.of(Path(warehouse))) as newest:
        past = read_newest_runs(newest, limit)
    if as_json:
        print_json(past)
    else:
        print_runs(past)


def status(
    max_age: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="The age of the last good sync that counts as stale beyond.")
    ] = 36.0,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Is my data fresh?

    Ends with 0 if so, with 1 where it is stale or the last sync failed.
    """
    from flows.cli.health import FRESH, read_status
    from flows.cli.terminal import print_json, print_lines
    from flows.wording import format_status
    from warehouse.paths import Paths

    found = read_status(Paths.of(Path(warehouse)), max_age)
    if as_json:
        print_json(found)
    else:
        print_lines(format_status(found))
    raise typer.Exit(0 if found["state"] == FRESH else 1)


def docs(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """The data dictionary, as Markdown.

    Every column of the published warehouse with its type, its meaning and its path in the registry's records.
    """
    from flows.cli.terminal import print_json
    from warehouse.connect import open_read_only
    from warehouse.paths import Paths
    from warehouse.reading.dictionary import format_dictionary, read_dictionary

    with open_read_only(Paths.of(Path(warehouse)).warehouse) as connection:
        entries = read_dictionary(connection)
    if as_json:
        shown = ("schema", "table", "column", "type", "comment", "path")
        print_json([{name: entry[name] for name in shown} for entry in entries])
    else:
        sys.stdout.write(format_dictionary(entries))


def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write into; made where it is not there.")
    ],
    form: Annotated[Format, typer.Option("--format", help="Parquet carries the comments; CSV has lists as JSON.")] = (
        Format.parquet
    ),
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Every table and view as a file, with a manifest.

    The manifest says of each its rows, its hash, its run, and what each column means.
    """
    from flows.cli.terminal import print_json
    from warehouse.paths import Paths
    from warehouse.reading.export import MANIFEST, export_tables

    manifest = export_tables(Paths.of(Path(warehouse)).warehouse, folder, form.value)
    if as_json:
        print_json(manifest)
        return
    count, rows = len(manifest["tables"]), sum(table["rows"] for table in manifest["tables"])
    format_changes = (
        f"{count} tables with {rows:,} rows, of run {manifest['run_id']}, are in {folder}; {MANIFEST} lists them."
    )
    sys.stdout.write(f"{format_changes}\n")


def report(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where the page shall stand, such as report.html.")],
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    condition_set: options.ConditionSetName = "aclf",
    as_json: options.AsJson = False,
) -> None:
    """One HTML page to look at: charts, changes, every trial.

    It needs nothing else: no network, no server.
    """
    from extract.condition_set import ConditionSet
    from flows.cli.terminal import print_json
    from flows.pages.report import write_report
    from flows.settings import check_report_path
    from warehouse.paths import Paths

    place, known = check_report_path(file), ConditionSet.load(condition_set)
    written = write_report(Paths.of(Path(warehouse)).warehouse, place, known)
    if as_json:
        print_json(written)
    else:
        format_changes = (
            f"{written['trials']} trials, data of {written['data_timestamp']} UTC, {written['bytes'] / 1e6:.1f} MB"
        )
        sys.stdout.write(f"{written['report']}: {format_changes}.\n")


def check(
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """The data checks, and whether the files are sound."""
    from flows.cli.health import check_warehouse
    from flows.cli.terminal import print_checkup, print_json
    from warehouse.paths import Paths

    result = check_warehouse(Paths.of(Path(warehouse)))
    if as_json:
        print_json(result)
    else:
        print_checkup(result)
    raise typer.Exit(0 if result["sound"] else 1)


def _asked(file: Path, statement: str, as_aact: bool, day: date | None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the statement's columns, and its rows."""
    from warehouse.connect import open_read_only
    from warehouse.reading.query import run_query

    session = ""
    if as_aact:
        from warehouse.aact.asking import SESSION, run_aact_query

        session, run_query = SESSION, run_aact_query
    if day is None:
        opened = open_read_only(file, session)
    else:
        from warehouse.reading.as_of import open_as_of

        opened = open_as_of(file, day, session)
    with opened as connection:
        return run_query(connection, statement)


def _day(text: str | None, flag: str) -> date | None:
    from extract.errors import BadSetting

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadSetting(f"{flag} must be a day such as 2026-10-01, not {text!a}") from None


def _statement(statement: str | None, file: Path | None) -> str:
    from warehouse.errors import BadQuery

    if (statement is None) == (file is None):
        raise BadQuery("there is not exactly one statement", next_step="give it as an argument or with -f FILE")
    try:
        written = os.fsencode(str(statement)) if file is None else file.read_bytes()
        return written.decode()
    except UnicodeDecodeError as error:
        raise BadQuery(f"the statement is not UTF-8 ({error})", next_step="write it in UTF-8") from error
    except OSError as error:
        raise BadQuery(f"the file {file} cannot be read ({error})", next_step="name another file") from error
