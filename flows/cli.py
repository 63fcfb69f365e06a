"""The command line: `aclf`."""

from __future__ import annotations

import traceback

import typer

from extract.errors import Unforeseen
from flows import reading, running
from flows.signals import heard, listening

app = typer.Typer(
    name="aclf",
    help="Keeps a DuckDB warehouse of acute-on-chronic liver failure trials in step with ClinicalTrials.gov.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (
    running.sync,
    running.backfill,
    running.serve,
    reading.show,
    reading.query,
    reading.changes,
    reading.runs,
    reading.status,
    reading.check,
    running.rebuild,
    reading.export,
    reading.report,
    reading.docs,
):
    app.command()(command)


def main() -> None:
    """Run the command line; every failure ends in one sentence and its exit code."""
    try:
        with listening():
            app()
    except BaseException as stop:
        if isinstance(stop, SystemExit) and not heard():
            raise
        from flows.run import understood  # noqa: PLC0415 - slow to import, and most commands end well
        from flows.screen import print_error  # noqa: PLC0415 - the same

        error = understood(stop)
        if isinstance(error, Unforeseen):
            traceback.print_exception(stop)
        print_error(str(error))
        raise SystemExit(error.exit_code) from None
