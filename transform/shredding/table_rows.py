"""The rows of one table, from all of its sources, with what was found in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from transform.catalog.model import ROWS_PER_TRIAL
from transform.shredding.keys import encode_together
from transform.shredding.levels import is_on_way, number_in_groups, split_lists
from transform.shredding.references import TableRows
from transform.shredding.source_rows import SourceRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transform.catalog.model import Catalog, Column, RowSource, Table
    from transform.shredding.levels import Indices, Records

IDENTITY = ("id", "nct_id")
"""The first columns of a table with row ids."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that a column could not take: the record's index, and what `ops.problems` says of it."""

    trial: int
    column_name: str
    path: str
    raw_value: str
    reason: str


@dataclass(frozen=True, slots=True)
class MadeTable:
    """The rows of a table, and what was found in them.

    Attributes:
        rows: the rows: the table's columns but for references, normalised ones and the trial's state.
        unread: the texts that its columns could not take.
        coded: for each source of rows by its number, its columns by name and the record of each of its rows.
    """

    rows: TableRows
    unread: tuple[Unread, ...]
    coded: Mapping[int, TableRows]


class TableMaker:
    """Makes the rows of tables.

    Args:
        records: the records.
        nct_ids: the NCT number of each record.
        catalog: the catalog.
    """

    def __init__(self, records: Records, nct_ids: pa.StringArray, catalog: Catalog) -> None:
        self._records = records
        self._nct_ids = nct_ids
        self._catalog = catalog
        self._digits = np.array([int(nct_id[3:]) for nct_id in nct_ids.to_pylist()], np.int64)

    def make_table(self, table: Table) -> MadeTable | None:
        """Make the rows of a table; None if no record has any."""
        coded_columns = find_coded_columns(table)
        earlier = np.zeros(len(self._records.top), np.int64)
        by_source: dict[int, TableRows] = {}
        ordinals = []
        unread: list[Unread] = []
        for number, source in enumerate(table.rows):
            rows = SourceRows(self._records, source)
            if len(rows):
                ordinals.append(rows.get_ordinals() + earlier[rows.trials])
                columns = dict(self._make_columns(table, rows, coded_columns))
                by_source[number] = TableRows(columns, rows.trials)
                unread += self._find_unread(table, rows, columns)
            earlier = earlier + self._count_rows(source)
        if not by_source:
            return None

        whole = _join(list(by_source.values()))
        if not table.is_per_trial:
            whole = self._add_ids(whole, np.concatenate(ordinals), by_source, is_distinct=table.distinct)
        return MadeTable(whole, tuple(unread), by_source)

    def _count_rows(self, source: RowSource) -> Indices:
        """Return the number of ordinals that a source takes in each trial."""
        return self._records.count_elements(source.path) if source.path else np.ones(len(self._records.top), np.int64)

    def _make_columns(
        self, table: Table, rows: SourceRows, coded_columns: frozenset[str]
    ) -> Iterator[tuple[str, pa.Array]]:
        for column in table.columns:
            if column.name == "nct_id":
                yield column.name, self._name_trials(table, rows.trials)
            elif column.name not in IDENTITY and is_made(column):
                if column.parent:
                    parent = self._catalog.get_table(column.parent).rows[0]
                    yield column.name, rows.make_parent_ids(parent, self._digits)
                else:
                    yield column.name, rows.make_values(column, is_coded=column.name in coded_columns)
        for path, column in map_normalised_paths(table).items():
            yield path, rows.make_values(column, is_coded=False)

    def _name_trials(self, table: Table, trials: Indices) -> pa.Array:
        if table.is_per_trial:
            return self._nct_ids
        return pa.DictionaryArray.from_arrays(pa.array(trials.astype(np.int32)), self._nct_ids)

    def _find_unread(self, table: Table, rows: SourceRows, columns: Mapping[str, pa.Array]) -> Iterator[Unread]:
        """Yield the texts that became NULL in columns that can take only some texts."""
        for column in table.columns:
            if not is_checked(column, self._catalog) or not rows.source.get_paths(column):
                continue
            raw, index = rows.make_raw(column)
            made = columns[column.name]
            # Without a NULL there is nothing to find, and NULL for NULL is none.
            if not made.null_count or (index is None and made.null_count == raw.null_count):
                continue
            has_text = np.asarray(raw.is_valid())
            is_unread = (has_text if index is None else has_text[index]) & np.asarray(made.is_null())
            for row in np.flatnonzero(is_unread):
                text = raw[int(row if index is None else index[row])].as_py()
                reason = f"does not read as {column.type}"
                yield Unread(int(rows.trials[row]), column.name, rows.source.get_paths(column)[0], text, reason)

    def _add_ids(
        self, rows: TableRows, ordinals: Indices, by_source: Mapping[int, TableRows], *, is_distinct: bool
    ) -> TableRows:
        """Return the rows with their row ids; of equal rows, if they count once, the first."""
        if is_distinct:
            numbers = np.repeat([*by_source], [len(part.trials) for part in by_source.values()])
            first = _find_distinct(rows, numbers, ordinals)
            indices = pa.array(first)
            rows = TableRows({name: column.take(indices) for name, column in rows.columns.items()}, rows.trials[first])
            ordinals = number_in_groups(rows.trials, len(self._records.top))
        ids = pa.array(self._digits[rows.trials] * ROWS_PER_TRIAL + ordinals)
        return TableRows({"id": ids, **rows.columns}, rows.trials)


