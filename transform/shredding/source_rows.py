"""The rows that one source gives a table: where they are in the records, and the values of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transform.catalog.arrow_types import ARROW_TYPES
from transform.catalog.model import ROWS_PER_TRIAL
from transform.shredding.analyzed import NUMBER_ANALYZED, count_analyzed
from transform.shredding.conversions import ONE_VALUE, SEVERAL_VALUES
from transform.shredding.levels import is_on_way, number_in_groups, take

if TYPE_CHECKING:
    from transform.catalog.model import Column, RowSource
    from transform.shredding.levels import Indices, Level, Records

POSITION = "primary_or_backup"
"""The conversion of the row's position in its list."""


class SourceRows:
    """The rows of one source.

    Args:
        records: the records.
        source: the source, as the catalog has it.

    Attributes:
        source: the source.
        trials: the index of each row's record.
    """

    def __init__(self, records: Records, source: RowSource) -> None:
        self.source = source
        self._records = records
        self._level = records.get_level(source.path)
        self._passing = self._find_passing()
        self._kept = self._find_kept()
        self.trials: Indices = self._level.trials if self._kept is None else self._level.trials[self._kept]

    def __len__(self) -> int:
        return len(self.trials)

    def get_ordinals(self) -> Indices:
        """Return the number of each row among its trial's rows of this source, from 1; absent elements count too."""
        level = self._level
        if not level.path:
            ordinals = np.ones(len(level), np.int64)
        elif self._passing is None:
            ordinals = self._records.get_ordinals(level)
        else:
            # Only the elements that pass the condition are numbered.
            passing = np.flatnonzero(self._passing)
            ordinals = np.zeros(len(level), np.int64)
            ordinals[passing] = number_in_groups(level.trials[passing], len(self._records.top))
        return ordinals if self._kept is None else ordinals[self._kept]

    def make_raw(self, column: Column) -> tuple[pa.Array, Indices | None]:
        """Return the texts of a column's first path, and the index of each row's text.

        The index is None if the texts are those of the rows, one for one.
        """
        values, at = self._records.get_values(self.source.get_paths(column)[0], self._level)
        return values, self._climb(at)

    def make_values(self, column: Column, *, is_coded: bool) -> pa.Array:
        """Return the values of a column, one per row.

        Args:
            column: the column.
            is_coded: whether the result is a dictionary array, which does not repeat the texts of an outer level.
        """
        kind = ARROW_TYPES[column.type]
        if column.name in self.source.constants:
            return self._repeat(self.source.constants[column.name], column, is_coded=is_coded)
        if not self.source.get_paths(column):
            values = pa.nulls(len(self), kind)
        elif column.conversion == NUMBER_ANALYZED:
            values = take(count_analyzed(self._records, self.source.get_paths(column), self._level), self._kept)
        elif column.conversion == POSITION:
            values = self._name_positions()
        elif column.conversion in SEVERAL_VALUES:
            values = SEVERAL_VALUES[column.conversion](*self._spread_all(column))
        else:
            raw, index = self.make_raw(column)
            values = ONE_VALUE[column.conversion](raw)
            if is_coded and index is not None:
                return _code(values, index)
            values = take(values, index)
        return values.dictionary_encode() if is_coded and not pa.types.is_dictionary(values.type) else values

    def make_parent_ids(self, parent: RowSource, digits: Indices) -> pa.Array:
        """Return the id of the parent's row in which each row lies; NULL if these rows lie in none.

        Args:
            parent: the source of the parent table's rows.
            digits: the NCT number of each record, as a number.
        """
        if not is_on_way(parent.path, self.source.path):
            return pa.nulls(len(self), pa.int64())
        level = self._records.get_level(parent.path)
        ids = digits[level.trials] * ROWS_PER_TRIAL + self._records.get_ordinals(level)
        return take(pa.array(ids), self._climb(level))

    def _find_passing(self) -> Any:
        """Return whether each element passes the source's condition; None without a condition."""
        if not self.source.where:
            return None
        path, conversion = self.source.where
        texts = self._records.get_field(self._level, self.source.resolve_path(path))
        return np.asarray(pc.fill_null(ONE_VALUE[conversion](texts), fill_value=False))

    def _find_kept(self) -> Indices | None:
        """Return the indices of the elements that are rows; None if all of them are."""
        if not self.source.path:
            return None
        values = self._records.get_values(self.source.path, self._level)[0]
        if self._passing is None and not values.null_count:
            return None
        is_row = np.asarray(values.is_valid())
        if self._passing is not None:
            is_row = is_row & self._passing
        return None if is_row.all() else np.flatnonzero(is_row)

    def _climb(self, at: Level) -> Indices | None:
        """Return the index at an outer level for each row; None if the rows are the level's elements themselves."""
        index = self._records.climb(self._level, at)
        if self._kept is None:
            return index
        return self._kept if index is None else index[self._kept]

    def _spread_all(self, column: Column) -> list[pa.Array]:
        """Return the texts of each of a column's paths, one per row."""
        found = (self._records.get_values(path, self._level) for path in self.source.get_paths(column))
        return [take(values, self._climb(at)) for values, at in found]

    def _name_positions(self) -> pa.Array:
        """Return `primary` for the first element of each list that passes the condition, `backup` for the others."""
        level = self._level
        passing = np.arange(len(level)) if self._passing is None else np.flatnonzero(self._passing)
        owner_count = 1 if level.upper is None else len(level.upper)
        is_first = np.zeros(len(level), bool)
        is_first[passing] = number_in_groups(level.parents[passing], owner_count) == 1
        return take(pc.if_else(pa.array(is_first), "primary", "backup"), self._kept)

    def _repeat(self, constant: str, column: Column, *, is_coded: bool) -> pa.Array:
        values = ONE_VALUE[column.type](pa.array([constant], pa.string()))
        if not is_coded:
            return pa.repeat(values[0], len(self))
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(self), np.int32)), values)


def _code(values: pa.Array, index: Indices) -> pa.Array:
    """Return the texts at these indices as a dictionary array, which contains the text of each element once."""
    is_absent = None
    if values.null_count:
        # A NULL belongs in the indices: dictionaries that contain one cannot be joined.
        is_absent = np.asarray(values.is_null())[index]
        values = pc.fill_null(values, "")
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32), mask=is_absent), values)
