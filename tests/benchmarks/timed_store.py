"""Open a store whose opening, closing and statements are steps of a stopwatch."""

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
    """A connection to DuckDB whose statements are timed; everything else is passed on to the connection."""

    def __init__(self, connection: Any, watch: Stopwatch) -> None:
        self._connection = connection
        self._watch = watch
        self._statement = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: Any) -> TimedConnection:
        """Run a statement; the time to fetch its rows through this connection counts to it."""
        self._statement = _name_statement(statement)
        with self._watch.step(self._statement):
            self._connection.execute(statement, *parameters)
        return self

    def fetchall(self) -> Any:
        """Fetch all rows of the last statement."""
        with self._watch.step(self._statement, calls=0):
            return self._connection.fetchall()

    def df(self) -> Any:
        """Fetch the rows of the last statement as a frame."""
        with self._watch.step(self._statement, calls=0):
            return self._connection.df()


def time_store(open_store: Callable[..., Any], watch: Stopwatch) -> Callable[..., Any]:
    """Return a function like `open_store` that times the opening, the closing and each statement."""

    @contextmanager
    def opened(*arguments: Any, **named: Any) -> Iterator[TimedConnection]:
        with ExitStack() as stack:
            with watch.step("open the store"):
                connection = stack.enter_context(open_store(*arguments, **named))
            yield TimedConnection(connection, watch)
            with watch.step("close the store"):
                stack.close()

    return opened


def _name_statement(statement: str) -> str:
    """Return the kind and the table of a statement; for a text of several statements, their number."""
    count = statement.strip().rstrip(";").count(";\n") + 1
    if count > 1:
        return f"{count} statements"
    if match := _STATEMENT.search(statement):
        return " ".join(match.groups()).strip()
    return f"{' '.join(statement.split())[:30]} …"
