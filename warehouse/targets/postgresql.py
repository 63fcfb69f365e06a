"""A PostgreSQL database as a target.

Rows are deleted and copied in one transaction. TRUNCATE or another schema in place of this one would be quicker, but
then a transaction that began before would find empty tables, and the readers' own views would be gone.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
from psycopg.conninfo import conninfo_to_dict

from transform.paths import quote_name, quote_text
from warehouse.errors import TargetFailed, TargetOfAnotherStore
from warehouse.sql.files import read_sql
from warehouse.targets.database import Held
from warehouse.targets.postgresql_objects import list_database_objects
from warehouse.targets.postgresql_tables import list_comments, list_indexes, list_table_changes
from warehouse.targets.postgresql_values import NULL, write_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warehouse.targets.addresses import Address
    from warehouse.targets.source import Source, SourceTable

SCHEMAS = ("main", "ctgov", "codes", "archive", "raw", "ops", "sets")
"""The schemas that a publish fills."""

_CHUNK_BYTES = 1 << 20
_LOCK = "aclf-trials publish"

CONNECTION_OPTIONS: dict[str, Any] = {
    "application_name": "aclf publish",
    "connect_timeout": 15,
    # A server that is gone is noticed within a minute or two, and not in hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_SETTINGS = """
set local lock_timeout = '60s';
set local timezone = 'UTC';
set local datestyle = 'ISO';
set local client_min_messages = 'warning';
"""
"""A reader that holds a table which has to be altered must not hold up a publish, and all other readers, for hours."""

_LOST = ("08", "57")
"""The beginnings of PostgreSQL's codes of a connection that is lost, or of a server that goes down."""

_REMEDIES = {
    "28": "put the password into ~/.pgpass or PGPASSWORD, or correct the user, and run `aclf publish`",
    "3D000": "create the database (`createdb`), and run `aclf publish`",
    "42501": "let the user create schemas there (`grant create on database`), and run `aclf publish`",
    "42704": "create the role (`create role NAME`), or correct `?reader=`, and run `aclf publish`",
    "2BP01": "drop what depends on it, run `aclf publish`, and make it again: this version has other columns there",
    "53": "free some space or memory on the database's machine, and run `aclf publish`",
    "55P03": "end the transaction that holds the table, and run `aclf publish`",
}
"""What to do, by the beginning of PostgreSQL's code of an error."""

_REMEDIES_AT_THE_DOOR = {
    "no password supplied": _REMEDIES["28"],
    "authentication failed": _REMEDIES["28"],
    "no pg_hba.conf entry": "let this machine in (pg_hba.conf of the server), and run `aclf publish`",
    "database": _REMEDIES["3D000"],
    "role": _REMEDIES["28"],
}
"""What to do, by a part of the reason: before there is a connection, errors have no code."""

_UNREACHABLE = "check its address, and that the server runs and lets this machine in, and run `aclf publish`"


