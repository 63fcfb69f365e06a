"""Runs the contenders in turn, as often as asked; a peer that fails is left out, and its own reason told."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.made.outline import make_nct_id
from tests.benchmarks.measure import CommandFailedError, Measurement, measure
from tests.benchmarks.serve import HERE, ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.contenders import Contender

_OF_AVERAGE_SIZE = 22
"""A study of the file, by its place: not one of the first, which have every key."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """The measuring of contenders against one registry.

    Attributes:
        registry: its base URL.
        folder: where each run has its own folder, which is removed.
        pythons: the interpreter by name of the environment.
        runs: what has been measured so far, by name of the contender.
        left_out: why a contender has no figures, by its name.
    """

    registry: str
    folder: Path
    pythons: Mapping[str, Path]
    runs: dict[str, list[Measurement]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def run(self, contenders: Sequence[Contender], title: str) -> None:
        """Measure each contender once more, in a folder of their own.

        Raises:
            CommandFailedError: when one that is no peer fails.
        """
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            for contender in contenders:
                if contender.name not in self.left_out:
                    sys.stderr.write(f"{title}: {contender.name}\n")
                    self._measure(contender, place)

    def _measure(self, contender: Contender, place: str) -> None:
        try:
            self.runs.setdefault(contender.name, []).append(self._once(contender, place))
        except CommandFailedError as error:
            if not contender.environment:
                raise
            sys.stderr.write(f"{error}\n")
            self.left_out[contender.name] = f"failed: {error.last_words}"
            del self.runs[contender.name]

    def _once(self, contender: Contender, place: str) -> Measurement:
        """One run, and then what it has left, counted by the DuckDB that wrote it."""
        python = str(self.pythons[contender.environment])
        with tempfile.TemporaryDirectory(dir=self.folder) as empty:
            values = self._values() | {"python": python, "folder": place, "empty": empty}
            measured = measure(contender.filled(values), ROOT, _environment())
            if not contender.leaves:
                return measured
            count = [python, str(HERE / "count.py"), contender.leaves.format_map(values)]
            return replace(measured, left=measure(count, ROOT, _environment()).told)

    def _values(self) -> dict[str, str]:
        return {
            "aclf": str(Path(sys.executable).with_name("aclf")),
            "registry": self.registry,
            "condition_set": str(HERE / "everything.toml"),
            "nct_id": make_nct_id(_OF_AVERAGE_SIZE),
        }


def _environment() -> dict[str, str]:
    """This process's, without settings of `aclf`, and with no proxy before the registry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ACLF_")}
    return kept | {"no_proxy": "127.0.0.1"}
