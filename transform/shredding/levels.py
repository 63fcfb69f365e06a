"""Records as levels: all elements of one list of all records, side by side, each with the index of its parent.

A path with lists on it, `arms[].interventions[].name`, is then a few steps with whole arrays: the elements of a list
lie one after the other in Arrow, and a value of an outer level reaches the rows of an inner one by its index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transform.paths import LIST, split_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Level:
    """The elements of one list of all records; the records themselves are the level of the empty path.

    Attributes:
        path: the path of the list, with `[]` at its end.
        elements: the elements, in the order of the records.
        trials: the index of each element's record.
        upper: the level that the list lies in; None for the records.
        parents: the index of the element of `upper` that each element lies in.
        lengths: the number of elements in each element of `upper`.
    """

    path: str
    elements: pa.Array
    trials: Indices
    upper: Level | None
    parents: Indices
    lengths: Indices

    def __len__(self) -> int:
        return len(self.elements)


class Records:
    """Parsed records, as levels that are made when they are asked for, each once.

    Args:
        structs: one struct per record, every leaf a text (see `transform.shredding.parse`).

    Attributes:
        top: the level of the records.
    """

    def __init__(self, structs: pa.StructArray) -> None:
        count = len(structs)
        every = np.arange(count)
        self.top = Level("", structs, every, None, every, np.ones(count, np.int64))
        self._levels: dict[str, Level] = {"": self.top}
        self._fields: dict[tuple[str, str], pa.Array] = {}
        self._climbs: dict[tuple[str, str], Indices] = {}
        self._ordinals: dict[str, Indices] = {}

    def get_level(self, path: str) -> Level:
        """Return the level of the innermost list on a path; the records if there is none."""
        lists = split_lists(path)
        return self._get_list_level(lists) if lists else self.top

    def _get_list_level(self, lists: tuple[str, ...]) -> Level:
        path = lists[-1]
        if path not in self._levels:
            upper = self._get_list_level(lists[:-1]) if len(lists) > 1 else self.top
            found = self.get_field(upper, path)
            parents = np.asarray(pc.list_parent_indices(found))
            lengths = np.bincount(parents, minlength=len(found))
            self._levels[path] = Level(path, found.flatten(), upper.trials[parents], upper, parents, lengths)
        return self._levels[path]

    def get_field(self, level: Level, path: str) -> pa.Array:
        """Return the value of a path in each element of a level; no list may lie between the two."""
        if path == level.path:
            return level.elements
        key = (level.path, path)
        if key not in self._fields:
            # All fields of the struct at once: one call of Arrow costs as much for all of them as for one.
            above = path.rpartition(".")[0]
            owner = self.get_field(level, above)
            for name, values in zip(owner.type.names, owner.flatten(), strict=True):
                step = name + LIST if pa.types.is_list(values.type) else name
                self._fields[level.path, f"{above}.{step}" if above else step] = values
        return self._fields[key]

    def climb(self, level: Level, target: Level) -> Indices | None:
        """Return the index of the element of an outer level that each element lies in; None for the level itself."""
        if level is target:
            return None
        key = (level.path, target.path)
        if key not in self._climbs:
            assert level.upper is not None
            further = self.climb(level.upper, target)
            self._climbs[key] = level.parents if further is None else further[level.parents]
        return self._climbs[key]

    def get_values(self, path: str, rows: Level) -> tuple[pa.Array, Level]:
        """Return the values of a path as the rows of a level see them, and the level that these values are at.

        Of a list that does not lie on the way to the rows, all elements become one list, in the records' order.
        """
        common, lists_below = find_common_list(rows.path, path)
        at = self.get_level(common)
        if not lists_below or lists_below == (path,):
            return self.get_field(at, path), at

        inner = self.get_level(path)
        leaves = inner.elements if inner.path == path else self.get_field(inner, path)
        owners = self.climb(inner, at)
        assert owners is not None  # the inner level is below the other
        counts = np.bincount(owners, minlength=len(at))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        is_absent = self.get_field(at, lists_below[0]).is_null()
        return pa.ListArray.from_arrays(pa.array(offsets), leaves, mask=is_absent), at

    def count_elements(self, path: str) -> Indices:
        """Return how many elements of a path each record has; an object or a leaf counts as one if it is there."""
        if split_lists(path):
            return np.bincount(self.get_level(path).trials, minlength=len(self.top))
        return np.asarray(self.get_field(self.top, path).is_valid()).astype(np.int64)

    def get_ordinals(self, level: Level) -> Indices:
        """Return the number of each element among all elements of its record, from 1."""
        if level.path not in self._ordinals:
            self._ordinals[level.path] = number_in_groups(level.trials, len(self.top))
        return self._ordinals[level.path]


def number_in_groups(groups: Indices, group_count: int) -> Indices:
    """Return the number of each element in its group, from 1. The groups' elements lie one after the other."""
    starts = np.searchsorted(groups, np.arange(group_count))
    numbers: Indices = np.arange(len(groups)) - starts[groups] + 1
    return numbers


@cache
def split_lists(path: str) -> tuple[str, ...]:
    """Return the paths of the lists on a path, the outermost first."""
    steps = split_path(path)
    return tuple(".".join(steps[:depth]) for depth, step in enumerate(steps, 1) if step.endswith(LIST))


@cache
def find_common_list(rows_path: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Return the path of the innermost list that two paths share, and those of the second path's lists below it."""
    way = [list_path for list_path in split_lists(rows_path) if is_on_way(list_path, path)]
    return way[-1] if way else "", split_lists(path)[len(way) :]


@cache
def is_on_way(origin: str, path: str) -> bool:
    """Return whether a path begins with another, step by step."""
    start = split_path(origin)
    return split_path(path)[: len(start)] == start


def take(values: pa.Array, indices: Indices | None) -> pa.Array:
    """Return the values at these indices; all of them, as they are, if there are no indices."""
    return values if indices is None else values.take(pa.array(indices))


def take_present(values: pa.Array, indices: Any) -> pa.Array:
    """Return the values at these indices; NULL where an index is negative."""
    return values.take(pa.array(np.where(indices < 0, 0, indices), mask=indices < 0))
