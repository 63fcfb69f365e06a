"""The command line: `aclf`."""

from __future__ import annotations

import sys

import typer

from extract.errors import AclfError
from flows import reading, running
from flows.signals import listening

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
    except AclfError as error:
        sys.stderr.write(f"aclf: {error}\n")
        raise SystemExit(error.exit_code) from None
