"""What the catalog is made of: tables, their columns, and where the rows of a table come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROWS_PER_TRIAL = 10_000_000
"""More rows than one trial has in any table; the largest trial so far has some ten thousand. Row ids count by it."""


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
