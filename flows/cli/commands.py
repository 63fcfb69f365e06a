"""The commands of `aclf`, and what stands above them in its help."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flows.cli import data_commands, read_commands, run_commands
from flows.cli.arguments import Command, Group

# Click joins the lines of a paragraph. A line with only `\b` keeps the lines of the next paragraph apart.
BEGIN = """To begin:

\b
  aclf sync --registry sample    try it with the sample, without the network
  aclf sync                      fetch the set from ClinicalTrials.gov
  aclf show NCT03863002          one trial's page
  aclf query "from trials"       SQL on all trials
"""

# `aclf --help` lists the commands in this order, each with the first sentence of its docstring. It cuts a sentence of
# more than 63 characters.
COMMANDS = (
    run_commands.sync,
    run_commands.backfill,
    run_commands.serve,
    read_commands.show,
    data_commands.query,
    read_commands.changes,
    read_commands.runs,
    read_commands.status,
    read_commands.sets,
    read_commands.check,
    run_commands.rebuild,
    data_commands.export,
    data_commands.publish,
    read_commands.report,
    data_commands.docs,
    read_commands.mcp,
)


def make_app(typed: str = "") -> typer.Typer:
    """Return the command line with the command that was typed, or with every command if none has that name.

    Typer reads the parameters of every command that it is given, which takes a twentieth of `aclf status`.
    """
    app = typer.Typer(
        name="aclf",
        cls=Group,
        epilog=BEGIN,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(aclf)
    for command in [command for command in COMMANDS if command.__name__ == typed] or COMMANDS:
        app.command(cls=Command)(command)
    return app


def aclf(
    context: typer.Context,
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Keep a DuckDB warehouse of acute-on-chronic liver failure trials in step with ClinicalTrials.gov."""
    if show_version:
        from importlib.metadata import version  # noqa: PLC0415 - no other command needs it

        sys.stdout.write(f"aclf-trials {version('aclf-trials')}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(f"{context.get_help()}\n")
