"""Loads replies of the registry into the store's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog import Table, catalog
from transform.misfit import layout
from transform.paths import quoted
from transform.records import Record, Rejected, read_records
from transform.shred import insert_statement, new_rows, raw_values_query, rows_query, unread_query
from transform.trials import normalise
from warehouse.sql import run, set_variables
from warehouse.stage import stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.intake import Landed, Membership


BYTES_AT_A_TIME = 32 * 1024 * 1024
"""Records that are made rows of in one go: many, for each round has its fixed cost; not all, to bound the memory."""

_DERIVED_AT_A_TIME = 1000
"""The same for records out of the store, counted."""


def begin_load(connection: DuckDBPyConnection) -> None:
    """Make the temporary tables of a load, empty."""
    run(connection, "session")


def load_replies(
    connection: DuckDBPyConnection, replies: Iterable[Landed], scratch: Path, run_id: int, now: datetime
) -> None:
    """Load the records of the replies, some `BYTES_AT_A_TIME` in one round, into every table of the catalog.

    A record whose content is held already only has its time of checking noted. What is not the shape of a study, or was
    not asked for, goes to ops.quarantine; values that cannot be read go to ops.problems.

    Args:
        connection: the store's, in a transaction, after `begin_load`.
        replies: what has landed.
        scratch: a folder for temporary files.
        run_id: the run that loads.
        now: its time.
    """
    set_variables(connection, run_id=run_id, now=now)
    rounds = _Rounds(connection, scratch)
    for reply in replies:
        rounds.take(reply)
    rounds.finish()
    _fill_calculated(connection)


def load_membership(connection: DuckDBPyConnection, membership: Membership) -> None:
    """Note who is in the condition set and who has left it, and bring the trials' state up to date."""
    for departure in membership.departures:
        connection.execute(
            "insert into departures values ($1, $2, $3)",
            [departure.nct_id, departure.outcome, departure.reason],
        )
    run(connection, "update_members", members=list(membership.members or ()))
    run(
        connection,
        "match_members",
        included=list(membership.included),
        mesh_ids=list(membership.mesh_ids),
        phrases=list(membership.phrases),
    )
    refresh_state(connection)


def refresh_state(connection: DuckDBPyConnection) -> None:
    """Bring the columns that the warehouse keeps for each trial up to date, in every table that has them."""
    for table in catalog().tables:
        states = [(quoted(column.name), f"state.{column.state}") for column in table.columns if column.state]
        if states:
            values = ", ".join(f"{column} = {value}" for column, value in states)
            differs = " or ".join(f"kept.{column} is distinct from {value}" for column, value in states)
            connection.execute(
                f"update {table.qualified} as kept set {values} from trial_state as state "
                f"where kept.nct_id = state.nct_id and ({differs})"
            )


def derive_all(connection: DuckDBPyConnection, scratch: Path, run_id: int, now: datetime) -> None:
    """Fill the derived tables, which are empty, from the current records."""
    begin_load(connection)
    set_variables(connection, run_id=run_id, now=now)
    ids = [row[0] for row in connection.execute("select nct_id from raw.studies order by nct_id").fetchall()]
    for start in range(0, len(ids), _DERIVED_AT_A_TIME):
        rows = connection.execute(
            "select nct_id, content_hash, document from raw.studies where nct_id in (select unnest($1::varchar[]))",
            [ids[start : start + _DERIVED_AT_A_TIME]],
        ).fetchall()
        records = [Record(nct_id, content_hash, document.encode()) for nct_id, content_hash, document in rows]
        _tabulate(connection, records, scratch)
    _fill_calculated(connection)
    refresh_state(connection)


class _Rounds:
    """Gathers records until there are enough for a round, and loads them."""

    def __init__(self, connection: DuckDBPyConnection, scratch: Path) -> None:
        self._connection = connection
        self._scratch = scratch
        self._layout = layout(catalog().paths())
        self._held: dict[str, str] = {}
        self._gathered: dict[str, Record] = {}
        self._unchanged: list[str] = []
        self._size = 0

    def take(self, reply: Landed) -> None:
        """Gather the records of a reply; a trial that comes twice keeps what came last."""
        self._held = _held_hashes(self._connection, reply.asked) | self._held
        for entry in read_records(reply.file.read_bytes(), reply.asked, self._layout):
            if isinstance(entry, Rejected):
                _note_rejected(self._connection, entry)
            elif self._held.get(entry.nct_id) == entry.content_hash:
                self._unchanged.append(entry.nct_id)
            else:
                self._gather(entry)

    def finish(self) -> None:
        """Load what is gathered."""
        run(self._connection, "note_unchanged", unchanged=self._unchanged)
        if self._gathered:
            _tabulate(self._connection, self._gathered.values(), self._scratch, "keep_records")
        self._gathered, self._unchanged, self._size = {}, [], 0

    def _gather(self, record: Record) -> None:
        if record.nct_id in self._gathered or self._size > BYTES_AT_A_TIME:
            self.finish()
        self._gathered[record.nct_id] = record
        self._held[record.nct_id] = record.content_hash
        self._size += len(record.document)


def _tabulate(connection: DuckDBPyConnection, records: Iterable[Record], scratch: Path, *before: str) -> None:
    """Stage the records, run the named statements, and replace their trials' rows."""
    stage(connection, records, scratch)
    connection.execute("insert into loaded select nct_id from staged")
    for statements in before:
        run(connection, statements)
    _fill_tables(connection)
    run(connection, "note_problems")


def _held_hashes(connection: DuckDBPyConnection, asked: Collection[str]) -> dict[str, str]:
    rows = connection.execute(
        "select nct_id, content_hash from raw.studies where nct_id in (select unnest($1::varchar[]))",
        [list(asked)],
    ).fetchall()
    return dict(rows)


def _fill_tables(connection: DuckDBPyConnection) -> None:
    """Replace the rows of the staged trials in every table, and note the values that could not be read."""
    for table in catalog().tables:
        if table.query:
            continue
        rows = rows_query(table, catalog())
        connection.execute(f"create or replace temp table {new_rows(table.qualified)} as {rows}")
        connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from staged)")
        if any(column.normalise for column in table.columns):
            _fill_normalised(connection, table)
        else:
            connection.execute(insert_statement(table))
        unread = unread_query(table, catalog())
        if unread:
            connection.execute(f"insert into found_problems by name {unread}")


def _fill_normalised(connection: DuckDBPyConnection, table: Table) -> None:
    normalised, unread = normalise(connection.execute(raw_values_query(table)).df(), table)
    connection.register("normalised", normalised)
    connection.register("unread", unread)
    columns = ", ".join(quoted(column.name) for column in table.columns if not column.state)
    connection.execute(
        f"insert into {table.qualified} ({columns}) "
        f"select {columns} from {new_rows(table.qualified)} join normalised using (nct_id)"
    )
    connection.execute("insert into found_problems by name from unread")
    connection.unregister("normalised")
    connection.unregister("unread")


def _fill_calculated(connection: DuckDBPyConnection) -> None:
    """Replace the loaded trials' rows in the tables that are made from other tables."""
    for table in catalog().tables:
        if table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (from loaded)")
            connection.execute(f"insert into {table.qualified} by name {table.query}")


def _note_rejected(connection: DuckDBPyConnection, entry: Rejected) -> None:
    run(
        connection,
        "note_rejected",
        nct_id=entry.nct_id,
        reason=entry.reason,
        path=entry.path,
        raw=entry.raw,
        content_hash=entry.content_hash,
    )
