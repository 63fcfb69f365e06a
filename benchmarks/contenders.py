"""What is measured: the entries of `contenders.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing to measure.

    Attributes:
        name: what the tables call it.
        command: its arguments, with the placeholders that `contenders.toml` explains.
        environment: what it needs beside this process's environment.
        goal: what it is to reach, in words.
        timed_inside: whether it prints its own `seconds`, which count in place of the time from outside.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    goal: str = ""
    timed_inside: bool = False

    def filled(self, values: Mapping[str, str]) -> list[str]:
        """The command with its placeholders replaced."""
        return [argument.format_map(values) for argument in self.command]


def contenders() -> list[Contender]:
    """All entries, in their order; the first is what the others are compared with."""
    text = Path(__file__).with_name("contenders.toml").read_text()
    return [Contender(**entry) for entry in tomllib.loads(text)["contender"]]
