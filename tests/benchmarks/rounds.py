"""Run the contenders in turn, as often as asked; a peer that fails is left out, with its own reason."""

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

_AVERAGE_STUDY = 22
"""The number of a study of average size in the file; the first studies have every key and are larger."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """The measurements of contenders against one registry and its next nights.

    Attributes:
        registries: the base URL of each night's registry, by its placeholder.
        sets: the files of the fifty condition sets.
        folder: the folder in which each run has its own folder, which is removed afterwards.
        pythons: the interpreter by name of the environment.
        runs: the measurements so far, by name of the contender.
        left_out: the reason why a contender has no figures, by its name.
    """

    registries: Mapping[str, str]
    sets: Sequence[Path]
    folder: Path
    pythons: Mapping[str, Path]
    runs: dict[str, list[Measurement]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def run(self, contenders: Sequence[Contender], title: str) -> None:
        """Measure each contender once more, in a folder of their own.

        Raises:
            CommandFailedError: a contender that is not a peer fails.
        """
        with tempfile.TemporaryDirectory(dir=self.folder) as repeat_folder:
            Path(repeat_folder, "sets").mkdir()
            for contender in contenders:
                if contender.name not in self.left_out:
                    sys.stderr.write(f"{title}: {contender.name}\n")
                    self._measure(contender, repeat_folder)

    def _measure(self, contender: Contender, repeat_folder: str) -> None:
        try:
            self.runs.setdefault(contender.name, []).append(self._measure_once(contender, repeat_folder))
        except CommandFailedError as error:
            # Without this checkout's figures there is nothing to compare, so only a peer or the last release may fail.
            if not contender.environment:
                raise
            sys.stderr.write(f"{error}\n")
            self.left_out[contender.name] = f"failed: {error.last_line}"
            del self.runs[contender.name]

    def _measure_once(self, contender: Contender, repeat_folder: str) -> Measurement:
        """Measure one run, and then count what it has left, with the DuckDB that wrote it."""
        python = str(self.pythons[contender.environment])
        with tempfile.TemporaryDirectory(dir=self.folder) as empty_folder:
            programs = {"python": python, "aclf": str(Path(python).with_name("aclf"))}
            values = self._get_values() | programs | {"folder": repeat_folder, "empty": empty_folder}
            measurement = measure(contender.filled(values), ROOT, _make_environment())
            if not contender.leaves:
                return measurement
            count = [python, str(HERE / "count.py"), contender.leaves.format_map(values)]
            return replace(measurement, left=measure(count, ROOT, _make_environment()).printed)

    def _get_values(self) -> dict[str, str]:
        """Return the values of the placeholders that are the same for every contender."""
        return {
            **self.registries,
            "condition_sets": ",".join(map(str, self.sets)),
            "condition_set": str(HERE / "everything.toml"),
            "nct_id": make_nct_id(_AVERAGE_STUDY),
        }


def _make_environment() -> dict[str, str]:
    """Return this process's environment without settings of `aclf`, and without a proxy for the registry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ACLF_")}
    return kept | {"no_proxy": "127.0.0.1"}
