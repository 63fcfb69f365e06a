"""A DuckLake as a target: Parquet files in a folder or bucket, and their catalog in a PostgreSQL database.

A run is one transaction and one snapshot, with its message. Rows are deleted and inserted as in PostgreSQL; the files
of earlier snapshots stay until `tidy_lake` drops them.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
from psycopg.conninfo import conninfo_to_dict

from transform.paths import quote_name, quote_text
from warehouse.bound_values import execute_with
from warehouse.errors import TargetFailed, TargetOfAnotherStore, TargetUntidy
from warehouse.sql.files import read_sql
from warehouse.targets.database import Held
from warehouse.targets.ducklake_connection import LAKE, PUBLISHED, open_lake
from warehouse.targets.ducklake_objects import create_in_any_order, list_commenting, list_creating, list_dropping
from warehouse.targets.postgresql import CONNECTION_OPTIONS, SCHEMAS, choose_remedy, hide_password
from warehouse.targets.postgresql_tables import list_table_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.targets.addresses import Address
    from warehouse.targets.source import Source, SourceTable

_LOCK = "aclf-trials publish to a lake"
_AUTHOR = "aclf"

_OPTIONS = {
    # With DuckDB's own 122,880 rows, the documents of one row group would not fit into the memory of a publish.
    "parquet_row_group_size": 8192,
    "parquet_compression": "zstd",
    # A lake can keep few rows in its catalog, but PostgreSQL refuses those that hold the character NUL.
    "data_inlining_row_limit": 0,
}

_TIDY_EVERY = timedelta(days=7)
_KEEP_SNAPSHOTS = "30 days"
_KEEP_FILES = "1 day"
"""Unused files stay this long: a reader may still read them, and another writer may be writing them."""

_TIDYING = (
    (
        f"call ducklake_expire_snapshots('{LAKE}', older_than => now() - interval '{_KEEP_SNAPSHOTS}')",
        "tidied: old snapshots dropped",
    ),
    (f"call ducklake_flush_inlined_data('{LAKE}')", "tidied: rows moved from the catalog to files"),
    (f"call ducklake_merge_adjacent_files('{LAKE}')", "tidied: small files merged"),
    (f"call ducklake_rewrite_data_files('{LAKE}')", "tidied: files with many deleted rows written again"),
)
"""What makes the lake quick and small, each with the message of its snapshot."""

_CLEANING = (
    f"call ducklake_cleanup_old_files('{LAKE}', older_than => now() - interval '{_KEEP_FILES}')",
    # Killed publishes leave files that no snapshot knows.
    f"call ducklake_delete_orphaned_files('{LAKE}', older_than => now() - interval '{_KEEP_FILES}')",
)

_REMEDIES = {
    "does not match existing data path": "correct data_path: it is where the lake's files have been so far",
    "HTTP": "check the bucket's name, that its keys are where boto3 looks for them, and run `aclf publish`",
    "No space left": "free some space in the lake's folder, and run `aclf publish`",
    "Permission denied": "let this user write the lake's folder, and run `aclf publish`",
    "Out of Memory": "let DuckDB hold more (ACLF_MEMORY), and run `aclf publish`",
    "permission denied": "let the user create tables in the catalog's schema, and run `aclf publish`",
}
"""What to do, by a part of DuckDB's reason."""


