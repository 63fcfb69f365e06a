"""Print what people see: tables, summaries and progress on a terminal; plain text and JSON elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from io import StringIO
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TextIO

from extract.printable import (
    LONGEST_QUOTE,
    clean_name,
    clean_sentence,
    escape_controls,
    remove_controls,
)
from flows.cli.streams import has_every_character, open_document
from flows.wording import format_headline, format_timestamp, list_facts, name_counts
from warehouse.reading.values import convert_for_json, format_cell, write_csv, write_objects
from warehouse.runs import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from extract.plan import Plan
    from flows.run import ProgressCallback
    from warehouse.runs import RunSummary

Rows = Sequence[Sequence[Any]]


def print_json(value: Any) -> None:
    """Print one JSON document; a value that JSON cannot hold is printed as text."""
    # JSON has an escape for each character, so nothing is lost where a character could steer the terminal, or where the
    # stream's encoding lacks one.
    document = json.dumps(convert_for_json(value), ensure_ascii=not has_every_character(), indent=2)
    sys.stdout.write(escape_controls(document) + "\n")


def print_objects(names: Sequence[str], rows: Rows) -> None:
    """Print rows as a JSON list of objects; of two columns with one name, the second is called `NAME_1`."""
    write_objects(sys.stdout, names, rows, is_ascii=not has_every_character())


def print_csv(names: Sequence[str], rows: Rows, *, is_safe: bool = False) -> None:
    """Print rows as CSV with a header; a list is its JSON, NULL is empty.

    On a terminal the controls are left out; in a file or a pipe the bytes are those of the values, in UTF-8.

    Args:
        names: the header.
        rows: the rows.
        is_safe: whether a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    if sys.stdout.isatty():
        document = StringIO()
        write_csv(document, names, rows, is_safe=is_safe)
        sys.stdout.write(remove_controls(document.getvalue()))
    else:
        write_csv(open_document(), names, rows, is_safe=is_safe)


def print_table(names: Sequence[str], rows: Rows, remedy: str = "--json for all") -> None:
    """Print rows as a table that fits the terminal, and what is not shown; print all of it elsewhere.

    Args:
        names: the names of the columns.
        rows: the values.
        remedy: how to see what the table does not show.
    """
    from flows.cli.tables import describe_table, format_table

    width = _get_width()
    table = format_table(names, rows, width)
    _write_lines(table.lines)
    if table.is_cut or table.shown < len(names):
        print_lines([describe_table(table, len(rows), len(names), remedy)])


def print_answer(names: Sequence[str], rows: Rows, *, is_wide: bool) -> None:
    """Print the rows of a query as a table, and how many there are.

    Args:
        names: the names of the columns.
        rows: the values.
        is_wide: whether every column is shown whole, also where the line is then wider than the terminal.
    """
    from flows.cli.tables import describe_table, format_table

    table = format_table(names, rows, None if is_wide else _get_width())
    _write_lines(table.lines)
    print_lines([describe_table(table, len(rows), len(names), "--wide, --line or --csv for all")])


def print_value_lines(names: Sequence[str], rows: Rows) -> None:
    """Print each value of each row as `name = value`; only a terminal gets a long value in several lines."""
    from flows.cli.tables import format_value_lines

    _write_lines(format_value_lines(names, rows, _get_width()))


def print_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines, each cleaned. On a terminal, break a long line between words, and indent what follows."""
    output = stream or sys.stdout
    # Programs read a pipe line by line, so only a terminal gets broken lines.
    if not output.isatty():
        output.writelines(f"{clean_sentence(line)}\n" for line in lines)
        return
    from flows.cli.tables import break_line

    width = get_terminal_size().columns
    for line in map(clean_sentence, lines):
        margin = " " * (len(line) - len(line.lstrip()) + 2)
        output.write("\n".join(break_line(line, width, margin)) + "\n")


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
    names = ["run", "command", "outcome", "started (UTC)", "data of (UTC)", "requests", "seconds", "what it did"]
    print_table(names, [_list_run_cells(run) for run in runs])
    print_lines(f"Run {run['run_id']} failed: {run['message']}" for run in runs if run["outcome"] == FAILED)
    print_lines(f"Run {run['run_id']} is held by {', '.join(run['held_by'])}" for run in runs if run["held_by"])


def print_checkup(result: dict[str, Any]) -> None:
    """Print whether files and data are sound, and how fresh they are."""
    lines = [_format_file(file) for file in result["files"]]
    lines += [_format_check(check) for check in result["checks"]]
    last = result["last_run"]
    if last:
        lines.append(
            f"Last run: {last['run_id']}, {last['command']}, {last['outcome']} at {format_cell(last['started_at'])} "
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
        run["outcome"],
        f"{run['started_at']:%Y-%m-%d %H:%M}",
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


def _write_lines(lines: Iterable[str]) -> None:
    """Write lines that are free of controls already."""
    stream = sys.stdout if sys.stdout.isatty() else open_document()
    stream.writelines(f"{line}\n" for line in lines)


def _get_width() -> int | None:
    """Return the width of the terminal in cells, or None where standard output is none."""
    return get_terminal_size().columns if sys.stdout.isatty() else None
