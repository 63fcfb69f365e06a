"""Load parts into the archive, and into the tables that are made from it.

A load is `begin_load`, `load_round` as often as parts are ready, `finish_load` and `load_membership`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.model import load_catalog
from transform.paths import quote_name
from warehouse.connect import limit_memory
from warehouse.loading.archive import describe_changes, keep_records
from warehouse.loading.history import note_changes
from warehouse.loading.rows import calculate_tables, insert_rows
from warehouse.sql.files import run_statements, set_variables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from warehouse.loading.inputs import Membership, ReadablePart

_MEMORY_OF_ROUNDS = 0.6
"""The share of its memory that DuckDB may hold while workers make parts. They have their own, and a round needs less
than the statements at the end of a load."""


def begin_load(connection: DuckDBPyConnection, run_id: int, now: datetime) -> None:
    """Prepare a connection for the rounds of a load.

    Args:
        connection: A connection to a store that is thrown away if the load fails, in a transaction.
        run_id: The run that loads.
        now: The time of the run.
    """
    set_variables(connection, run_id=run_id, now=now)
    run_statements(connection, "create_load_tables")
    limit_memory(connection, _MEMORY_OF_ROUNDS)


def load_round(connection: DuckDBPyConnection, parts: Sequence[ReadablePart]) -> None:
    """Load the records of parts into the archive and every table.

    A record whose content the archive already has only gets a new time of checking. Records that are set aside go to
    `ops.quarantine`. If a load receives a trial twice, its last record counts.

    Args:
        connection: The connection of `begin_load`, in a transaction.
        parts: Parts that together have no trial twice. Many, because a round has a fixed cost.

    Raises:
        duckdb.Error: DuckDB could not take the rows.
    """
    # DuckDB keeps what a transaction writes in memory until the commit, so each round has its own.
    connection.execute("commit; begin")
    keep_records(connection, parts)
    changes = describe_changes(connection, parts)
    if changes.trials:
        insert_rows(connection, changes)


def finish_load(connection: DuckDBPyConnection) -> None:
    """Make what needs the rows of all rounds: calculated tables, problems, drift and changes."""
    limit_memory(connection)
    finish_tables(connection)
    note_changes(connection, "from loaded_versions")


def finish_tables(connection: DuckDBPyConnection) -> None:
    """Make the calculated tables of the loaded trials, and update `ops.problems` and `ops.drift`."""
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
