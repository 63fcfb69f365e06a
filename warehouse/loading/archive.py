"""Compare the records of parts with the archive, and keep the new ones there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.bound_values import execute_with
from warehouse.connect import fetch_dicts, fetch_value
from warehouse.sql.files import read_sql, run_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from warehouse.loading.inputs import ReadablePart

_COMPARED = ["nct_id", "content_hash", "reason", "path", "raw"]
"""The columns of a record that the comparison needs. `raw` is NULL except for quarantined records."""


@dataclass(frozen=True, slots=True)
class RoundChanges:
    """What a round changes; the temporary table `changed_trials` has the trials.

    Attributes:
        parts: The parts with a changed trial.
        trials: The number of changed trials.
        has_updates: Whether some of them had another record before.
        is_whole: Whether these parts have rows of changed trials only.
    """

    parts: Sequence[ReadablePart]
    trials: int
    has_updates: bool
    is_whole: bool

    def read(self, name: str) -> pa.Table | None:
        """Return the rows of all these parts under a name, or None; the parts' memory goes with the table."""
        return read_parts(self.parts, name)


def read_parts(parts: Sequence[ReadablePart], name: str) -> pa.Table | None:
    """Return the rows of parts under a name, or None if none of them has any."""
    tables = [table for part in parts if (table := part.read(name)) is not None]
    return pa.concat_tables(tables) if tables else None


def list_records(connection: DuckDBPyConnection, parts: Sequence[ReadablePart]) -> None:
    """Create the temporary table `record_lines`: one row per record, without its document."""
    run_statements(connection, "create_record_lines")
    for number, part in enumerate(parts):
        records = part.read("records")
        if records is not None:
            # The documents stay where they are until one of them is new.
            connection.register("part_records", records.select(_COMPARED))
            execute_with(connection, read_sql("statements", "list_records"), [number])
            connection.unregister("part_records")


def keep_records(connection: DuckDBPyConnection, parts: Sequence[ReadablePart]) -> None:
    """Add the parts' new records to the archive or to quarantine, and create the temporary table `changed_trials`."""
    list_records(connection, parts)
    run_statements(connection, "keep_records")
    changed = connection.execute("select distinct part from changed_trials order by part").fetchall()
    for (number,) in changed:
        records = parts[number].read("records")
        assert records is not None
        connection.register("part_records", _select_usable(records))
        run_statements(connection, "archive_records")
        connection.unregister("part_records")


def describe_changes(connection: DuckDBPyConnection, parts: Sequence[ReadablePart]) -> RoundChanges:
    """Return what the temporary table `changed_trials` says about the parts that `record_lines` was made of."""
    counts = fetch_dicts(connection, read_sql("statements", "changed_parts"))
    return RoundChanges(
        parts=[parts[row["part"]] for row in counts],
        trials=sum(row["changed"] for row in counts),
        has_updates=fetch_value(connection, "select exists (from changed_trials where is_update)"),
        is_whole=all(row["changed"] == row["usable"] for row in counts),
    )


def _select_usable(records: pa.Table) -> pa.Table:
    """Return the usable records' number, hash and document; DuckDB takes the documents as the JSON that they are."""
    if records["reason"].null_count < len(records):
        records = records.filter(pc.is_null(records["reason"]))
    # A text would be parsed once more when it becomes JSON. The type changes no byte.
    documents = [pa.ExtensionArray.from_storage(pa.json_(pa.string()), chunk) for chunk in records["document"].chunks]
    column = pa.chunked_array(documents, pa.json_(pa.string()))
    return pa.table({"nct_id": records["nct_id"], "content_hash": records["content_hash"], "document": column})
