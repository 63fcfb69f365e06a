"""Loads the lines of replies into the archive, and into the tables that are made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.model import load_catalog
from transform.paths import quote_name
from warehouse.loading.history import note_changes
from warehouse.loading.rows import begin_rows, calculate_tables, fill_normalised, make_rows
from warehouse.loading.stage import stage_lines
from warehouse.sql.files import run_statements, set_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from warehouse.loading.inputs import Membership, RecordFile

_BYTES_AT_A_TIME = 40 * 1024 * 1024
"""Lines that are made rows of in one round: many, for each has its fixed cost; not all, to bound the memory."""


def load_replies(connection: DuckDBPyConnection, replies: Sequence[RecordFile], run_id: int, now: datetime) -> None:
    """Load the lines of replies into the archive and every table, some `_BYTES_AT_A_TIME` in one round.

    Between rounds it commits and begins anew, which bounds the memory.

    A record whose content is held already only has its time of checking noted; what was set aside goes to
    ops.quarantine, values that cannot be read to ops.problems, unknown keys and codes to ops.drift.

    Args:
        connection: a store's that is thrown away where the load fails, in a transaction.
        replies: what has landed.
        run_id: the run that loads.
        now: its time.
    """
    set_variables(connection, run_id=run_id, now=now)
    begin_rows(connection)
    for number, together in enumerate(split_into_rounds(replies)):
        if number:
            connection.execute("commit; begin")
        stage_lines(connection, [reply.file for reply in together], max(reply.longest for reply in together))
        run_statements(connection, "keep_records")
        make_rows(connection, load_catalog().tables)
    fill_normalised(connection)
    finish_load(connection)
    run_statements(connection, "keep_history")
    note_changes(connection, "from loaded_versions")


def split_into_rounds(replies: Iterable[RecordFile]) -> Iterator[list[RecordFile]]:
    """The replies in their order, together as many as fit into one round and have no trial twice; at least one."""
    together: list[RecordFile] = []
    for reply in replies:
        is_full = sum(other.size for other in together) + reply.size > _BYTES_AT_A_TIME
        if together and (is_full or any(not reply.found.isdisjoint(other.found) for other in together)):
            yield together
            together = []
        together.append(reply)
    if together:
        yield together


def finish_load(connection: DuckDBPyConnection) -> None:
    """Make what is made of all rounds together: calculated tables, problems and drift."""
    calculate_tables(connection)
    run_statements(connection, "note_problems")
    run_statements(connection, "note_drift")


def load_membership(connection: DuckDBPyConnection, membership: Membership) -> None:
    """Note who is in the condition set and who has left it, and bring the trials' state up to date."""
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
    """Bring the columns that the warehouse keeps for each trial up to date, in every table that has them."""
    for table in load_catalog().tables:
        states = [(quote_name(column.name), f"state.{column.state}") for column in table.columns if column.state]
        if states:
            values = ", ".join(f"{column} = {value}" for column, value in states)
            differs = " or ".join(f"kept.{column} is distinct from {value}" for column, value in states)
            connection.execute(
                f"update {table.qualified} as kept set {values} from trial_state as state "
                f"where kept.nct_id = state.nct_id and ({differs})"
            )
