"""Every way to open a DuckDB file, and the two shapes in which other modules want what it answers."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_fixed

from transform.paths import quote_text
from warehouse.errors import NoWarehouse, StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.paths import Paths

STORAGE_VERSION = "v1.2.0"
"""The file format: every DuckDB client from 1.2 on reads it."""

BLOCK_SIZE = 16_384
"""Bytes, the least there is: a warehouse of some hundred trials is a tenth of the size that it has by default."""

ROW_GROUP_SIZE = 8192
"""Rows that are written together: so few that a round of a load fills some, and what is full is not written again."""

_PATIENCE_WITH_READERS = 10
"""Seconds: `aclf runs` may be reading the store for an instant."""

MEMORY = 550_000_000
"""Bytes that DuckDB may hold; what is more goes to `.aclf/scratch`. Python and pandas take some 400 MB besides.

The number of trials does not matter, because a load works on some of them at a time."""

_LENGTHS_OF_A_LINE = 20
"""What a very long record takes on its way into the tables, in its own lengths."""


@contextmanager
def open_read_only(file: Path, session: str = "") -> Iterator[DuckDBPyConnection]:
    """A connection that can read this file and nothing else: no other file, no extension, no setting.

    Args:
        file: the warehouse.
        session: statements that make the settings which the session needs, before they are locked.

    Raises:
        NoWarehouse: there is no such file, or it is not a sound database.
    """
    if not file.exists():
        raise NoWarehouse(f"there is no warehouse {file}")
    try:
        connection = duckdb.connect(str(file), read_only=True, config={"enable_external_access": "false"})
    except duckdb.Error as error:
        raise NoWarehouse(
            f"the warehouse {file} cannot be opened ({str(error).splitlines()[0]})",
            next_step="run `aclf check` to see what is wrong with it",
        ) from error
    with connection:
        connection.execute(f"set timezone = 'UTC'; set enable_progress_bar = false; {session}")
        connection.execute("set lock_configuration = true")
        try:
            yield connection
        except BaseException:
            connection.interrupt()  # else a query that a signal ended goes on, and closing waits for it
            raise


@contextmanager
def open_newest(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """A reader of the store, which also knows of runs that published nothing; of the warehouse while a run writes."""
    with ExitStack() as opened:
        try:
            newest = opened.enter_context(open_read_only(paths.store))
        except NoWarehouse:
            newest = opened.enter_context(open_read_only(paths.warehouse))
        yield newest


@contextmanager
def open_to_write(file: Path, paths: Paths) -> Iterator[DuckDBPyConnection]:
    """A connection that has a file attached, to write, under the name `store`; a file that is not there is made.

    Raises:
        StoreUnusable: the file cannot be opened.
    """
    # One thread: a run is hundreds of small statements, and handing each to another costs more than it gains.
    with duckdb.connect(
        config={"temp_directory": str(paths.scratch), "threads": 1, "memory_limit": f"{MEMORY}B"}
    ) as connection:
        _attach(connection, file)
        yield connection


def attach_read_only(connection: DuckDBPyConnection, file: Path, name: str) -> None:
    """Attach another file to a connection, to be read under this name."""
    connection.execute(f"attach {quote_text(str(file))} as {name} (read_only)")


@contextmanager
def open_to_export(file: Path) -> Iterator[DuckDBPyConnection]:
    """A reader of the published warehouse that can write other files, for COPY."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        yield connection


def prove_readable(file: Path) -> None:
    """Open a file and read a table of it.

    Raises:
        duckdb.Error: it cannot be read.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("select count(*) from main.trials").fetchall()


def is_being_written(database: Path) -> bool:
    """Whether a process has the database open to write; only DuckDB knows its own locks."""
    if not database.exists():
        return False
    try:
        duckdb.connect(str(database), read_only=True).close()
    except duckdb.Error as error:
        return "lock on file" in str(error)
    return False


def get_memory_limit(longest_line: int) -> int:
    """The bytes that DuckDB needs for records of which the longest has this many."""
    return MEMORY + _LENGTHS_OF_A_LINE * longest_line


def fetch_dicts(connection: DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query, each by column name."""
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def fetch_value(connection: DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> Any:
    """The one value of a query that gives one row of one column."""
    ((value,),) = connection.execute(query, list(parameters)).fetchall()
    return value


def _attach(connection: DuckDBPyConnection, file: Path) -> None:
    connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    options = f"storage_version {quote_text(STORAGE_VERSION)}, row_group_size {ROW_GROUP_SIZE}"
    if not file.exists():  # a store keeps the blocks that it was made with
        options += f", block_size {BLOCK_SIZE}"
    attach = f"attach {quote_text(str(file))} as store ({options})"
    try:
        for attempt in Retrying(
            retry=retry_if_exception_message(match=".*lock on file"),
            stop=stop_after_delay(_PATIENCE_WITH_READERS),
            wait=wait_fixed(0.05),
            reraise=True,
        ):
            with attempt:
                connection.execute(attach)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise StoreUnusable(f"the store {file} cannot be opened ({reason})") from error
    connection.execute("use store")
