"""Made catalogs, and the rows that `shred_records` makes with them."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa

from transform.catalog.files import load_catalog
from transform.catalog.model import Catalog, Column, RowSource, Table
from transform.shredding.shred import ShreddedRecords, shred_records

IDENTITY = (Column("id", "Row id.", "BIGINT"), Column("nct_id", "NCT number."))
SEVEN, EIGHT = "NCT00000007", "NCT00000008"


def make_catalog(*tables: Table) -> Catalog:
    """Return a catalog of these tables, with the conversions of the catalog that ships."""
    shipped = load_catalog()
    return Catalog(tables, shipped.conversions, shipped.casts, "")


def make_table(
    rows: RowSource | tuple[RowSource, ...],
    *more_columns: Column,
    table_name: str = "made",
    distinct: bool = False,
    **columns: str | tuple[str, str],
) -> Table:
    """Return a table with row ids. A column is given as its path, or as its path and its type."""
    own = []
    for name, column in columns.items():
        path, kind = (column, "VARCHAR") if isinstance(column, str) else column
        own.append(Column(name, "A column.", kind, (path,) if path else (), kind))
    sources = rows if isinstance(rows, tuple) else (rows,)
    return Table("main", table_name, "A table.", (*IDENTITY, *own, *more_columns), sources, distinct)


def make_trials_table(*columns: Column) -> Table:
    """Return a table with one row per trial."""
    return Table("main", "made", "A table.", (IDENTITY[1], *columns), (RowSource(),))


def shred_documents(catalog: Catalog, *documents: object) -> ShreddedRecords:
    """Return what the records become; the first is that of trial 7, and so on."""
    nct_ids = [f"NCT{number:08}" for number, _ in enumerate(documents, start=7)]
    return shred_texts(catalog, dict(zip(nct_ids, documents, strict=True)))


def shred_texts(catalog: Catalog, documents: dict[str, Any]) -> ShreddedRecords:
    """Return what records become, by their NCT numbers."""
    texts = [orjson.dumps(document).decode() for document in documents.values()]
    return shred_records(pa.array(documents, pa.string()), pa.array(texts, pa.string()), catalog=catalog)


def list_rows(shredded: ShreddedRecords, table: str = "main.made") -> list[tuple[Any, ...]]:
    """Return the rows of a table, in their order."""
    if table not in shredded.tables:
        return []
    return [tuple(row.values()) for row in shredded.tables[table].to_pylist()]


def make_rows(table: Table, *documents: object) -> list[tuple[Any, ...]]:
    """Return the rows that a table gets from some records."""
    return list_rows(shred_documents(make_catalog(table), *documents), table.qualified)
