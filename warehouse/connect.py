"""Open DuckDB files: one function for each way in, and two shapes for the result of a query."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from transform.paths import quote_text
from warehouse.bound_values import execute_with
from warehouse.errors import NoWarehouse, StoreUnusable
from warehouse.memory import get_memory_limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.paths import Paths

STORAGE_VERSION = "v1.2.0"
"""The file format. Every DuckDB client from 1.2 on can read it."""

BLOCK_SIZE = 16_384
"""Bytes. This is DuckDB's minimum: a warehouse of some hundred trials is a tenth of its size with the default."""

WEB_BLOCK_SIZE = 262_144
"""Bytes, in a copy that is read over HTTP, where each block is a request. It is DuckDB's default and its maximum."""

ROW_GROUP_SIZE = 8192
"""Rows that DuckDB writes together. One round of a load fills some groups, and full ones are not written again."""

_METADATA_REUSE = "experimental_metadata_reuse"
"""A setting of DuckDB 1.5 that is on by default, although a file for 1.2 may then not open there."""

_LOCK_PATIENCE = 10
"""Seconds to wait for a lock on the store. `aclf runs` may be reading the store for a moment."""

_SHUT_OFF: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}
"""The configuration of a connection that reads one file and no other."""

_OPENING_REMEDIES = {
    "lock on file": "close the program that has it open, then run the command again",
    "Permission denied": "correct its permissions, then run the command again",
}
"""What to do if the store cannot be opened, by a part of DuckDB's reason. Only a damaged store has to be replaced."""


@contextmanager
def open_read_only(file: Path, session: str = "") -> Iterator[DuckDBPyConnection]:
    """Open a connection that can read this file and nothing else: no other file, no extension, no setting.

    Args:
        file: The warehouse.
        session: Statements with the settings that the session needs. They run before the settings are locked.

    Raises:
        NoWarehouse: The file does not exist, or it is not a sound database.
    """
    if not file.exists():
        if file.is_symlink():
            raise NoWarehouse(
                f"the warehouse {file} is a link to {file.readlink()}, which is not there",
                next_step="run `aclf check`, which says how to go back to a sound file",
            )
        raise NoWarehouse(f"there is no warehouse {file}")
    try:
        connection = duckdb.connect(str(file), read_only=True, config=_SHUT_OFF)
    except duckdb.Error as error:
        raise NoWarehouse(
            f"the warehouse {file} cannot be opened ({str(error).splitlines()[0]})",
            next_step="run `aclf check` to see what is wrong with it",
        ) from error
    with connection:
        connection.execute(f"set timezone = 'UTC'; set enable_progress_bar = false; {session}")
        connection.execute("set lock_configuration = true")
        try:
            with _refuse_foreign_reads(file):
                yield connection
        except BaseException:
            # A signal leaves the query running in DuckDB, and closing the connection would wait for its end.
            connection.interrupt()
            raise


@contextmanager
def open_newest(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """Open the store to read, or the warehouse while a run writes the store.

    The store also has the runs that published nothing.

    Raises:
        NoWarehouse: Neither of the two can be opened.
    """
    with ExitStack() as opened:
        try:
            newest = opened.enter_context(open_read_only(paths.store))
        except NoWarehouse:
            newest = opened.enter_context(open_read_only(paths.warehouse))
        yield newest


@contextmanager
def open_to_write(file: Path, paths: Paths, sources: Mapping[str, Path] | None = None) -> Iterator[DuckDBPyConnection]:
    """Open a connection with a file attached to write, under the name `store`. A missing file is created.

    The connection can read these files and the records of a run, and nothing else: a view in a file that somebody
    prepared must not reach other files of this machine.

    Args:
        file: The database to write.
        paths: The paths of its warehouse.
        sources: Databases to read, by the name under which they are attached.

    Raises:
        StoreUnusable: The file cannot be opened.
        NoWarehouse: A view in one of the files reads another file.
    """
    # One thread: a run is hundreds of small statements. To hand each one to another thread costs more than it gains.
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(paths.scratch),
        "threads": 1,
        "memory_limit": f"{get_memory_limit()}B",
    }
    with duckdb.connect(config=config) as connection:
        _attach_store(connection, file)
        for name, source in (sources or {}).items():
            connection.execute(f"attach {quote_text(str(source))} as {name} (read_only)")
        _shut_off(connection, "allowed_directories", [paths.landing, paths.scratch])
        with _refuse_foreign_reads(file):
            yield connection


