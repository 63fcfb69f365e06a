"""The catalog: every table that is made from study records, with each column's type, path and comment.

The catalog is data: `catalog/*.toml`, one file a module of the record. The STRUCT that records are read
with, the tables, their comments, the statements that fill them and the data dictionary all come from it.

A table's `rows` say where its rows come from: nothing for one row a trial, a path for one row an element
or object there, or several of them with constants (`of`, and values by column name) and paths of their own
(`paths`). In a column's `path`, `@` is the row. `as` names an expression of `conversions.toml`,
`normalise` a pandas normaliser and its column, `state` a column that the warehouse keeps for each trial.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

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
class Column:
    """One column: its SQL type, where its value comes from and what it means."""

    name: str
    comment: str
    type: str = "VARCHAR"
    path: tuple[str, ...] = ()
    conversion: str = "VARCHAR"
    normalise: tuple[str, str] | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """One source of a table's rows: a path, constants and paths by column name.

    `path` is empty for one row a trial. It ends in `[]` for one row an element, else it is an object and
    gives one row where the record has it.
    """

    path: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)

    def paths_of(self, column: Column) -> tuple[str, ...]:
        """The column's absolute paths for rows of this source; none where the source has no such value."""
        given = (self.paths[column.name],) if column.name in self.paths else column.path
        return tuple(self._absolute(path) for path in given if path)

    def _absolute(self, path: str) -> str:
        return self.path + path.removeprefix("@") if path.startswith("@") else path


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its schema and name, its grain, its columns and the sources of its rows."""

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    rows: tuple[Rows, ...]

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
        return all(not rows.path for rows in self.rows)

    def column_paths(self, column: Column) -> tuple[str, ...]:
        """The column's absolute paths over all sources of rows, each once, in order."""
        return tuple(dict.fromkeys(path for rows in self.rows for path in rows.paths_of(column)))


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables, in the order of their files, and the named conversions."""

    tables: tuple[Table, ...]
    conversions: Mapping[str, str]
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
def catalog() -> Catalog:
    """The catalog that ships with the package. Raises ValueError for a mistake in its files."""
    folder = files("transform") / "catalog"
    texts = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(".toml")}
    documents = {name: tomllib.loads(texts[name].decode()) for name in sorted(texts)}
    conversions = documents.pop("conversions.toml")["expressions"]
    tables = tuple(_table(entry, conversions) for document in documents.values() for entry in document["table"])
    digest = sha256(b"".join(texts[name] for name in sorted(texts))).hexdigest()
    return Catalog(tables, conversions, digest)


def _table(entry: Mapping[str, Any], conversions: Mapping[str, str]) -> Table:
    sources = entry.get("rows", "")
    rows = tuple(_rows(source) for source in ([{"of": sources}] if isinstance(sources, str) else sources))
    per_trial = all(not source.path for source in rows)
    identity = () if per_trial else _IDENTITY
    columns = tuple(_column(column, conversions) for column in (*identity, *entry["columns"]))
    grain = entry["grain"]
    return Table(entry["schema"], entry["name"], f"{entry['comment']} Grain: {grain}.", columns, rows)


def _rows(entry: Mapping[str, Any]) -> Rows:
    constants = {name: value for name, value in entry.items() if name not in {"of", "paths"}}
    return Rows(entry["of"], constants, entry.get("paths", {}))


def _column(entry: Mapping[str, Any], conversions: Mapping[str, str]) -> Column:
    unknown = entry.keys() - {"name", "comment", "type", "path", "as", "normalise", "state"}
    if unknown:
        raise ValueError(f"column {entry['name']!r} of the catalog has unknown keys: {sorted(unknown)}")
    sql_type = entry.get("type", "VARCHAR")
    conversion = entry.get("as", "VARCHAR" if "normalise" in entry else sql_type)
    if "path" in entry and conversion not in conversions:
        raise ValueError(f"column {entry['name']!r} of the catalog has no conversion {conversion!r}")
    path = entry.get("path", ())
    normaliser, _, result = entry.get("normalise", "").partition(".")
    return Column(
        name=entry["name"],
        comment=entry["comment"],
        type=sql_type,
        path=(path,) if isinstance(path, str) else tuple(path),
        conversion=conversion,
        normalise=(normaliser, result) if normaliser else None,
        state=entry.get("state"),
    )
