"""Print what people see: tables, summaries and progress on a terminal; plain text and JSON elsewhere."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

from extract.printable import (
    LONGEST_QUOTE,
    clean_name,
    clean_sentence,
    disarm_formula,
    escape_controls,
    remove_controls,
)
from flows.cli.streams import has_every_character, open_document
from flows.wording import format_headline, format_timestamp, list_facts, name_counts
from warehouse.runs import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from extract.plan import Plan
    from flows.run import ProgressCallback
    from warehouse.runs import RunSummary

Rows = Sequence[Sequence[Any]]

_NAMES_OF_UTC_TIMES = re.compile(r"(_at|\b(valid_(from|to)|member_(since|until)))\b")
"""The names of the warehouse's times, also inside an unnamed column such as `max(first_seen_at)`."""


def print_json(value: Any) -> None:
    """Print one JSON document; a value that JSON cannot hold is printed as text."""
    # JSON has an escape for each character, so nothing is lost where a character could steer the terminal, or where the
    # stream's encoding lacks one.
    document = json.dumps(_convert_for_json(value), ensure_ascii=not has_every_character(), indent=2)
    sys.stdout.write(escape_controls(document) + "\n")


def print_objects(names: Sequence[str], rows: Rows) -> None:
    """Print rows as a JSON list of objects; of two columns with one name, the second is called `NAME_1`."""
    # An object has each key once, so a second column of the same name needs another key to be kept.
    keys = []
    for index, name in enumerate(names):
        earlier = names[:index].count(name)
        keys.append(f"{name}_{earlier}" if earlier else name)
    print_json([dict(zip(keys, row, strict=True)) for row in rows])


def print_csv(names: Sequence[str], rows: Rows, *, is_safe: bool = False) -> None:
    """Print rows as CSV with a header; a list is its JSON, NULL is empty.

    On a terminal the controls are left out; in a file or a pipe the bytes are those of the values, in UTF-8.

    Args:
        names: the header.
        rows: the rows.
        is_safe: whether a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    finish = remove_controls if sys.stdout.isatty() else str
    writer = csv.writer(open_document(), lineterminator="\n")
    for row in (names, *rows):
        writer.writerow([finish(_format_csv_cell(value, is_safe=is_safe)) for value in row])


def print_table(names: Sequence[str], rows: Rows, title: str | None = None) -> None:
    """Print rows as a table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", header_style="bold")
    # A plain string would be read as rich's markup, and a control character in it could steer the terminal.
    for name in names:
        table.add_column(Text(remove_controls(name)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(remove_controls(_format_cell(value))) for value in row))
    Console().print(table)


