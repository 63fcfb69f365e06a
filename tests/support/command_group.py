"""The commands of `aclf` as Click knows them, with their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.main import get_command

from flows.cli.arguments import Group
from flows.cli.commands import make_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click import Command


def list_commands() -> Mapping[str, Command]:
    """Return every command, by its name."""
    group = get_command(make_app())
    assert isinstance(group, Group)
    return group.commands
