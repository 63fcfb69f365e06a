"""The catalog: every table that is made from study records, with each column's type, path and comment.

The catalog is data: `catalog/*.toml`, one file a module of the record. The STRUCT that records are read
with, the tables, their comments, the statements that fill them and the data dictionary all come from it.

A table's `rows` say where its rows come from: nothing for one row a trial, a path for one row an element
or object there, or several of them with constants (`of`, and values by column name), paths of their own
(`paths`) and a condition (`where`). `distinct` keeps the first of equal rows. A table with a `query` is made
from other tables instead, by an SQL file beside the catalog.

In a column's `path`, `@` is the row. `as` names an expression of `conversions.toml`, `normalise` a pandas
normaliser and its column, `state` a column that the warehouse keeps for each trial, `parent` the table whose
row this row lies in, `refers` the table with a row of the same trial and the same values. `free_text` says
that the record may have any text there and another column keeps it, so that what does not convert is no problem.
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
_IDENTITY = (
    {
        "name": "id",
        "type": "BIGINT",
        "comment": "Row id: the NCT number's digits times ten million plus the row's place among the "
        "trial's rows of this table. The same row has the same id in every run.",
    },
    {"name": "nct_id", "path": NCT_ID_PATH, "comment": "NCT number of the trial."},
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A row of another table and the same trial: where the columns `on` (own name to its name) are equal.

    `where` is an SQL condition on the other table's columns, `table` its name with its schema.
    """

    table: str
    on: Mapping[str, str]
    where: str = "true"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its SQL type, where its value comes from and what it means."""

    name: str
    comment: str
    type: str = "VARCHAR"
    path: tuple[str, ...] = ()
    conversion: str = "VARCHAR"
    normalise: tuple[str, str] | None = None
    state: str | None = None
    parent: str | None = None
    refers: Reference | None = None
    free_text: bool = False


@dataclass(frozen=True, slots=True)
class RowSource:
    """One source of a table's rows: a path, constants and paths by column name.

    `path` is empty for one row a trial. It ends in `[]` for one row an element, else it is an object or a leaf and
    gives one row where the record has it. `where` is a path and the conversion that says which rows are kept.
    """

    path: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, str] | None = None

    def paths_of(self, column: Column) -> tuple[str, ...]:
        """The column's absolute paths for rows of this source; none where the source has no such value."""
        given = (self.paths[column.name],) if column.name in self.paths else column.path
        return tuple(self.absolute(path) for path in given if path)

    def absolute(self, path: str) -> str:
        """The path with `@` replaced by the path of these rows."""
        return self.path + path.removeprefix("@") if path.startswith("@") else path


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its schema and name, its grain, its columns and the sources of its rows."""

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    rows: tuple[RowSource, ...]
    distinct: bool = False
    query: str | None = None

    @property
    def qualified(self) -> str:
        """The table's name with its schema, as in `ctgov.conditions`."""
        return f"{self.schema}.{self.name}"

    @property
    def spoken(self) -> str:
        """The table's name as people write it: without its schema where that is `main`."""
        return self.name if self.schema == "main" else self.qualified

    @property
    def per_trial(self) -> bool:
        """Whether the table has one row a trial, and so no row id."""
        return not self.query and all(not rows.path for rows in self.rows)

    def column_paths(self, column: Column) -> tuple[str, ...]:
        """The column's absolute paths over all sources of rows, each once, in order."""
        return tuple(dict.fromkeys(path for rows in self.rows for path in rows.paths_of(column)))


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables, each after those that it refers to, the named conversions, and which of these can fail."""

    tables: tuple[Table, ...]
    conversions: Mapping[str, str]
    casts: frozenset[str]
    digest: str

    def table(self, qualified: str) -> Table:
        """The table of that name, as in `main.trials`. Raises KeyError where there is none."""
        return {table.qualified: table for table in self.tables}[qualified]

    def paths(self) -> Iterator[str]:
        """Every path that a column or a source of rows is read from."""
        for table in self.tables:
            yield from (rows.path for rows in table.rows)
            for column in table.columns:
                yield from table.column_paths(column)


@cache
def load_catalog() -> Catalog:
    """The catalog that ships with the package. Raises ValueError for a mistake in its files."""
    folder = files("transform") / "catalog"
    sources = [folder / "conversions.toml", *(folder / "tables").iterdir()]
    texts = {file.name: file.read_bytes() for file in sources if file.name.endswith((".toml", ".sql"))}
    documents = {name: tomllib.loads(texts[name].decode()) for name in sorted(texts) if name.endswith(".toml")}
    queries = {name: text.decode() for name, text in texts.items() if name.endswith(".sql")}
    named = documents.pop("conversions.toml")
    conversions = named["casts"] | named["expressions"]
    entries = (entry for document in documents.values() for entry in document["table"])
    tables = sorted((_table(entry, conversions, queries) for entry in entries), key=_made_late)
    digest = sha256(b"".join(texts[name] for name in sorted(texts))).hexdigest()
    return Catalog(tuple(tables), conversions, frozenset(named["casts"]), digest)


@cache
def load_record_shape() -> Shape:
    """The shape of a record that has no key but those of the catalog."""
    return make_shape(load_catalog().paths())


def _made_late(table: Table) -> tuple[bool, bool]:
    return bool(table.query), any(column.refers for column in table.columns)


def _table(entry: Mapping[str, Any], conversions: Mapping[str, str], queries: Mapping[str, str]) -> Table:
    schema, query = entry["schema"], queries[entry["query"]] if "query" in entry else None
    sources = entry.get("rows", [] if query else [{"of": ""}])
    sources = [{"of": sources}] if isinstance(sources, str) else sources
    rows = tuple(_rows(source) for source in ([sources] if isinstance(sources, dict) else sources))
    identity = _IDENTITY if query or any(source.path for source in rows) else ()
    columns = tuple(_column(column, schema, conversions) for column in (*identity, *entry["columns"]))
    comment = f"{entry['comment']} Grain: {entry['grain']}."
    return Table(schema, entry["name"], comment, columns, rows, entry.get("distinct", False), query)


def _rows(entry: Mapping[str, Any]) -> RowSource:
    constants = {name: value for name, value in entry.items() if name not in {"of", "paths", "where"}}
    kept = entry.get("where")
    return RowSource(entry["of"], constants, entry.get("paths", {}), (kept["path"], kept["as"]) if kept else None)


_KEYS = {"name", "comment", "type", "path", "as", "normalise", "state", "parent", "refers", "free_text"}


def _column(entry: Mapping[str, Any], schema: str, conversions: Mapping[str, str]) -> Column:
    unknown = entry.keys() - _KEYS
    if unknown:
        raise ValueError(f"column {entry['name']!r} of the catalog has unknown keys: {sorted(unknown)}")
    sql_type = entry.get("type", "VARCHAR")
    conversion = entry.get("as", "VARCHAR" if "normalise" in entry else sql_type)
    if conversion not in conversions and "state" not in entry:
        raise ValueError(f"column {entry['name']!r} of the catalog has no conversion {conversion!r}")
    path = entry.get("path", ())
    normaliser, _, result = entry.get("normalise", "").partition(".")
    refers = entry.get("refers")
    return Column(
        name=entry["name"],
        comment=entry["comment"],
        type=sql_type,
        path=(path,) if isinstance(path, str) else tuple(path),
        conversion=conversion,
        normalise=(normaliser, result) if normaliser else None,
        state=entry.get("state"),
        parent=f"{schema}.{entry['parent']}" if "parent" in entry else None,
        refers=Reference(**{**refers, "table": f"{schema}.{refers['table']}"}) if refers else None,
        free_text=entry.get("free_text", False),
    )
