"""What people see: tables, reports and progress on a terminal; plain text and JSON elsewhere."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flows.report import counted, facts, headline
from flows.run import Report, Tell, say_nothing
from transform.printable import printable
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
        table.add_row(*(Text(printable(_cell(value))) for value in row))
    Console().print(table)


def print_report(report: Report) -> None:
    """Print what a run did, and where its file is."""
    lines = [headline(report), *(f"  {name:<18}{value}" for name, value in facts(report).items())]
    sys.stdout.write("\n".join(lines) + "\n")


def print_plan(plan: Plan) -> None:
    """Print what a sync would do."""
    sys.stdout.write("A sync would find this; nothing was fetched and nothing was changed.\n")
    for name, count in plan.summary().items():
        sys.stdout.write(f"  {name:<11} {count}\n")
    for name in ("new", "changed", "vanished", "excluded"):
        for nct_id in getattr(plan, name):
            sys.stdout.write(f"{nct_id} {name}\n")


def print_runs(runs: Sequence[Report]) -> None:
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
                ", ".join(f"{count} {words}" for words, count in counted(run).items()),
            ]
            for run in runs
        ],
    )
    for run in runs:
        if run["outcome"] == FAILED:
            sys.stdout.write(f"Run {run['run_id']} failed: {run['message']}\n")


def print_checkup(result: dict[str, Any]) -> None:
    """Print whether files and data are sound, and how fresh they are."""
    for file in result["files"]:
        told = f"{file['fault']}; {file['remedy']}." if file["fault"] else ""
        sys.stdout.write(f"{'damaged' if file['fault'] else 'sound':<8} {file['file']} {told}\n")
    for check in result["checks"]:
        name = check["name"].replace("_", " ")
        found = f"{check['severity']}: {check['failures']} rows, as in {check['example']}" if check["failures"] else ""
        sys.stdout.write(f"{'look' if found else 'ok':<8} {name} {found}\n")
    last = result["last_run"]
    if last:
        sys.stdout.write(
            f"Last run: {last['run_id']}, {last['command']}, {last['outcome']} at {_cell(last['started_at'])} UTC, "
            f"data of {last['data_timestamp']} UTC.\n"
        )


def print_error(message: str) -> None:
    """Print the sentence of a failure where failures go, on one line."""
    sys.stderr.write(f"aclf: {printable(' '.join(message.split()))}\n")


@contextmanager
def progress() -> Iterator[Tell]:
    """A progress line on the terminal of standard error; silence where that is none."""
    if not sys.stderr.isatty():
        yield say_nothing
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

        def tell(stage: str, done: int, of: int) -> None:
            counted = f"{done:,} of {of:,}" if of > 1 else ""
            bar.update(task, description=stage, completed=done, total=of if counted else None, counted=counted)

        yield tell


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
