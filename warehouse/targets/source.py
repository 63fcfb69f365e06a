"""Read what a database target needs of the published file: its tables, its rows, and what changed since a run."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from transform.paths import quote_name
from warehouse.bound_values import execute_with
from warehouse.connect import fetch_dicts, fetch_value, open_to_export
from warehouse.errors import NoWarehouse
from warehouse.known_sets import read_followed_sets
from warehouse.schema import compute_derived_digest
from warehouse.sql.files import read_sql, run_statements
from warehouse.store_facts import (
    DATA_FACT,
    DERIVED_FACT,
    RULES_FACT,
    SETS_FACT,
    STORE_FACT,
    VERSION_FACT,
    read_store_facts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from warehouse.paths import Paths

_FRAME_FACTS = (VERSION_FACT, DERIVED_FACT, SETS_FACT, RULES_FACT)
"""What the rows of every trial are made by. If one of them changes, rows of trials change that no run looked at."""

_WHOLE = {("raw", "kept_relations"), ("ops", "quarantine")}
"""Tables with NCT numbers that are replaced wholly: rows of the first depend on other trials too, and a record in the
second may have no number."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a table of the published file, with DuckDB's name of its type."""

    name: str
    data_type: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of the published file."""

    schema: str
    name: str
    comment: str | None
    columns: tuple[SourceColumn, ...]

    @property
    def quoted_name(self) -> str:
        """The name with its schema, for SQL."""
        return f"{quote_name(self.schema)}.{quote_name(self.name)}"

    @property
    def has_trials(self) -> bool:
        """Whether it has a column with NCT numbers."""
        return any(column.name == "nct_id" for column in self.columns)

    @property
    def is_constant(self) -> bool:
        """Whether its rows change only with the catalog."""
        return self.schema == "codes"

    @property
    def is_by_trial(self) -> bool:
        """Whether each row belongs to one trial, and depends on this trial alone."""
        return self.has_trials and (self.schema, self.name) not in _WHOLE


class Source:
    """The published file of one run, as a target reads it.

    Attributes:
        run_id: the run that published it.
        store_id: the store that it is a copy of.
        file: the file.
        connection: a connection that reads the file, and writes `csv_file`.
        csv_file: a file for the rows of one table.
        tables: its tables.
        followed_sets: the condition sets that it follows, in their order.
    """

    def __init__(self, file: Path, connection: DuckDBPyConnection, csv_file: Path) -> None:
        self.file = file
        self.connection = connection
        self.csv_file = csv_file
        self._facts = read_store_facts(connection)
        self.run_id = int(self._facts[DATA_FACT])
        self.store_id = self._facts[STORE_FACT]
        self.tables = _read_tables(connection)
        self.followed_sets = read_followed_sets(connection)

    def compute_frame(self, run_id: int) -> str:
        """Return the digest of what rows of untouched trials depend on, as far as a run could know it.

        While it is the same, the rows of a trial change only in runs that looked at the trial. It has the times of all
        runs until then, because a run that corrects wrong times changes rows of any trial, and a return to an earlier
        night takes runs away.

        Args:
            run_id: the run.
        """
        runs = execute_with(self.connection, read_sql("statements", "runs_until"), [run_id]).fetchall()
        facts = [self._facts.get(name) for name in _FRAME_FACTS]
        return sha256(json.dumps([facts, runs], default=str).encode()).hexdigest()

    def find_touched(self, run_id: int) -> list[str]:
        """Find the trials that runs after this one looked at, also for `select_rows`; return their numbers, sorted."""
        run_statements(self.connection, "touched_trials", run_id=run_id)
        return [nct_id for (nct_id,) in self.connection.execute("from touched_trials").fetchall()]

    def select_rows(self, table: SourceTable, *, only_touched: bool) -> str:
        """Return the end of a query, after its columns, that reads the rows of a table: all, or the touched trials'."""
        rows = f"from {table.quoted_name}"
        return f"{rows} where nct_id in (from touched_trials)" if only_touched else rows

    def count_rows(self, table: SourceTable) -> int:
        """Return the number of rows of a table."""
        return int(fetch_value(self.connection, f"select count(*) from {table.quoted_name}"))


@contextmanager
def open_source(paths: Paths) -> Iterator[Source]:
    """Open the published file for a target.

    Raises:
        NoWarehouse: nothing is published yet, or another version of aclf-trials published it.
    """
    if not paths.warehouse.exists():
        raise NoWarehouse(f"there is no warehouse {paths.warehouse}")
    # A night may publish meanwhile. The file stays what it is under its own name.
    file = paths.warehouse.resolve()
    paths.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="target-", dir=paths.scratch) as folder:
        csv_file = Path(folder) / "rows.csv"
        with open_to_export(file, [csv_file], Path(folder)) as connection:
            facts = read_store_facts(connection)
            # The views of a database are those of this package, so its tables must be too.
            if facts.get(DERIVED_FACT) != compute_derived_digest() or STORE_FACT not in facts:
                raise NoWarehouse(
                    f"{paths.warehouse} was published by another version of aclf-trials",
                    next_step="run `aclf sync`, which makes and publishes the tables of this version",
                )
            yield Source(file, connection, csv_file)


def _read_tables(connection: DuckDBPyConnection) -> tuple[SourceTable, ...]:
    rows = fetch_dicts(connection, read_sql("statements", "target_tables"))
    tables = []
    for (schema, name, comment), columns in groupby(
        rows, key=lambda row: (row["schema_name"], row["table_name"], row["table_comment"])
    ):
        found = tuple(SourceColumn(row["column_name"], row["data_type"], row["comment"]) for row in columns)
        tables.append(SourceTable(schema, name, comment, found))
    return tuple(tables)
