"""Records in, tables out: every table of the catalog that is made from records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transform.catalog.files import load_catalog
from transform.codes import load_code_lists
from transform.fields import map_code_lists
from transform.shredding.conversions import UNCHANGED
from transform.shredding.keys import decode
from transform.shredding.levels import Records
from transform.shredding.parse import parse_documents
from transform.shredding.references import TableRows, find_referred
from transform.shredding.table_rows import TableMaker, map_normalised_paths

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from transform.catalog.model import Catalog, Column, Table
    from transform.shredding.table_rows import MadeTable

PROBLEMS = pa.schema(
    [(name, pa.string()) for name in ("nct_id", "table_name", "column_name", "path", "raw_value", "reason")]
)
"""The columns of the values that a record has and a column cannot take."""

DRIFT = pa.schema([*((name, pa.string()) for name in ("nct_id", "kind", "path", "value")), ("occurrences", pa.int64())])
"""The columns of the keys and codes that the catalog and the code lists do not know."""


@dataclass(frozen=True, slots=True)
class ShreddedRecords:
    """What records become.

    Attributes:
        tables: the rows of each table that has any, by its name with the schema. The columns are those of the catalog,
            but for the trial's state and normalised columns. Instead of these, a table has the texts to normalise, in
            columns that are named by their paths. Texts that repeat by design are dictionary arrays.
        problems: the values that could not be read; see `PROBLEMS`.
        drift: the codes that no code list has, with their number in each trial; see `DRIFT`.
    """

    tables: dict[str, pa.Table]
    problems: pa.Table
    drift: pa.Table


NOTHING_SHREDDED = ShreddedRecords({}, PROBLEMS.empty_table(), DRIFT.empty_table())
"""What no records become."""


@dataclass(frozen=True, slots=True)
class _CodeHolder:
    """A coded field, and the first column of the catalog that holds its codes unchanged."""

    path: str
    code_list: str
    column: Column


def shred_records(
    nct_ids: pa.StringArray,
    documents: pa.StringArray,
    wanted: Collection[str] | None = None,
    catalog: Catalog | None = None,
) -> ShreddedRecords:
    """Make the rows of the catalog's tables from records. The same record gives the same rows in every batch.

    Args:
        nct_ids: the NCT number of each record, each once.
        documents: the records as JSON, in the same order. Their shape fits the catalog.
        wanted: the names of the tables to make; None makes all. A reference to a table that is not made is NULL.
        catalog: the catalog; None for the one that ships with the package.
    """
    catalog = catalog or load_catalog()
    records = Records(parse_documents(documents, catalog))
    maker = TableMaker(records, nct_ids, catalog)
    made: dict[str, TableRows] = {}
    tables: dict[str, pa.Table] = {}
    problems: list[tuple[str, ...]] = []
    drift: Counter[tuple[int, str, str]] = Counter()
    for table in catalog.tables:
        if not table.is_made_of_records or (wanted is not None and table.qualified not in wanted):
            continue
        found = maker.make_table(table)
        if found is None:
            continue
        rows = _add_references(table, found.rows, made)
        made[table.qualified] = rows
        tables[table.qualified] = pa.table(rows.columns)
        problems += (
            (nct_ids[each.trial].as_py(), table.display_name, each.column_name, each.path, each.raw_value, each.reason)
            for each in found.unread
        )
        drift.update(_find_unknown_codes(table, found, catalog))

    codes = [(nct_ids[trial].as_py(), "code", path, value, count) for (trial, path, value), count in drift.items()]
    return ShreddedRecords(tables, make_rows_table(PROBLEMS, problems), make_rows_table(DRIFT, codes))


def make_rows_table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Return rows as a table of this schema."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(list(values), field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _add_references(table: Table, rows: TableRows, made: dict[str, TableRows]) -> TableRows:
    """Return the rows with the columns that refer to rows of other tables, in the catalog's order."""
    columns = dict(rows.columns)
    for column in table.columns:
        if column.refers:
            columns[column.name] = find_referred(column.refers, rows, made.get(column.refers.table))
    names = [column.name for column in table.columns if column.name in columns]
    return TableRows({name: columns[name] for name in [*names, *map_normalised_paths(table)]}, rows.trials)


def _find_unknown_codes(table: Table, made: MadeTable, catalog: Catalog) -> Iterator[tuple[int, str, str]]:
    """Yield the record's index, the path and the code for each code that its list does not have."""
    holders = _find_code_holders(catalog)
    for number, source in made.coded.items():
        for holder in holders.get((table.qualified, number), ()):
            yield from _list_unknown(source, holder)


def _list_unknown(source: TableRows, holder: _CodeHolder) -> Iterator[tuple[int, str, str]]:
    values, trials = source.columns[holder.column.name], source.trials
    if pa.types.is_list(values.type):
        trials = trials[np.asarray(pc.list_parent_indices(values))]
        values = values.flatten()
    used = values.dictionary if pa.types.is_dictionary(values.type) else pc.unique(values)
    strange = set(used.to_pylist()) - _get_known_codes(holder.code_list) - {None}
    if strange:
        texts = decode(values)
        is_strange = pc.is_in(texts, value_set=pa.array(sorted(strange)))
        for row in np.flatnonzero(np.asarray(is_strange)):
            yield int(trials[row]), holder.path, texts[int(row)].as_py()


@cache
def _get_known_codes(code_list: str) -> frozenset[str]:
    return frozenset(row["code"] for row in load_code_lists()[code_list])


@cache
def _find_code_holders(catalog: Catalog) -> dict[tuple[str, int], tuple[_CodeHolder, ...]]:
    """Find for each coded field the first column that holds its codes; by table and number of its source of rows."""
    lists = map_code_lists()
    seen: set[str] = set()
    holders: dict[tuple[str, int], list[_CodeHolder]] = {}
    for table in catalog.tables:
        for number, source in enumerate(table.rows):
            for column in table.columns:
                if column.conversion in UNCHANGED and not column.normalise:
                    for path in sorted(lists.keys() & set(source.get_paths(column)) - seen):
                        seen.add(path)
                        holders.setdefault((table.qualified, number), []).append(_CodeHolder(path, lists[path], column))
    return {key: tuple(found) for key, found in holders.items()}
