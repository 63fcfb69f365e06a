"""What is typed means the same, whether Typer converts it or it is taken as it is."""

from __future__ import annotations

import pytest
from typer import BadParameter
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from flows.cli.arguments import Command, Group
from flows.cli.commands import make_app

LINES = [
    "status",
    "status --max-age 3 --json",
    "query",
    "query x --as-of 2026-10-01 --csv",
    "query -f file.sql",
    "show NCT1 NCT2 --warehouse w.duckdb",
    "show NCT1 --related 0",
    "changes",
    "changes NCT1 --since 2026-10-01",
    "export folder",
    "export folder --format csv",
    "sync",
    "sync --rate 3 --patience 7 --workers 2 --report file.html --direct",
    "backfill NCT1 NCT2 --orchestrate",
    "runs --limit 3",
]


def read_arguments(line):
    """Return the values of the parameters of `aclf` and of its command."""
    group = get_command(make_app())
    name, *rest = line.split()
    values = group.make_context("aclf", line.split()).params
    return values, group.commands[name].make_context(name, rest).params


@pytest.mark.parametrize("line", LINES)
def test_arguments_have_the_values_that_typer_gives_them(line, monkeypatch):
    """Each parameter has the value, and the type, that Typer's own conversion gives it."""
    values = read_arguments(line)
    monkeypatch.setattr(Command, "parse_args", TyperCommand.parse_args)
    monkeypatch.setattr(Group, "parse_args", TyperGroup.parse_args)
    assert repr(values) == repr(read_arguments(line))


@pytest.mark.parametrize("line", ["show", "show NCT1 --related 51", "status --max-age x", "export folder --format x"])
def test_what_typer_refuses_is_refused(line):
    """A value that is missing, out of its range or of another type ends the command with Typer's own error."""
    with pytest.raises(BadParameter):
        read_arguments(line)