def is_made(column: Column) -> bool:
    """Return whether the column's value is made of the record alone."""
    return not (column.normalise or column.calculate or column.state or column.refers)


def is_checked(column: Column, catalog: Catalog) -> bool:
    """Return whether a text that the column cannot take is a problem."""
    is_read = is_made(column) and column.name not in IDENTITY
    return is_read and not column.free_text and column.conversion in catalog.casts


@cache
def map_normalised_paths(table: Table) -> dict[str, Column]:
    """Return the paths that pandas normalises, each with the first column that comes from it."""
    # Of several columns of one path, the last one that is put into the dictionary stays: the table's first.
    return {column.path[0]: column for column in reversed(table.columns) if column.normalise}


@cache
def find_coded_columns(table: Table) -> frozenset[str]:
    """Return the columns of texts that repeat by design: constants, and texts of a level above the rows.

    They become dictionary arrays. That follows from the catalog and not from the records, so that the rows of all
    records have the same types.
    """
    if table.distinct:
        return frozenset()
    return frozenset(
        column.name
        for column in table.columns
        if column.type == "VARCHAR" and is_made(column) and any(_is_repeated(column, source) for source in table.rows)
    )


def _is_repeated(column: Column, source: RowSource) -> bool:
    if column.name in source.constants:
        return True
    paths, lists = source.get_paths(column), split_lists(source.path)
    return len(paths) == 1 and bool(lists) and not is_on_way(lists[-1], paths[0])


def _join(parts: list[TableRows]) -> TableRows:
    """Return the rows of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    columns = {name: _concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    return TableRows(columns, np.concatenate([part.trials for part in parts]))


def _concatenate(arrays: list[pa.Array]) -> pa.Array:
    whole = pa.chunked_array(arrays).unify_dictionaries() if pa.types.is_dictionary(arrays[0].type) else None
    return pa.concat_arrays(whole.chunks if whole is not None else arrays)


def _find_distinct(rows: TableRows, numbers: Indices, ordinals: Indices) -> Indices:
    """Return the indices of the first of equal rows, by trial and ordinal. Rows of two sources are not equal."""
    keys = [rows.trials, numbers]
    for name, column in rows.columns.items():
        if name != "nct_id":
            (codes,) = encode_together([column])
            keys.append(codes)
    order = np.lexsort((ordinals, rows.trials))
    _, first = np.unique(np.stack(keys, axis=1)[order], axis=0, return_index=True)
    chosen: Indices = order[np.sort(first)]
    return chosen
