"""Read what is measured: the entries of `contenders.toml`, and the commit of the last release."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent
RELEASE = "release"
"""The name of the environment with the last release."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing to measure.

    Attributes:
        name: its name in the tables.
        command: the program and its arguments, with the placeholders that `contenders.toml` explains.
        environment: the peer whose packages it needs, a folder of `peers/`; `release` for the last release; '' for
            this checkout.
        leaves: the DuckDB file that it writes, with placeholders; '' where it writes none, or adds nothing to one.
        up_to: the most studies that it is measured with, except with `--all`; None for any number.
        against: the entry, besides the floor, that its time is compared with; '' for none.
        goal: what it must reach, in words.
        timed_inside: whether it prints its own `seconds`, which then count and not the time from outside.
    """

    name: str
    command: list[str]
    environment: str = ""
    leaves: str = ""
    up_to: int | None = None
    against: str = ""
    goal: str = ""
    timed_inside: bool = False

    @property
    def requirements(self) -> Path:
        """The file with the packages of its environment, each with its version."""
        return _HERE / "peers" / self.environment / "requirements.txt"

    def filled(self, values: Mapping[str, str]) -> list[str]:
        """Return the command with its placeholders replaced."""
        return [argument.format_map(values) for argument in self.command]

    def takes(self, studies: int) -> bool:
        """Return whether it is measured with this number of studies when `--all` is not given."""
        return self.up_to is None or studies <= self.up_to


def read_contenders() -> list[Contender]:
    """Return all entries in their order; the others are compared with the first."""
    return [Contender(**entry) for entry in _read_entries()["contender"]]


def read_release() -> str:
    """Return the commit of the last release."""
    return str(_read_entries()["release"])


def _read_entries() -> dict[str, Any]:
    return tomllib.loads((_HERE / "contenders.toml").read_text())
