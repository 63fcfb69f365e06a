"""Load parts into the archive, and into the tables that are made from it.

A load is `begin_load`, `load_round` as often as parts are ready, `finish_load` and `load_membership`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from transform.catalog.files import load_catalog
from transform.paths import quote_name
from warehouse.connect import limit_memory
from warehouse.loading.archive import describe_changes, keep_records
from warehouse.loading.history import note_changes
from warehouse.loading.rows import calculate_tables, insert_rows
from warehouse.sql.files import run_statements, set_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from extract.condition_set import ConditionSet
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
    """Record who is in each condition set and who has left it, and update the trials' state. Commit as it goes."""
    departures = [(each.nct_id, each.outcome, each.reason, each.condition_set) for each in membership.departures]
    _insert_texts(connection, "departures", departures)
    _insert_texts(connection, "set_rules", list(chain.from_iterable(map(_list_rules, membership.condition_sets))))
    for name, members in membership.members.items():
        _insert_texts(connection, "listed_members", [(name, nct_id) for nct_id in members])
    run_statements(connection, "note_members", sets=[each.name for each in membership.condition_sets])
    refresh_state(connection)


def _list_rules(condition_set: ConditionSet) -> Iterator[tuple[str, str, str]]:
    """Yield what makes a trial belong to a set, as rows of `set_rules`."""
    rules = {"phrase": condition_set.phrases, "mesh id": condition_set.mesh_ids, "included": condition_set.include}
    for kind, values in rules.items():
        yield from ((condition_set.name, kind, value) for value in values)


def _insert_texts(connection: DuckDBPyConnection, table: str, rows: Sequence[Sequence[str | None]]) -> None:
    """Insert rows of texts into a temporary table."""
    if not rows:
        return
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    connection.register("new_rows", pa.table(columns, [str(position) for position in range(len(columns))]))
    connection.execute(f"insert into {table} from new_rows")
    connection.unregister("new_rows")


def refresh_state(connection: DuckDBPyConnection) -> None:
    """Update the columns that the warehouse itself keeps for each trial, in every table that has them.

    Each table has a transaction of its own: DuckDB keeps what a transaction writes in memory until the commit.
    """
    connection.execute("commit; begin")
    run_statements(connection, "find_trial_state")
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
        connection.execute("commit; begin")
    connection.execute("drop table trial_state")
