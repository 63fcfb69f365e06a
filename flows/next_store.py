"""The copy of the store that a run works on: it replaces the store at the end, or is thrown away."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from warehouse.disk_errors import translate_disk_errors
from warehouse.errors import CheckFailed, LoadFailed
from warehouse.store import open_store, replace_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.run import Run
    from warehouse.health.checks import Finding
    from warehouse.paths import Paths


@dataclass(frozen=True, slots=True)
class NextStore:
    """The copy of the store, in a transaction.

    Attributes:
        connection: the connection to it.
        findings: what the data checks found in it.
    """

    connection: duckdb.DuckDBPyConnection
    findings: list[Finding] = field(default_factory=list)

    def note_checks(self, run: Run) -> None:
        """Write what the checks found into `ops.checks`."""
        _note_checks(self.connection, run, self.findings)


@contextmanager
def open_next_store(run: Run) -> Iterator[NextStore]:
    """Open a copy of the store in a transaction; it replaces the store when the block ends without an error.

    Raises:
        CheckFailed: from the block; what the checks found is noted in the store.
        LoadFailed: DuckDB could not take the rows.
    """
    findings: list[Finding] = []
    try:
        with ExitStack() as stack:
            with translate_load_errors(run.job.paths):
                connection = stack.enter_context(replace_store(run.job.paths))
                connection.execute("begin")
            yield NextStore(connection, findings)
            with translate_load_errors(run.job.paths):
                connection.execute("commit")
                stack.close()
    except CheckFailed:
        # The copy is gone, but a person needs to see in the morning what the checks found.
        with open_store(run.job.paths) as store:
            _note_checks(store, run, findings)
        raise


@contextmanager
def translate_load_errors(paths: Paths) -> Iterator[None]:
    """Run the block, and raise an error of DuckDB or of the disk as an error with a sentence.

    Raises:
        LoadFailed: the disk is full, or DuckDB could not take the rows.
        MemoryExhausted: the rows need more memory than there is.
        StoreUnusable: the store is damaged.
    """
    try:
        with translate_disk_errors(paths):
            yield
    except (duckdb.Error, OSError) as error:
        raise LoadFailed(f"the rows could not be loaded ({error})") from error


def _note_checks(connection: duckdb.DuckDBPyConnection, run: Run, findings: list[Finding]) -> None:
    for finding in findings:
        connection.execute(
            "insert into ops.checks values ($1, $2, $3, $4, $5)",
            [run.run_id, finding.name, finding.severity, finding.failures, finding.example],
        )
