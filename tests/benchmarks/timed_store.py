"""A store whose opening, closing and every statement are steps of a stopwatch."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.stopwatch import Stopwatch

_STATEMENT = re.compile(
    r"(insert into|delete from|update|create or replace temp table|create temp table|commit|checkpoint|begin)"
    r"\s*([\w.\"]*)",
    re.IGNORECASE,
)


class TimedConnection:
    """A connection to DuckDB whose statements are timed; all else is the connection's own."""

    def __init__(self, connection: Any, watch: Stopwatch) -> None:
        self._connection = connection
        self._watch = watch
        self._statement = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: Any) -> TimedConnection:
        """Run a statement; its result is fetched through this connection, in its time."""
        self._statement = _named(statement)
        with self._watch.step(self._statement):
            self._connection.execute(statement, *parameters)
        return self

    def fetchall(self) -> Any:
        """All rows of the last statement."""
        with self._watch.step(self._statement, calls=0):
            return self._connection.fetchall()

    def df(self) -> Any:
        """The last statement's rows as a frame."""
        with self._watch.step(self._statement, calls=0):
            return self._connection.df()


def time_store(open_store: Callable[..., Any], watch: Stopwatch) -> Callable[..., Any]:
    """`open_store`, with its connection and its own time timed."""

    @contextmanager
    def opened(*arguments: Any, **named: Any) -> Iterator[TimedConnection]:
        with ExitStack() as stack:
            with watch.step("open the store"):
                connection = stack.enter_context(open_store(*arguments, **named))
            yield TimedConnection(connection, watch)
            with watch.step("close the store"):
                stack.close()

    return opened


def _named(statement: str) -> str:
    """What a statement does to which table; of several in one text, how many there are."""
    count = statement.strip().rstrip(";").count(";\n") + 1
    found = _STATEMENT.search(statement)
    if count > 1:
        return f"{count} statements"
    return " ".join(found.groups()).strip() if found else f"{' '.join(statement.split())[:30]} …"
