"""What is measured: the entries of `contenders.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing to measure.

    Attributes:
        name: what the tables call it.
        command: its arguments, with the placeholders that `contenders.toml` explains.
        environment: the peer whose packages it needs, a folder of `peers/`; '' for this project's own.
        leaves: the DuckDB file that it writes, with placeholders; '' where it writes none, or adds nothing to one.
        up_to: the most studies that it is measured with, unless all is asked for; None for any number.
        goal: what it is to reach, in words.
        timed_inside: whether it prints its own `seconds`, which count in place of the time from outside.
    """

    name: str
    command: list[str]
    environment: str = ""
    leaves: str = ""
    up_to: int | None = None
    goal: str = ""
    timed_inside: bool = False

    @property
    def requirements(self) -> Path:
        """The packages of its environment, each pinned."""
        return _HERE / "peers" / self.environment / "requirements.txt"

    def filled(self, values: Mapping[str, str]) -> list[str]:
        """The command with its placeholders replaced."""
        return [argument.format_map(values) for argument in self.command]

    def takes(self, studies: int) -> bool:
        """Whether it is measured with so many studies when not all is asked for."""
        return self.up_to is None or studies <= self.up_to


def read_contenders() -> list[Contender]:
    """All entries, in their order; the first is what the others are compared with."""
    return [Contender(**entry) for entry in tomllib.loads((_HERE / "contenders.toml").read_text())["contender"]]