class PostgreSQL:
    """A PostgreSQL database as a target; see `warehouse.targets.database.Database`."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: psycopg.Connection
        self._has_touched = False

    @property
    def name(self) -> str:
        """The address in messages."""
        return self._address.name

    @contextmanager
    def begin(self) -> Iterator[Held | None]:
        """Begin a transaction in which nobody else publishes, and give what the database holds."""
        self._has_touched = False
        with self._translate_errors(), psycopg.connect(**CONNECTION_OPTIONS | self._read_options()) as connection:
            self._connection = connection
            self._execute(_SETTINGS)
            if not self._fetch_value("select pg_try_advisory_xact_lock(hashtextextended(%s::text, 0))", _LOCK):
                raise TargetFailed(f"another process is publishing to {self.name}")
            yield self._read_held()
            self._commit()

    def define(self, source: Source) -> None:
        """Make the tables, views and comments of the file, and leave rows as they are."""
        schemas = (f"create schema if not exists {schema}" for schema in SCHEMAS)
        self._execute(*schemas, read_sql("targets", "create_notes"))
        there = self._fetch(read_sql("targets", "list_columns"), [list(SCHEMAS)])
        changes = list_table_changes(source.tables, there)
        made = self._fetch("select kind, name, statements from ops.target_objects order by position")
        objects = list_database_objects(source.followed_sets)
        wanted = [(each.kind, each.qualified_name, each.statements) for each in objects]
        # A view keeps its columns as they are, so all views go before a table changes.
        if changes or made != wanted:
            self._execute(*(f"drop {kind} if exists {name}" for kind, name, _ in reversed(made)))
            self._execute(*changes, *(statements for *_, statements in wanted), "delete from ops.target_objects")
            for position, row in enumerate(wanted, start=1):
                self._fetch("insert into ops.target_objects values (%s, %s, %s, %s)", [position, *row])
        self._execute(*list_comments(source.tables))

    def delete(self, table: SourceTable, touched: Sequence[str] | None) -> None:
        """Delete the rows of these trials from a table; None for all rows."""
        if touched is None:
            self._execute(f"delete from {table.quoted_name}")
            return
        self._keep_touched(touched)
        self._execute(f"delete from {table.quoted_name} where nct_id in (select nct_id from pg_temp.touched_trials)")

    def insert(self, source: Source, table: SourceTable, *, only_touched: bool) -> int:
        """Insert rows of the file, and return how many: all, or those of the touched trials."""
        values = ", ".join(write_value(column.name, column.data_type) for column in table.columns)
        rows = source.select_rows(table, only_touched=only_touched)
        source.connection.execute(
            f"copy (select {values} {rows}) to {quote_text(str(source.csv_file))} "
            f"(format csv, header false, force_quote *, nullstr {quote_text(NULL)})"
        )
        columns = ", ".join(quote_name(column.name) for column in table.columns)
        statement = f"copy {table.quoted_name} ({columns}) from stdin (format csv, null {quote_text(NULL)})"
        with source.csv_file.open("rb") as lines, self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                while chunk := lines.read(_CHUNK_BYTES):
                    copy.write(chunk)
            return cursor.rowcount

    def count_rows(self, table: SourceTable) -> int:
        """Return the number of rows of a table."""
        return int(self._fetch_value(f"select count(*) from {table.quoted_name}"))

    def finish(self, source: Source, held: Held, *, is_whole: bool) -> None:
        """Note what the database holds now, and let the reader read it."""
        if is_whole:
            # An index is made quicker from rows that are there than row by row.
            self._execute(*list_indexes(source.tables))
            # Without statistics PostgreSQL joins the new tables as if they were empty.
            self._execute(*(f"analyze {table.quoted_name}" for table in source.tables))
        self._execute("delete from ops.target")
        self._fetch("insert into ops.target values (%s, %s, %s, now())", [held.store_id, held.run_id, held.frame])
        reader = self._address.reader
        if reader:
            names = {"role": reader, "schemas": list(SCHEMAS)}
            self._execute(*(grant for (grant,) in self._fetch(read_sql("targets", "list_unreadable"), names)))

    def tidy(self, *, is_asked: bool) -> None:
        """Do nothing: PostgreSQL clears away old rows by itself."""

    def _read_options(self) -> dict[str, Any]:
        """Return the options of the connection that the address has.

        Raises:
            TargetFailed: PostgreSQL's library cannot read the address.
        """
        try:
            return conninfo_to_dict(self._address.location)
        except psycopg.ProgrammingError:
            # The reason quotes an option, which no message does.
            raise TargetFailed(
                f"the address of {self.name} has an option that PostgreSQL does not know, or another mistake",
                next_step="correct the address, and run `aclf publish`",
            ) from None

    def _commit(self) -> None:
        """Commit the transaction.

        Raises:
            TargetFailed: the connection was lost meanwhile, so nobody here knows whether the run is there.
        """
        try:
            self._connection.commit()
        except psycopg.OperationalError as error:
            if error.sqlstate is None or error.sqlstate.startswith(_LOST):
                reason = hide_password(str(error).strip().partition("\n")[0])
                raise TargetFailed(
                    f"the connection to {self.name} was lost while it committed the run ({reason})",
                    stands="the warehouse file is published, and the target holds this run or the one before",
                    next_step="run `aclf publish`, which finds out",
                ) from None
            raise

    def _read_held(self) -> Held | None:
        """Return what the database holds, or None if it holds nothing.

        Raises:
            TargetOfAnotherStore: its schemas hold something that aclf-trials did not make.
        """
        if self._fetch_value("select to_regclass('ops.target') is null"):
            foreign = self._fetch(read_sql("targets", "list_foreign"), [list(SCHEMAS)])
            if foreign:
                raise TargetOfAnotherStore(f"{self.name} has {foreign[0][0]}, which aclf-trials did not make")
            return None
        rows = self._fetch("select store_id, run_id, frame from ops.target")
        return Held(*rows[0]) if rows else None

    def _keep_touched(self, touched: Sequence[str]) -> None:
        """Keep the numbers of the touched trials in a table of this transaction."""
        if self._has_touched:
            return
        self._execute("create temp table touched_trials (nct_id text primary key) on commit drop")
        with self._connection.cursor() as cursor, cursor.copy(b"copy touched_trials from stdin") as copy:
            for nct_id in touched:
                copy.write_row((nct_id,))
        self._execute("analyze touched_trials")
        self._has_touched = True

    def _execute(self, *statements: str) -> None:
        """Run statements without a result; together, because each trip to the server takes time."""
        self._connection.execute(";\n".join(statements).encode())

    def _fetch(self, statement: str, values: Any = None) -> list[Any]:
        """Run one statement, and return its rows; none if it has no result."""
        cursor = self._connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def _fetch_value(self, statement: str, *values: Any) -> Any:
        ((value,),) = self._fetch(statement, values)
        return value

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Raise what goes wrong in the block as an error with its sentence.

        Raises:
            TargetFailed: PostgreSQL cannot be reached, or refused something; or the rows could not be read.
        """
        try:
            yield
        except psycopg.DatabaseError as error:
            code = error.sqlstate
            if code is None and not isinstance(error, psycopg.OperationalError):
                raise  # a fault of this program
            reason = hide_password(str(error).strip().partition("\n")[0])
            raise TargetFailed(
                f"{self.name} did not take the run ({reason})", next_step=choose_remedy(code, reason)
            ) from None
        except (duckdb.Error, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise TargetFailed(f"the rows for {self.name} could not be written aside ({reason})") from error


def choose_remedy(code: str | None, reason: str) -> str | None:
    """Return what to do about an error of PostgreSQL; None for the usual."""
    if code:
        return next((remedy for start, remedy in _REMEDIES.items() if code.startswith(start)), None)
    refusal = reason.partition("failed: ")[2]
    return next((remedy for text, remedy in _REMEDIES_AT_THE_DOOR.items() if text in refusal), _UNREACHABLE)


def hide_password(text: str) -> str:
    """Return a text without the password of the environment, which no library should repeat, but one may."""
    password = os.environ.get("PGPASSWORD")
    return text.replace(password, "***") if password else text
