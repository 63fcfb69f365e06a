"""Load record lines into the archive, and into the tables that are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.model import load_catalog
from transform.paths import quote_name
from warehouse.errors import LoadFailed
from warehouse.loading.history import note_changes
from warehouse.loading.rows import calculate_tables, create_load_tables, fill_normalised, make_rows
from warehouse.loading.stage import stage_lines
from warehouse.sql.files import run_statements, set_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from warehouse.loading.inputs import Membership, RecordFile

_BYTES_PER_ROUND = 40 * 1024 * 1024
"""Bytes of lines that one round loads: many, because a round has a fixed cost; not all, because of the memory."""


def load_replies(connection: DuckDBPyConnection, replies: Sequence[RecordFile], run_id: int, now: datetime) -> None:
    """Load the record lines of replies into the archive and every table.

    A record whose content the archive already has only gets a new time of checking. Records that are set aside go to
    `ops.quarantine`, values that cannot be read to `ops.problems`, unknown keys and codes to `ops.drift`.

    Args:
        connection: A connection to a store that is thrown away if the load fails, in a transaction.
        replies: The replies on disk.
        run_id: The run that loads.
        now: The time of the run.

    Raises:
        LoadFailed: A file no longer has the lines that this run wrote.
    """
    set_variables(connection, run_id=run_id, now=now)
    create_load_tables(connection)
    for index, round_replies in enumerate(split_into_rounds(replies)):
        # DuckDB keeps what a transaction writes in memory until the commit, so each round has its own.
        if index > 0:
            connection.execute("commit; begin")
        _refuse_altered_files(round_replies)
        stage_lines(connection, [reply.file for reply in round_replies], max(reply.longest for reply in round_replies))
        run_statements(connection, "keep_records")
        make_rows(connection, load_catalog().tables)

    # The rest needs the rows of all rounds together.
    fill_normalised(connection)
    finish_load(connection)
    run_statements(connection, "keep_history")
    note_changes(connection, "from loaded_versions")


def _refuse_altered_files(replies: Iterable[RecordFile]) -> None:
    """Refuse record lines that were changed between the fetch and the load, which may be hours apart."""
    for reply in replies:
        if not reply.is_intact():
            raise LoadFailed(
                f"the record lines in {reply.file} are not those that this run wrote",
                next_step="check the disk and who can write there, and run the command again: it makes them again",
            )


def split_into_rounds(replies: Iterable[RecordFile]) -> Iterator[list[RecordFile]]:
    """Yield the replies in their order, in groups that each fit into one round.

    A group has at least one reply, and no trial twice.
    """
    group: list[RecordFile] = []
    for reply in replies:
        is_full = sum(other.size for other in group) + reply.size > _BYTES_PER_ROUND
        # Of two records of one trial the last counts, which is only clear if they come in two rounds.
        has_same_trial = any(not reply.found.isdisjoint(other.found) for other in group)
        if group and (is_full or has_same_trial):
            yield group
            group = []
        group.append(reply)
    if group:
        yield group


def finish_load(connection: DuckDBPyConnection) -> None:
    """Make what needs the rows of all rounds: calculated tables, problems and drift."""
    calculate_tables(connection)
    run_statements(connection, "note_problems")
    run_statements(connection, "note_drift")


def load_membership(connection: DuckDBPyConnection, membership: Membership) -> None:
    """Record who is in the condition set and who has left it, and update the trials' state."""
    for departure in membership.departures:
        connection.execute(
            "insert into departures values ($1, $2, $3)",
            [departure.nct_id, departure.outcome, departure.reason],
        )
    members = None if membership.members is None else list(membership.members)
    run_statements(
        connection,
        "note_members",
        members=members,
        included=list(membership.included),
        mesh_ids=list(membership.mesh_ids),
        phrases=list(membership.phrases),
    )
    refresh_state(connection)


def refresh_state(connection: DuckDBPyConnection) -> None:
    """Update the columns that the warehouse itself keeps for each trial, in every table that has them."""
    for table in load_catalog().tables:
        states = [(quote_name(column.name), f"state.{column.state}") for column in table.columns if column.state]
        if not states:
            continue
        values = ", ".join(f"{column} = {value}" for column, value in states)
        # Update only the rows that differ: an update of a row writes it again.
        differs = " or ".join(f"kept.{column} is distinct from {value}" for column, value in states)
        connection.execute(
            f"update {table.qualified} as kept set {values} from trial_state as state "
            f"where kept.nct_id = state.nct_id and ({differs})"
        )
