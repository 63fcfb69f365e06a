"""Make every table again from the archive, without the network."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import orjson

from transform.catalog.files import load_record_shape
from transform.parts import make_tables
from transform.records import dump_record, read_record
from warehouse.loading.archive import describe_changes, list_records
from warehouse.loading.history import note_changes
from warehouse.loading.inputs import HeldPart
from warehouse.loading.load import finish_tables, refresh_state
from warehouse.loading.related_trials import rank_related_trials
from warehouse.loading.rows import insert_rows
from warehouse.loading.trials import TRIALS, insert_versions
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from warehouse.loading.archive import RoundChanges

    Version = tuple[str, int, int]  # NCT number, version, position in the archive

_RECORDS_PER_ROUND = 2000
"""Records whose rows are inserted in one round."""

_RECORDS_PER_PART = 500
"""Records that are read together. As Python's objects they take some ten times the memory of their texts."""


def rebuild_tables(connection: DuckDBPyConnection) -> None:
    """Fill the derived tables, which are empty, from the archive.

    Like a load, it commits as it goes.

    Args:
        connection: A connection to a store that is thrown away if this fails, in a transaction.
    """
    run_statements(connection, "list_archived")
    # A replaced version only has a row in main.trial_history.
    run_statements(connection, "create_load_tables")
    for versions in _list_versions(connection, current=False):
        insert_versions(connection, _make_round(connection, versions, [TRIALS]))

    # The current versions have rows in every table. What was found in replaced versions does not count any more, so
    # the temporary tables are created again.
    run_statements(connection, "create_load_tables")
    for versions in _list_versions(connection, current=True):
        insert_rows(connection, _make_round(connection, versions))
    finish_tables(connection)
    note_changes(connection, "from archive.study_versions")
    refresh_state(connection)
    rank_related_trials(connection)


def _list_versions(connection: DuckDBPyConnection, *, current: bool) -> Iterator[list[Version]]:
    """Yield the archived versions that have a record, in groups without two versions of one trial.

    Args:
        connection: A connection to the store.
        current: Yield the current versions if True, and the replaced ones if False, oldest first.
    """
    rows = connection.execute(read_sql("statements", "due_versions"), [current]).fetchall()
    # A trial has one current version, but a replaced version for each version number.
    for _, same_number in groupby(rows, key=lambda row: 0 if current else row[1]):
        versions = list(same_number)
        for start in range(0, len(versions), _RECORDS_PER_ROUND):
            yield versions[start : start + _RECORDS_PER_ROUND]


def _make_round(
    connection: DuckDBPyConnection, versions: Sequence[Version], wanted: Collection[str] | None = None
) -> RoundChanges:
    """Make parts of archived versions, in a transaction of their own, and return which of them get rows.

    Args:
        connection: A connection to the store.
        versions: The versions, of different trials.
        wanted: The names of the tables that get rows; None makes rows of all.
    """
    connection.execute("commit; begin")
    nct_ids, numbers, positions = zip(*versions, strict=True)
    connection.execute("create or replace temp table due_versions (nct_id varchar, version integer)")
    connection.execute(
        "insert into due_versions select unnest($1::varchar[]), unnest($2::integer[])", [nct_ids, numbers]
    )
    due = connection.execute(read_sql("statements", "due_records"), [min(positions), max(positions)])
    parts = []
    while rows := due.fetchmany(_RECORDS_PER_PART):
        parts.append(_make_part([document for (document,) in rows], frozenset(nct_ids), wanted))
    list_records(connection, parts)
    run_statements(connection, "derive_records")
    return describe_changes(connection, parts)


def _make_part(documents: Sequence[str], nct_ids: frozenset[str], wanted: Collection[str] | None) -> HeldPart:
    """Make a part of archived documents, whose trials are among those with these NCT numbers."""
    # The records take the same way as those of a reply: the catalog may have changed since they were archived.
    shape = load_record_shape()
    studies = (orjson.loads(document) for document in documents)
    return HeldPart(make_tables([read_record(study, dump_record(study), nct_ids, shape) for study in studies], wanted))