@contextmanager
def open_to_export(file: Path, targets: Sequence[Path], scratch: Path) -> Iterator[DuckDBPyConnection]:
    """Open the published warehouse to read, with the right to write these files and no others, because COPY needs it.

    Args:
        file: The warehouse.
        targets: The files to write.
        scratch: A folder for what does not fit into memory. It may be written and read.

    Raises:
        NoWarehouse: A view in the warehouse reads another file.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{get_memory_limit()}B",
        "temp_directory": str(scratch),
    }
    with duckdb.connect(str(file), read_only=True, config=config) as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        connection.execute(f"set allowed_directories = [{quote_text(str(scratch))}]")
        _shut_off(connection, "allowed_paths", targets)
        with _refuse_foreign_reads(file):
            yield connection


@contextmanager
def open_to_compact(file: Path, copy: Path, scratch: Path) -> Iterator[DuckDBPyConnection]:
    """Open a new file to write, under the name `store`, with the published file attached as `published`.

    Args:
        file: The published file.
        copy: The new file. It gets large blocks, for readers over HTTP.
        scratch: A folder for what does not fit into memory. It may be written and read.

    Raises:
        StoreUnusable: The new file cannot be made.
        NoWarehouse: A view in the published file reads another file.
    """
    # One thread: each thread holds rows that it has not written, and here the disk decides how long it takes.
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{get_memory_limit()}B",
        "temp_directory": str(scratch),
        "threads": 1,
    }
    with duckdb.connect(config=config) as connection:
        _attach_store(connection, copy, WEB_BLOCK_SIZE)
        connection.execute(f"attach {quote_text(str(file))} as published (read_only)")
        _shut_off(connection, "allowed_directories", [scratch])
        with _refuse_foreign_reads(file):
            yield connection


def is_being_written(database: Path) -> bool:
    """Return whether a process has the database open to write."""
    if not database.exists():
        return False
    # Only DuckDB knows its own locks, so the only way to see one is to try to open the file.
    try:
        duckdb.connect(str(database), read_only=True, config=_SHUT_OFF).close()
    except duckdb.Error as error:
        return "lock on file" in str(error)
    return False


def limit_memory(connection: DuckDBPyConnection, share: float = 1.0) -> None:
    """Let DuckDB hold no more than this share of its usual memory."""
    connection.execute(f"set memory_limit = '{int(get_memory_limit() * share)}B'")


def skip_log(connection: DuckDBPyConnection) -> None:
    """Let each commit write the database file alone. Only for a file that is thrown away if its run fails.

    Usually DuckDB writes rows to its log first, uncompressed, and to the file some commits later. For the documents of
    a round that is 100 MB, which nobody reads: a log serves those who open the file after a kill.
    """
    for setting in ("checkpoint_threshold = '0B'", "auto_checkpoint_skip_wal_threshold = 0"):
        # A DuckDB without the second setting writes small commits to the log, and the file after them.
        with suppress(duckdb.CatalogException):
            connection.execute(f"set {setting}")


def fetch_dicts(connection: DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows of a query, each as a dict with the column names as keys; times know that they are UTC."""
    result = execute_with(connection, query, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(_mark_as_utc, row), strict=True)) for row in result.fetchall()]


def fetch_value(connection: DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> Any:
    """Return the value of a query whose result is one row with one column; a time knows that it is UTC."""
    ((value,),) = execute_with(connection, query, parameters).fetchall()
    return _mark_as_utc(value)


def _mark_as_utc(value: Any) -> Any:
    """Return a time without a zone as the time in UTC that it is, and any other value as it is."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _shut_off(connection: DuckDBPyConnection, setting: str, allowed: Sequence[Path]) -> None:
    """Shut a connection off from all files except those that are attached and those that are allowed."""
    allowed_texts = ", ".join(quote_text(str(path)) for path in allowed)
    # DuckDB refuses to take the second setting back.
    connection.execute(f"set {setting} = [{allowed_texts}]; set enable_external_access = false")


@contextmanager
def _refuse_foreign_reads(file: Path) -> Iterator[None]:
    """Run the block, and raise it as an error of this package if a view in the file reads another file.

    Raises:
        NoWarehouse: A view in the file reads another file.
    """
    try:
        yield
    except duckdb.PermissionException as error:
        reason = str(error).partition("\n")[0]
        raise NoWarehouse(
            f"{file} has a view that reads other files, and it may not ({reason})",
            next_step="use a warehouse that `aclf sync` made",
        ) from error


def _attach_store(connection: DuckDBPyConnection, file: Path, block_size: int = BLOCK_SIZE) -> None:
    """Attach a file under the name `store`, and make it the default database of the connection.

    A file that does not exist is created, with blocks of this size.

    Raises:
        StoreUnusable: The file cannot be opened.
    """
    connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    # A checkpoint would reuse what it wrote of the tables that have not changed, and DuckDB 1.2 cannot find it there.
    # A DuckDB without this setting refuses it, and needs none.
    with suppress(duckdb.CatalogException):
        connection.execute(f"set {_METADATA_REUSE} = false")
    options = f"storage_version {quote_text(STORAGE_VERSION)}, row_group_size {ROW_GROUP_SIZE}"
    # Only a new file gets a block size: an existing store keeps the blocks that it was created with.
    if not file.exists():
        options += f", block_size {block_size}"
    attach = f"attach {quote_text(str(file))} as store ({options})"
    from tenacity import (  # noqa: PLC0415 - slow to import, and readers do not wait
        Retrying,
        retry_if_exception_message,
        stop_after_delay,
        wait_fixed,
    )

    attempts = Retrying(
        retry=retry_if_exception_message(match=".*lock on file"),
        stop=stop_after_delay(_LOCK_PATIENCE),
        wait=wait_fixed(0.05),
        reraise=True,
    )
    try:
        for attempt in attempts:
            with attempt:
                connection.execute(attach)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        next_step = next((step for text, step in _OPENING_REMEDIES.items() if text in reason), None)
        raise StoreUnusable(f"the store {file} cannot be opened ({reason})", next_step=next_step) from error
    connection.execute("use store")
