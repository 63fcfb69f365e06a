"""What people see: tables, reports and progress on a terminal; plain text and JSON elsewhere."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

from flows.run import ProgressCallback, RunSummary, ignore_progress
from flows.wording import format_headline, list_facts, name_counts
from transform.printable import remove_controls
from warehouse.runs import FAILED

if TYPE_CHECKING:
    from extract.plan import Plan

Rows = Sequence[Sequence[Any]]


def print_json(value: Any) -> None:
    """Print one JSON document; what JSON has no form for is printed as text."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2) + "\n")


def print_objects(names: Sequence[str], rows: Rows) -> None:
    """Print rows as a JSON list of objects; of two columns with one name, the second is called `NAME_1`."""
    keys = [f"{name}_{earlier}" if (earlier := names[:place].count(name)) else name for place, name in enumerate(names)]
    print_json([dict(zip(keys, row, strict=True)) for row in rows])


def print_csv(names: Sequence[str], rows: Rows) -> None:
    """Print rows as CSV with a header; a list is its JSON, NULL is empty."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)


def print_table(names: Sequence[str], rows: Rows, title: str | None = None) -> None:
    """Print rows as a table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(remove_controls(_cell(value))) for value in row))
    Console().print(table)


def print_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines; on a terminal one that is too long goes on below it, broken between words and set in."""
    to = stream or sys.stdout
    width = get_terminal_size().columns if to.isatty() else 0
    for line in lines:
        to.write("\n".join(_broken(line, width) if 0 < width < len(line) else [line]) + "\n")


def print_run_summary(report: RunSummary) -> None:
    """Print what a run did, and where its file is."""
    print_lines([format_headline(report), *(f"  {name:<18}{value}" for name, value in list_facts(report).items())])


def print_plan(plan: Plan) -> None:
    """Print what a sync would do."""
    sys.stdout.write("A sync would find this; nothing was fetched and nothing was changed.\n")
    for name, count in plan.summary().items():
        sys.stdout.write(f"  {name:<11} {count}\n")
    for name in ("new", "changed", "vanished", "excluded"):
        for nct_id in getattr(plan, name):
            sys.stdout.write(f"{nct_id} {name}\n")


def print_runs(runs: Sequence[RunSummary]) -> None:
    """Print runs, newest first, one a line, and below them why one failed."""
    names = ["run", "command", "started (UTC)", "outcome", "data of (UTC)", "requests", "seconds", "what it did"]
    print_table(
        names,
        [
            [
                run["run_id"],
                run["command"],
                f"{run['started_at']:%Y-%m-%d %H:%M}",
                run["outcome"],
                (run["data_timestamp"] or "")[:16].replace("T", " "),
                run["requests"],
                run["seconds"],
                ", ".join(f"{count} {words}" for words, count in name_counts(run).items()),
            ]
            for run in runs
        ],
    )
    print_lines(f"Run {run['run_id']} failed: {run['message']}" for run in runs if run["outcome"] == FAILED)


def print_checkup(result: dict[str, Any]) -> None:
    """Print whether files and data are sound, and how fresh they are."""
    lines = []
    for file in result["files"]:
        told = f"{file['fault']}; {file['remedy']}." if file["fault"] else ""
        lines.append(f"{'damaged' if file['fault'] else 'sound':<8} {file['file']} {told}".rstrip())
    for check in result["checks"]:
        name = check["name"].replace("_", " ")
        found = f"{check['severity']}: {check['failures']} rows, as in {check['example']}" if check["failures"] else ""
        lines.append(f"{'look' if found else 'ok':<8} {name} {found}".rstrip())
    last = result["last_run"]
    if last:
        lines.append(
            f"Last run: {last['run_id']}, {last['command']}, {last['outcome']} at {_cell(last['started_at'])} UTC, "
            f"data of {last['data_timestamp']} UTC."
        )
    print_lines(lines)


def print_error(message: str) -> None:
    """Print the sentence of a failure where failures go, on one line but for a terminal's."""
    print_lines([f"aclf: {remove_controls(' '.join(message.split()))}"], sys.stderr)


@contextmanager
def show_progress() -> Iterator[ProgressCallback]:
    """A progress line on the terminal of standard error; silence where that is none."""
    if not sys.stderr.isatty():
        yield ignore_progress
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=30),
        bars.TextColumn("{task.fields[counted]}"),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left:"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, counted="")

        def on_progress(stage: str, done: int, of: int) -> None:
            name_counts = f"{done:,} of {of:,}" if of > 1 else ""
            bar.update(task, description=stage, completed=done, total=of if name_counts else None, counted=name_counts)

        yield on_progress


def _broken(line: str, width: int) -> list[str]:
    """A line in pieces of at most a terminal's width, but for words that are longer: a path stays whole."""
    margin = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_cell(element) for element in value)
    return _as_text(value)


def _csv_cell(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return _cell(value)


def _plain(value: Any) -> Any:
    """The value in what JSON knows."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return value.isoformat() if isinstance(value, (date, time)) else _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
