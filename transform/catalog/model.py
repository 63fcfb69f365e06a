"""The catalog: every table that is made from study records, with each column's type, path and comment.

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
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from transform.shape import Shape, make_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


@dataclass(frozen=True, slots=True)
class Reference:
    """A row of another table and the same trial.

    Attributes:
        table: the other table's name with its schema.
        on: the columns that must be equal: the referring table's column to the other table's column.
        where: the values that columns of the other table must have.
    """

    table: str
    on: Mapping[str, str]
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: its SQL type, where its value comes from and what it means."""

    name: str
    comment: str
    type: str = "VARCHAR"
    path: tuple[str, ...] = ()
    conversion: str = "VARCHAR"
    normalise: tuple[str, str] | None = None
    calculate: str | None = None
    state: str | None = None
    parent: str | None = None
    refers: Reference | None = None
    free_text: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RowSource:
    """One source of a table's rows.

    Attributes:
        path: empty for one row per trial. A path that ends in `[]` gives one row per element. Any other path is an
            object or a leaf, and gives one row if the record has it.
        constants: fixed values, by column name.
        paths: paths that replace the columns' own, by column name.
        where: a path and the conversion that decides which rows are kept; None keeps all.
    """

    path: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, str] | None = None

    def get_paths(self, column: Column) -> tuple[str, ...]:
        """Return the column's absolute paths for rows of this source; none if the source has no such value."""
        return _find_paths(self, column)

    def resolve_path(self, path: str) -> str:
        """Return the path with `@` replaced by the path of these rows."""
        return self.path + path.removeprefix("@") if path.startswith("@") else path


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table: its schema and name, its comment, its columns and the sources of its rows."""

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    rows: tuple[RowSource, ...]
    distinct: bool = False
    query: str | None = None
    normaliser: str | None = None

    @property
    def qualified(self) -> str:
        """The table's name with its schema, as in `ctgov.conditions`."""
        return f"{self.schema}.{self.name}"

    @property
    def display_name(self) -> str:
        """The table's name as people write it: without its schema if that is `main`."""
        return self.name if self.schema == "main" else self.qualified

    @property
    def is_per_trial(self) -> bool:
        """Whether the table has one row per trial, and so no row id."""
        return self.is_made_of_records and all(not source.path for source in self.rows)

    @property
    def is_made_of_records(self) -> bool:
        """Whether the rows come from records; if not, they come from the rows of other tables."""
        return not (self.query or self.normaliser)

    def get_column_paths(self, column: Column) -> tuple[str, ...]:
        """Return the column's absolute paths from all sources of rows, each once, in order."""
        paths = (path for source in self.rows for path in source.get_paths(column))
        return tuple(dict.fromkeys(paths))


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """All tables and conversions.

    A catalog and its parts are each equal to themselves alone, so that what follows from them can be cached.

    Attributes:
        tables: the tables, each after the tables that it refers to or is made from.
        conversions: what each conversion gives, by its name.
        casts: the names of the conversions that can fail.
        digest: the SHA-256 of the catalog's files.
    """

    tables: tuple[Table, ...]
    conversions: Mapping[str, str]
    casts: frozenset[str]
    digest: str

    def get_table(self, qualified: str) -> Table:
        """Return the table of that name, as in `main.trials`. Raises KeyError if there is none."""
        return _map_tables(self)[qualified]

    def iter_paths(self) -> Iterator[str]:
        """Yield every path that a column or a source of rows is read from."""
        for table in self.tables:
            yield from (source.path for source in table.rows)
            for column in table.columns:
                yield from table.get_column_paths(column)


@cache
def _find_paths(source: RowSource, column: Column) -> tuple[str, ...]:
    paths = (source.paths[column.name],) if column.name in source.paths else column.path
    return tuple(source.resolve_path(path) for path in paths if path)


@cache
def _map_tables(catalog: Catalog) -> dict[str, Table]:
    return {table.qualified: table for table in catalog.tables}


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
