"""Ask the published warehouse: one question at a time, within a time limit, and with the night of the answer."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import anyio.to_thread

from flows.assistant.answers import Night, format_warning
from flows.pages.source import format_source
from flows.status import read_status
from warehouse.connect import open_read_only
from warehouse.errors import BadQuery
from warehouse.memory import get_memory_limit
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

    from warehouse.paths import Paths

Answered = TypeVar("Answered")

MAX_AGE_HOURS = 36.0
"""The age from which data is stale, as for `aclf status`."""

_PAUSE = 0.02
"""Seconds between two attempts to interrupt a query."""


class WarehouseReader:
    """Reads the published warehouse. Each question opens the file again, so it meets the newest night.

    Args:
        paths: the warehouse's paths.
        seconds: the most seconds that a question may take.
    """

    def __init__(self, paths: Paths, seconds: float) -> None:
        self._paths = paths
        self._seconds = seconds
        # DuckDB shares the settings, which are locked, among the connections of a process to one file.
        self._turn = anyio.Lock()

    async def ask(self, read: Callable[[DuckDBPyConnection, Night], Answered]) -> Answered:
        """Return what a function reads from the warehouse; it is given the night of the file that it reads.

        The end of the time, and a client that cancels its request, interrupt what DuckDB is doing.

        Raises:
            NoWarehouse: there is nothing to read.
            BadQuery: it took too long.
        """
        async with self._turn:
            question = _Question(self._paths, read)
            has_ended = anyio.Event()
            async with anyio.create_task_group() as group:
                group.start_soon(self._end_in_time, question, has_ended)
                try:
                    # A cancelled request waits for the thread too: the next question must not meet its connection.
                    await anyio.to_thread.run_sync(question.answer)
                finally:
                    has_ended.set()
                    group.cancel_scope.cancel()
            return question.outcome.result()

    async def _end_in_time(self, question: _Question[Any], has_ended: anyio.Event) -> None:
        """Interrupt the question at the end of its time, or when its request is cancelled."""
        try:
            await anyio.sleep(self._seconds)
            question.late_after = self._seconds
        finally:
            with anyio.CancelScope(shield=True):
                # Between two statements there is nothing to interrupt, so once is not enough.
                while not has_ended.is_set():
                    question.interrupt()
                    await anyio.sleep(_PAUSE)


class _Question(Generic[Answered]):
    """One question to the warehouse, which is answered in a thread.

    Attributes:
        outcome: what was answered, or why nothing was.
        late_after: the seconds after which it was interrupted, or None.
    """

    def __init__(self, paths: Paths, read: Callable[[DuckDBPyConnection, Night], Answered]) -> None:
        self.outcome: Future[Answered] = Future()
        self.late_after: float | None = None
        self._paths = paths
        self._read = read
        self._connection: DuckDBPyConnection | None = None

    def answer(self) -> None:
        """Open the warehouse, and keep what the function reads there, or its failure."""
        try:
            self.outcome.set_result(self._read_warehouse())
        except Exception as error:  # noqa: BLE001 - it is raised again where the outcome is read
            self.outcome.set_exception(self._make_late_error() or error)

    def interrupt(self) -> None:
        """End what DuckDB is doing for the question, if it has begun."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def _read_warehouse(self) -> Answered:
        # The status opens the file too, so it is read before.
        status = read_status(self._paths, MAX_AGE_HOURS)
        with open_read_only(self._paths.warehouse, f"set memory_limit = '{get_memory_limit()}B'") as connection:
            self._connection = connection
            try:
                return self._read(connection, _read_night(connection, status))
            finally:
                self._connection = None

    def _make_late_error(self) -> BadQuery | None:
        if self.late_after is None:
            return None
        return BadQuery(
            f"there was no answer within {self.late_after:g} seconds",
            next_step="ask for less (a filter, fewer tables, an aggregate), or give `aclf mcp` a longer --time-limit",
        )


def _read_night(connection: DuckDBPyConnection, status: dict[str, Any]) -> Night:
    """Return the night of an open warehouse.

    Args:
        connection: A reader's.
        status: What `read_status` found shortly before.
    """
    ((run, registry, data_timestamp),) = connection.execute(read_sql("statements", "night")).fetchall()
    return Night(
        run=run,
        data_timestamp=data_timestamp,
        age_hours=status["age_hours"],
        state=status["state"],
        source=format_source(registry, data_timestamp),
        warning=format_warning(status),
    )
