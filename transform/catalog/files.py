"""Read the catalog: every table that is made from study records, with each column's type, path and comment.

The catalog is data: `catalog/conversions.toml`, and `catalog/tables/*.toml` with one file per module of the record.
From it come the structure that records are read with, the tables and their comments, the rows that fill them, and the
data dictionary.

Keys of a table:

- `rows` says where its rows come from. Without it, there is one row per trial. A path gives one row per element or
  object of that path. Several sources are a list of entries with `of` (the path), constants by column name, paths of
  their own (`paths`) and a condition (`where`).
- `distinct` keeps the first of equal rows.
- `query` names an SQL file beside the catalog. Such a table is made from other tables, and has no `rows`.
- `normaliser` names a pandas normaliser (`transform/texts/tables.py`) that makes the rows from those of other
  tables of the same trials.

Keys of a column:

- `path`: where the value is read from. `@` is the path of the row.
- `as`: a conversion of `conversions.toml`.
- `normalise`: a pandas normaliser and one of its result columns.
- `calculate`: a column of `transform/normalise/deadlines.py`, which is calculated from the other columns of the row.
- `state`: a value that the warehouse keeps for each trial.
- `parent`: the table whose row contains this row.
- `refers`: the table with a row of the same trial and the same values.
- `free_text`: the record may have any text there, and another column keeps that text. So a text that does not convert
  is not a problem.
"""

from __future__ import annotations

import tomllib
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from transform.catalog.model import Catalog, Column, Reference, RowSource, Table
from transform.shape import Shape, make_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

NCT_ID_PATH = "protocolSection.identificationModule.nctId"

# The first two columns of every table that does not have one row per trial.
_IDENTITY = (
    {
        "name": "id",
        "type": "BIGINT",
        "comment": "Row id: the NCT number's digits times ten million, plus the row's number among the trial's rows "
        "of this table. The same row has the same id in every run.",
    },
    {"name": "nct_id", "path": NCT_ID_PATH, "comment": "NCT number of the trial."},
)


@cache
def load_catalog() -> Catalog:
    """Return the catalog that ships with the package. Raises ValueError for a mistake in its files."""
    texts = {name: content.decode() for name, content in _read_files().items()}
    documents = {name: tomllib.loads(text) for name, text in texts.items() if name.endswith(".toml")}
    queries = {name: text for name, text in texts.items() if name.endswith(".sql")}
    conversion_groups = documents.pop("conversions.toml")
    conversions = conversion_groups["casts"] | conversion_groups["expressions"]

    entries = (entry for document in documents.values() for entry in document["table"])
    tables = [_make_table(entry, conversions, queries) for entry in entries]
    tables.sort(key=_get_filling_order)
    return Catalog(tuple(tables), conversions, frozenset(conversion_groups["casts"]), compute_catalog_digest())


@cache
def compute_catalog_digest() -> str:
    """Return the SHA-256 of the catalog's files, without reading what they mean: every run asks, and few load.

    It covers comments too, so that a store is rebuilt if any of these files changes.
    """
    return sha256(b"".join(_read_files().values())).hexdigest()


def _read_files() -> dict[str, bytes]:
    """Return the contents of the catalog's files by name, sorted by name."""
    folder = files("transform") / "catalog"
    sources = [folder / "conversions.toml", *(folder / "tables").iterdir()]
    read = {file.name: file.read_bytes() for file in sources if file.name.endswith((".toml", ".sql"))}
    return dict(sorted(read.items()))


@cache
def load_record_shape() -> Shape:
    """Return the shape of a record whose keys are all in the catalog."""
    return make_shape(load_catalog().iter_paths())


def _get_filling_order(table: Table) -> tuple[bool, bool, bool]:
    """Return the sort key of a table: tables that refer to others come later, and those made of others come last."""
    return bool(table.query), bool(table.normaliser), any(column.refers for column in table.columns)


def _make_table(entry: Mapping[str, Any], conversions: Mapping[str, str], queries: Mapping[str, str]) -> Table:
    schema = entry["schema"]
    query = queries[entry["query"]] if "query" in entry else None
    rows = _make_row_sources(entry)
    # A table with one row per trial has no row id, and names its own column for the NCT number.
    normaliser = entry.get("normaliser")
    has_row_id = bool(query or normaliser) or any(source.path for source in rows)
    columns = [*(_IDENTITY if has_row_id else ()), *entry["columns"]]
    return Table(
        schema=schema,
        name=entry["name"],
        comment=f"{entry['comment']} Grain: {entry['grain']}.",
        columns=tuple(_make_column(column, schema, conversions) for column in columns),
        rows=rows,
        distinct=entry.get("distinct", False),
        query=query,
        normaliser=normaliser,
    )


def _make_row_sources(entry: Mapping[str, Any]) -> tuple[RowSource, ...]:
    """Return the sources of a table's rows. In the file, `rows` is absent, a path, one entry or a list of entries."""
    if "rows" not in entry:
        return () if entry.keys() & {"query", "normaliser"} else (RowSource(),)
    rows = entry["rows"]
    if isinstance(rows, str):
        return (RowSource(rows),)
    sources = [rows] if isinstance(rows, dict) else rows
    return tuple(_make_row_source(source) for source in sources)


def _make_row_source(entry: Mapping[str, Any]) -> RowSource:
    constants = {name: value for name, value in entry.items() if name not in {"of", "paths", "where"}}
    condition = entry.get("where")
    where = (condition["path"], condition["as"]) if condition else None
    return RowSource(entry["of"], constants, entry.get("paths", {}), where)


_COLUMN_KEYS = {
    "name",
    "comment",
    "type",
    "path",
    "as",
    "normalise",
    "calculate",
    "state",
    "parent",
    "refers",
    "free_text",
}


def _make_column(entry: Mapping[str, Any], schema: str, conversions: Mapping[str, str]) -> Column:
    unknown = entry.keys() - _COLUMN_KEYS
    if unknown:
        raise ValueError(f"column {entry['name']!r} of the catalog has unknown keys: {sorted(unknown)}")
    sql_type = entry.get("type", "VARCHAR")
    # A normaliser reads text, whatever the type of its result.
    conversion = entry.get("as", "VARCHAR" if "normalise" in entry else sql_type)
    if "path" in entry and conversion not in conversions:
        raise ValueError(f"column {entry['name']!r} of the catalog has no conversion {conversion!r}")

    path = entry.get("path", ())
    normaliser, _, result = entry.get("normalise", "").partition(".")
    # Tables refer only to tables of their own schema, so the files leave it out.
    refers = entry.get("refers")
    reference = Reference(**{**refers, "table": f"{schema}.{refers['table']}"}) if refers else None
    return Column(
        name=entry["name"],
        comment=entry["comment"],
        type=sql_type,
        path=(path,) if isinstance(path, str) else tuple(path),
        conversion=conversion,
        normalise=(normaliser, result) if normaliser else None,
        calculate=entry.get("calculate"),
        state=entry.get("state"),
        parent=f"{schema}.{entry['parent']}" if "parent" in entry else None,
        refers=reference,
        free_text=entry.get("free_text", False),
    )
