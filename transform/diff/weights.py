"""How much a change of a record matters: major, minor or administrative.

`transform/change_weights.csv` says it by path. Its columns:

- `path`: a field, or an object or list with everything in it, without `[]`. Of several such paths the longest counts.
- `weight`: `major`, `minor` or `administrative`.
- `reason`: what it is that changes, in a few words.

A field that the file does not know has no weight. So a new key of the registry is minor where all of its module is
minor, and has no weight where the fields of its module are weighed one by one.
"""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.paths import LIST, split_path

if TYPE_CHECKING:
    from collections.abc import Mapping

MAJOR = "major"


def weigh_change(path: str, kind: str) -> str | None:
    """Return the weight of a change of this path and kind; None if the file does not know the path.

    A list whose elements are only in another order says nothing new about a trial. So such a change is minor where
    any other change of the list is major.
    """
    weight = _find_weight(path)
    return "minor" if weight == MAJOR and kind == "reordered" else weight


@cache
def load_weights() -> Mapping[str, str]:
    """Return the weight of each path of `change_weights.csv`."""
    rows = csv.DictReader(read_weights().decode().splitlines())
    return {row["path"]: row["weight"] for row in rows}


def read_weights() -> bytes:
    """Return the content of `change_weights.csv`."""
    return (files("transform") / "change_weights.csv").read_bytes()


# Unknown keys are the registry's to choose, so the number of paths has no limit.
@lru_cache(maxsize=4096)
def _find_weight(path: str) -> str | None:
    """Return the weight of the longest path of `change_weights.csv` that contains this one."""
    weights = load_weights()
    steps = split_path(path.replace(LIST, ""))
    candidates = (".".join(steps[:length]) for length in range(len(steps), 0, -1))
    return next((weights[candidate] for candidate in candidates if candidate in weights), None)