class DuckLake:
    """A DuckLake as a target; see `warehouse.targets.database.Database`.

    Args:
        address: the lake.
        file: the published file.
        scratch: a folder for what does not fit into memory.
    """

    def __init__(self, address: Address, file: Path, scratch: Path) -> None:
        self._address = address
        self._file = file
        self._scratch = scratch
        self._connection: DuckDBPyConnection
        self._catalog: psycopg.Connection[Any]
        self._previous_run: int | None = None
        self._tidied_at: datetime | None = None
        self._has_touched = False

    @property
    def name(self) -> str:
        """The address in messages."""
        return self._address.name

    @contextmanager
    def begin(self) -> Iterator[Held | None]:
        """Begin a transaction in which nobody else publishes, and give what the lake holds."""
        self._has_touched = False
        with self._open("did not take the run"):
            self._connection.execute("begin")
            held = self._read_held()
            self._previous_run = held.run_id if held else None
            yield held
            # The lock is the session's, so this fails if the lock is gone.
            self._let_read()
            self._connection.execute("commit")

    def define(self, source: Source) -> None:
        """Make the tables, views, macros and comments of the file, and leave rows as they are."""
        for name, value in _OPTIONS.items():
            self._connection.execute(f"call {LAKE}.set_option({quote_text(name)}, {quote_text(str(value))})")
        for schema in SCHEMAS:
            self._connection.execute(f"create schema if not exists {schema}")
        # Views and macros know the columns of what they read, so all of them go before a table changes.
        views = read_sql("targets", "list_views")
        ours = [row for row in self._fetch(views, [LAKE]) if row[1] in SCHEMAS]
        for statement in list_dropping(ours):
            self._connection.execute(statement)
        self._connection.execute(read_sql("targets", "create_lake_notes"))
        there = [column for column in self._fetch(read_sql("targets", "list_lake_columns")) if column[0] in SCHEMAS]
        for statement in list_table_changes(source.tables, there, map_type=str):
            self._connection.execute(statement)
        create_in_any_order(self._connection, list(list_creating(self._fetch(views, [PUBLISHED]))))
        comments = read_sql("targets", "list_comments")
        for statement in list_commenting(self._fetch(comments, [PUBLISHED]), self._fetch(comments, [LAKE])):
            self._connection.execute(statement)

    def delete(self, table: SourceTable, touched: Sequence[str] | None) -> None:
        """Delete the rows of these trials from a table; None for all rows."""
        if touched is None:
            self._connection.execute(f"delete from {LAKE}.{table.quoted_name}")
            return
        if not self._has_touched:
            self._connection.execute("create or replace temp table touched_trials (nct_id varchar)")
            self._fetch("insert into temp.main.touched_trials select unnest($1)", [touched])
            self._has_touched = True
        self._connection.execute(
            f"delete from {LAKE}.{table.quoted_name} where nct_id in (select nct_id from temp.main.touched_trials)"
        )

    def insert(self, source: Source, table: SourceTable, *, only_touched: bool) -> int:  # noqa: ARG002 - the file is attached
        """Insert rows of the file, and return how many: all, or those of the touched trials."""
        columns = ", ".join(quote_name(column.name) for column in table.columns)
        chosen = " where nct_id in (select nct_id from temp.main.touched_trials)" if only_touched else ""
        ((rows,),) = self._fetch(
            f"insert into {LAKE}.{table.quoted_name} ({columns}) "
            f"select {columns} from {PUBLISHED}.{table.quoted_name}{chosen}"
        )
        return int(rows)

    def count_rows(self, table: SourceTable) -> int:
        """Return the number of rows of a table."""
        ((rows,),) = self._fetch(f"select count(*) from {LAKE}.{table.quoted_name}")
        return int(rows)

    def finish(self, source: Source, held: Held, *, is_whole: bool) -> None:  # noqa: ARG002 - PostgreSQL has indexes
        """Note what the lake holds now, and give the snapshot its message."""
        now = _now()
        self._connection.execute(f"delete from {LAKE}.ops.target")
        execute_with(
            self._connection,
            f"insert into {LAKE}.ops.target values ($1, $2, $3, $4, $5)",
            [held.store_id, held.run_id, held.frame, now, self._tidied_at or now],
        )
        self._set_message(_describe_run(source, self._previous_run))

    def tidy(self, *, is_asked: bool) -> None:
        """Merge the lake's small files and drop snapshots that are older than a month, each week or if asked.

        Raises:
            TargetUntidy: it did not work; the lake holds what it held.
        """
        if not (is_asked or self._is_tidying_due()):
            return
        try:
            with self._open("could not be tidied"):
                # Each in a transaction of its own: what one merges, the next one may write again.
                for statement, message in _TIDYING:
                    self._connection.execute("begin")
                    self._connection.execute(statement)
                    self._set_message(message)
                    self._connection.execute("commit")
                # Without a transaction, because a file that is deleted cannot come back.
                for statement in _CLEANING:
                    self._connection.execute(statement)
                self._connection.execute("begin")
                self._fetch(f"update {LAKE}.ops.target set tidied_at = $1", [_now()])
                self._set_message("tidied")
                self._connection.execute("commit")
        except TargetFailed as error:
            raise TargetUntidy(error.happened) from error

    def _is_tidying_due(self) -> bool:
        return self._tidied_at is not None and _now() - self._tidied_at > _TIDY_EVERY

    @contextmanager
    def _open(self, failure: str) -> Iterator[None]:
        """Open the lake, and hold the lock of those who write there; an error says that the lake had this failure."""
        options = CONNECTION_OPTIONS | conninfo_to_dict(self._address.location)
        with self._translate_errors(failure), psycopg.connect(**options, autocommit=True) as self._catalog:
            ((is_free,),) = self._ask_catalog("select pg_try_advisory_lock(hashtextextended(%s::text, 0))", [_LOCK])
            if not is_free:
                raise TargetFailed(f"another process is publishing to {self.name}")
            ((is_new,),) = self._ask_catalog("select to_regclass('public.ducklake_metadata') is null", [])
            with open_lake(self._address, options, self._file, self._scratch, is_new=is_new) as self._connection:
                yield

    def _read_held(self) -> Held | None:
        """Return what the lake holds, or None if it holds nothing.

        Raises:
            TargetOfAnotherStore: its schemas hold something that aclf-trials did not make.
        """
        if not self._fetch(read_sql("targets", "find_lake_notes")):
            foreign = self._fetch(read_sql("targets", "list_lake_foreign"), [SCHEMAS])
            if foreign:
                raise TargetOfAnotherStore(f"{self.name} has {foreign[0][0]}, which aclf-trials did not make")
            return None
        rows = self._fetch(f"select store_id, run_id, frame, tidied_at from {LAKE}.ops.target")
        if not rows:
            return None
        *held, self._tidied_at = rows[0]
        return Held(*held)

    def _set_message(self, message: str) -> None:
        self._connection.execute(f"call {LAKE}.set_commit_message({quote_text(_AUTHOR)}, {quote_text(message)})")

    def _let_read(self) -> None:
        """Let the reader read the catalog; the files are in the hands of who owns the folder or bucket."""
        wanted = read_sql("targets", "list_unreadable_catalog")
        for (grant,) in self._ask_catalog(wanted, {"role": self._address.reader}):
            self._catalog.execute(grant)

    def _fetch(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        return execute_with(self._connection, statement, values).fetchall()

    def _ask_catalog(self, statement: str, values: Any) -> list[Any]:
        return self._catalog.execute(statement.encode(), values).fetchall()

    @contextmanager
    def _translate_errors(self, failure: str) -> Iterator[None]:
        """Raise what goes wrong in the block as an error with its sentence.

        Raises:
            TargetFailed: PostgreSQL cannot be reached, or DuckDB could not read or write something.
        """
        try:
            yield
        except (psycopg.DatabaseError, duckdb.Error, OSError) as error:
            # DuckDB says why a commit failed in the second line.
            reason = hide_password(" ".join(str(error).split()))
            if isinstance(error, psycopg.DatabaseError):
                next_step = choose_remedy(error.sqlstate, reason)
            else:
                next_step = next((remedy for text, remedy in _REMEDIES.items() if text in reason), None)
            raise TargetFailed(f"{self.name} {failure} ({reason})", next_step=next_step) from None


def _now() -> datetime:
    """Return the time in UTC, as the tables have it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _describe_run(source: Source, previous_run: int | None) -> str:
    """Return the message of a run's snapshot, such as `run 12: 3 new, 5 changed`."""
    (counts,) = execute_with(source.connection, read_sql("statements", "count_changed"), [previous_run or 0]).fetchall()
    parts = [f"{count} {word}" for count, word in zip(counts, ("new", "changed"), strict=True) if count]
    return f"run {source.run_id}: {', '.join(parts) or 'no trial is new or changed'}"