def print_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines, each cleaned. On a terminal, break a long line between words, and indent what follows."""
    output = stream or sys.stdout
    # Programs read a pipe line by line, so only a terminal gets broken lines.
    width = get_terminal_size().columns if output.isatty() else 0
    for line in map(clean_sentence, lines):
        pieces = _break_line(line, width) if 0 < width < len(line) else [line]
        output.write("\n".join(pieces) + "\n")


def print_run_summary(summary: RunSummary) -> None:
    """Print what a run did, and the path of its warehouse."""
    facts = [f"  {name:<18}{value}" for name, value in list_facts(summary).items()]
    print_lines([format_headline(summary), *facts])


def print_plan(plan: Plan) -> None:
    """Print what a sync would do."""
    sys.stdout.write("A sync would find this; nothing was fetched and nothing was changed.\n")
    for name, count in plan.count_trials().items():
        sys.stdout.write(f"  {name:<11} {count}\n")
    for name in ("new", "changed", "vanished", "excluded"):
        for nct_id in getattr(plan, name):
            sys.stdout.write(f"{nct_id} {name}\n")


def print_runs(runs: Sequence[RunSummary]) -> None:
    """Print runs, newest first, one per line, and below them why a run failed."""
    names = ["run", "command", "started (UTC)", "outcome", "data of (UTC)", "requests", "seconds", "what it did"]
    print_table(names, [_list_run_cells(run) for run in runs])
    print_lines(f"Run {run['run_id']} failed: {run['message']}" for run in runs if run["outcome"] == FAILED)


def print_checkup(result: dict[str, Any]) -> None:
    """Print whether files and data are sound, and how fresh they are."""
    lines = [_format_file(file) for file in result["files"]]
    lines += [_format_check(check) for check in result["checks"]]
    last = result["last_run"]
    if last:
        lines.append(
            f"Last run: {last['run_id']}, {last['command']}, {last['outcome']} at {_format_cell(last['started_at'])} "
            f"UTC, data of {format_timestamp(last['data_timestamp'])} UTC."
        )
    print_lines(lines)


def print_error(message: str) -> None:
    """Print the message of a failure to standard error: one line, which only a terminal breaks."""
    print_lines([f"aclf: {message}"], sys.stderr)


@contextmanager
def show_progress() -> Iterator[ProgressCallback]:
    """Show a progress line on the terminal of standard error while the block runs; show nothing elsewhere."""
    if not sys.stderr.isatty():
        # The commands that only read have no progress, and do without a run's libraries.
        from flows.run import ignore_progress

        yield ignore_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    # The line disappears at the end, so that a terminal keeps only the summary.
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, count="")

        def on_progress(stage: str, done: int, total: int) -> None:
            # A stage of one thing has no progress to count, and its bar only moves.
            is_counted = total > 1
            count = f"{done:,} of {total:,}" if is_counted else ""
            bar.update(
                task,
                description=clean_sentence(stage),
                completed=done,
                total=total if is_counted else None,
                count=count,
            )

        yield on_progress


def _list_run_cells(run: RunSummary) -> list[Any]:
    return [
        run["run_id"],
        run["command"],
        f"{run['started_at']:%Y-%m-%d %H:%M}",
        run["outcome"],
        clean_name(run["data_timestamp"] or "")[:16].replace("T", " "),
        run["requests"],
        run["seconds"],
        ", ".join(f"{count} {words}" for words, count in name_counts(run).items()),
    ]


def _format_file(file: dict[str, Any]) -> str:
    if file["fault"]:
        return f"{file['state']:<8} {file['file']} {file['fault']}; {file['remedy']}."
    return f"{file['state']:<8} {file['file']}"


def _format_check(check: dict[str, Any]) -> str:
    name = check["name"].replace("_", " ")
    if check["failures"]:
        example = clean_sentence(check["example"], LONGEST_QUOTE)
        return f"{'look':<8} {name} {check['severity']}: {check['failures']} rows, as in {example}"
    return f"{'ok':<8} {name}"


# Lines and values as text.


def _break_line(line: str, width: int) -> list[str]:
    """Break a line into pieces of at most a terminal's width; a longer word, such as a path, stays whole."""
    margin = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)


def _format_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_format_cell(element) for element in value)
    return _format_value(value)


def _format_csv_cell(value: Any, *, is_safe: bool) -> str:
    # A number such as -1 is no formula.
    if is_safe and isinstance(value, str):
        return disarm_formula(value)
    if isinstance(value, (list, dict)):
        return json.dumps(_convert_for_json(value), ensure_ascii=False, separators=(",", ":"))
    return _format_cell(value)


def _convert_for_json(value: Any) -> Any:
    """Convert a value into one that JSON has; NaN and infinity become null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    # Python would write NaN and Infinity, which are not JSON.
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _convert_member(str(key), member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_convert_for_json(member) for member in value]
    return value.isoformat() if isinstance(value, (date, time)) else _format_value(value)


def _convert_member(key: str, value: Any) -> Any:
    # The file holds its times in UTC without a zone, and scripts have always read +00:00 here. Other times of a query,
    # such as the first of a month, have no zone.
    if isinstance(value, datetime) and value.tzinfo is None and _NAMES_OF_UTC_TIMES.search(key):
        value = value.replace(tzinfo=UTC)
    return _convert_for_json(value)


def _format_value(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    # Every session runs in UTC, so the time zone is left out.
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
