"""The command line: `aclf`."""

from __future__ import annotations

import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer

from extract.errors import Unforeseen
from flows import reading, running
from flows.signals import heard, listening

BEGIN = """To begin:

\b
  aclf sync --registry sample    try it with the sample, without the network
  aclf sync                      fetch the set from ClinicalTrials.gov
  aclf show NCT03863002          one trial's page
  aclf query "from trials"       SQL on all of them
"""

app = typer.Typer(
    name="aclf",
    epilog=BEGIN,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def aclf(
    context: typer.Context,
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Keeps a DuckDB warehouse of acute-on-chronic liver failure trials in step with ClinicalTrials.gov."""
    if show_version:
        sys.stdout.write(f"aclf-trials {version('aclf-trials')}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(f"{context.get_help()}\n")


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
