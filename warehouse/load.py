"""Loads the lines of replies into the store's tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import orjson

from transform.catalog import catalog, record_shape
from transform.code_files import code_files
from transform.fields import code_lists_by_path
from transform.paths import literal, quoted
from transform.records import record_line
from transform.shred import (
    code_holders,
    insert_statement,
    new_rows,
    raw_values_query,
    rows_query,
    unknown_codes_query,
    unread_query,
)
from transform.trials import normalise
from transform.walk import module
from warehouse.relations import relate_trials
from warehouse.sql import run, set_variables
from warehouse.stage import stage_lines, stage_records, staged_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from transform.catalog import Table
    from transform.shred import CodeHolder
    from warehouse.intake import Landed, Membership

_BYTES_AT_A_TIME = 40 * 1024 * 1024
"""Lines that are made rows of in one round: many, for each has its fixed cost; not all, to bound the memory."""

_DERIVED_AT_A_TIME = 2000
"""Records out of the store that are made rows of in one round."""

_NORMALISED_AT_A_TIME = 10_000
"""Trials that pandas works on at once: many, for each call has its fixed cost; not all, to bound the memory."""


def load_replies(connection: DuckDBPyConnection, replies: Sequence[Landed], run_id: int, now: datetime) -> None:
    """Load the lines of replies into every table of the catalog, some `_BYTES_AT_A_TIME` in one round.

    Between rounds it commits and begins anew, which bounds the memory.

    A record whose content is held already only has its time of checking noted; what was set aside goes to
    ops.quarantine, values that cannot be read to ops.problems, unknown keys and codes to ops.drift.

    Args:
        connection: a store's that is thrown away where the load fails, in a transaction.
        replies: what has landed.
        run_id: the run that loads.
        now: its time.
    """
    _begin_load(connection, run_id, now)
    for number, together in enumerate(rounds(replies)):
        if number:
            connection.execute("commit; begin")
        stage_lines(connection, [reply.file for reply in together], max(reply.longest for reply in together))
        run(connection, "keep_records")
        _make_rows(connection)
    _finish_load(connection)


def rounds(replies: Iterable[Landed]) -> Iterator[list[Landed]]:
    """The replies in their order, together as many as fit into one round and have no trial twice; at least one."""
    together: list[Landed] = []
    for reply in replies:
        is_full = sum(other.size for other in together) + reply.size > _BYTES_AT_A_TIME
        if together and (is_full or any(not reply.found.isdisjoint(other.found) for other in together)):
            yield together
            together = []
        together.append(reply)
    if together:
        yield together


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


def _begin_load(connection: DuckDBPyConnection, run_id: int, now: datetime) -> None:
    """Make the temporary tables of a load."""
    run(connection, "session")
    set_variables(connection, run_id=run_id, now=now)
    codes = ", ".join(
        f"({literal(name)}, {literal(row['code'])})" for name, rows in code_files().items() for row in rows
    )
    connection.execute(f"insert into known_codes values {codes}")


def _finish_load(connection: DuckDBPyConnection) -> None:
    """Make what is made of all rounds together: normalised and calculated columns, problems and drift."""
    (loaded,) = connection.execute("select count(*) from loaded").fetchall()[0]
    for table in catalog().tables if loaded else ():
        if table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (from loaded)")
            connection.execute(f"insert into {table.qualified} by name {table.query}")
        elif _is_normalised(table):
            for start in range(0, loaded, _NORMALISED_AT_A_TIME):
                _fill_normalised(connection, table, start)
    run(connection, "note_problems")
    run(connection, "note_drift")


def derive_all(connection: DuckDBPyConnection, scratch: Path, run_id: int, now: datetime) -> None:
    """Fill the derived tables, which are empty, from the current records, and commit as it goes, as `load_replies`."""
    _begin_load(connection, run_id, now)
    scratch.mkdir(exist_ok=True)
    file = scratch / "held.ndjson"
    for lines in _held_lines(connection):
        connection.execute("commit; begin")
        with file.open("wb") as written:
            written.writelines(lines)
        stage_lines(connection, [file], max(map(len, lines)))
        run(connection, "derive_records")
        _make_rows(connection)
    file.unlink(missing_ok=True)
    _finish_load(connection)
    refresh_state(connection)
    relate_trials(connection)


def _held_lines(connection: DuckDBPyConnection) -> Iterator[list[bytes]]:
    ids = [row[0] for row in connection.execute("select nct_id from raw.studies order by nct_id").fetchall()]
    for start in range(0, len(ids), _DERIVED_AT_A_TIME):
        asked = ids[start : start + _DERIVED_AT_A_TIME]
        rows = connection.execute(
            "select document from raw.studies where nct_id in (select unnest($1::varchar[])) order by nct_id", [asked]
        ).fetchall()
        yield [record_line(orjson.loads(document), asked, record_shape()) for (document,) in rows]


def _make_rows(connection: DuckDBPyConnection) -> None:
    """Make rows of the changed records, in place of those that their trials had, and note what did not read."""
    changed, updated = connection.execute("select count(*), count_if(is_update) from changed").fetchall()[0]
    if not changed:
        return
    run(connection, "forget_earlier")
    run(connection, "note_unknown_keys")
    stage_records(connection)
    there = staged_modules(connection)
    for table in catalog().tables:
        if updated and not table.query:
            connection.execute(f"delete from {table.qualified} where nct_id in (select nct_id from changed)")
        if any(not rows.path or module(rows.path) in there for rows in table.rows):
            _add_rows(connection, table)
    for table in catalog().tables:
        connection.execute(f"drop table if exists {new_rows(table.qualified)}")
    connection.execute("drop table staged; drop table lines")


def _add_rows(connection: DuckDBPyConnection, table: Table) -> None:
    referred = {column.refers.table for other in catalog().tables for column in other.columns if column.refers}
    connection.execute(f"create or replace temp table {new_rows(table.qualified)} as {rows_query(table, catalog())}")
    if _is_normalised(table):
        gathered = _gathered(table)
        connection.execute(f"create temp table if not exists {gathered} as from {new_rows(table.qualified)} limit 0")
        connection.execute(f"delete from {gathered} where nct_id in (select nct_id from changed)")
        connection.execute(f"insert into {gathered} from {new_rows(table.qualified)}")
    else:
        connection.execute(insert_statement(table))
    for query, found in (
        (unread_query(table, catalog()), "found_problems"),
        (unknown_codes_query(table, _code_holders()), "found_drift"),
    ):
        if query:
            connection.execute(f"insert into {found} by name {query}")
    if table.qualified not in referred:
        connection.execute(f"drop table {new_rows(table.qualified)}")


def _fill_normalised(connection: DuckDBPyConnection, table: Table, start: int) -> None:
    """Normalise some of the gathered rows of a table, from a place on, and insert them."""
    gathered = f"(from {_gathered(table)} limit {_NORMALISED_AT_A_TIME} offset {start})"
    normalised, unread = normalise(connection.execute(raw_values_query(table, gathered)).df(), table)
    connection.register("normalised", normalised)
    connection.register("unread", unread)
    columns = ", ".join(quoted(column.name) for column in table.columns if not column.state)
    connection.execute(
        f"insert into {table.qualified} ({columns}) select {columns} from {gathered} join normalised using (nct_id)"
    )
    connection.execute("insert into found_problems by name from unread")
    connection.unregister("normalised")
    connection.unregister("unread")


def _gathered(table: Table) -> str:
    return quoted(f"gathered {table.qualified}")


@cache
def _code_holders() -> tuple[CodeHolder, ...]:
    return code_holders(catalog(), code_lists_by_path())


def _is_normalised(table: Table) -> bool:
    return any(column.normalise for column in table.columns)
