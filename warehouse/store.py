"""The private store: the one database that runs write."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_fixed

from extract.errors import BadSetting
from extract.files import sync
from transform.paths import literal
from warehouse.errors import NewerStore, StoreUnusable
from warehouse.facts import DATA_FACT, DERIVED_FACT, VERSION_FACT, facts, keep_fact
from warehouse.memory import MEMORY
from warehouse.query import open_read_only
from warehouse.room import in_words
from warehouse.runs import next_run
from warehouse.schema import (
    SCHEMA_VERSION,
    create_derived_tables,
    create_tables,
    derived_digest,
    migrate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.places import Places

STORAGE_VERSION = "v1.2.0"
"""The file format: every DuckDB client from 1.2 on reads it."""

BLOCK_SIZE = 16_384
"""Bytes, the least there is: a warehouse of some hundred trials is a tenth of the size that it has by default."""

ROW_GROUP_SIZE = 8192
"""Rows that are written together: so few that a round of a load fills some, and what is full is not written again."""

_PATIENCE_WITH_READERS = 10
"""Seconds: `aclf runs` may be reading the store for an instant."""


@contextmanager
def open_store(places: Places) -> Iterator[DuckDBPyConnection]:
    """A connection to the store, for the run that holds the lock.

    A store that is not there is made: from the published warehouse where there is one, else empty. One whose derived
    tables were made by another catalog has them made again from its records.

    Raises:
        StoreUnusable: the store cannot be opened.
        NewerStore: the store belongs to a newer version of the package.
        LoadFailed: the disk is full.
        RefusedInput: there is no store, and what stands in the warehouse's place is not a warehouse.
    """
    with in_words(places):
        places.state.mkdir(exist_ok=True)
        if not places.store.exists():
            _begin_anew(places)
        with _connected(places.store, places) as connection:
            known = facts(connection)
            if known and _is_current(known, places):
                yield connection
                return
            has_other_blocks = _block_size(connection) != BLOCK_SIZE
        if not known:
            _make_empty(places)
        else:
            if has_other_blocks:
                _write_anew(places)
            with replace_store(places) as connection:
                _bring_up(connection, places)
        with _connected(places.store, places) as connection:
            yield connection


@contextmanager
def replace_store(places: Places) -> Iterator[DuckDBPyConnection]:
    """A connection to a copy of the store, which takes its place, whole, when the block ends well.

    So a load can commit as it goes, which bounds its memory, and is still done wholly or not at all.

    Raises:
        StoreUnusable: the store cannot be opened.
    """
    with _made_aside(places):
        shutil.copyfile(places.store, places.next_store)
        with _connected(places.next_store, places) as connection:
            yield connection
            connection.execute("checkpoint store")


@contextmanager
def made_store(places: Places) -> Iterator[DuckDBPyConnection]:
    """A connection to a new store, empty but for the code lists; what is in its archive at the end is made tables of.

    Args:
        places: of a folder that has no store.
    """
    places.state.mkdir(exist_ok=True)
    with _connected(places.store, places) as connection:
        _create(connection)
        yield connection
        connection.execute("begin")
        remake(connection, places)
        connection.execute("commit; checkpoint store")


def _write_anew(places: Places) -> None:
    """Write the store of a version that had larger blocks in blocks of today's size."""
    with _made_aside(places), _connected(places.next_store, places) as connection:
        connection.execute(f"attach {literal(str(places.store))} as former (read_only)")
        connection.execute("copy from database former to store; checkpoint store; detach former")


def _make_empty(places: Places) -> None:
    """Make a store that has every table and no trial.

    It is made aside, for of a log that creates tables, views and comments DuckDB cannot make the store again.
    """
    with _made_aside(places), _connected(places.next_store, places) as connection:
        _create(connection)
        connection.execute("checkpoint store")


@contextmanager
def _made_aside(places: Places) -> Iterator[None]:
    """Within it the next store is made; at its end that is whole, and takes the store's place."""
    _forget_next(places)
    try:
        yield
        _take_its_place(places)
    finally:
        _forget_next(places)


def _take_its_place(places: Places) -> None:
    sync(places.next_store)
    places.next_store.replace(places.store)
    sync(places.state)


def _block_size(connection: DuckDBPyConnection) -> int:
    query = "select block_size from pragma_database_size() where database_name = 'store'"
    ((size,),) = connection.execute(query).fetchall()
    return int(size)


@contextmanager
def _connected(file: Path, places: Places) -> Iterator[DuckDBPyConnection]:
    # One thread: a run is hundreds of small statements, and handing each to another costs more than it gains.
    with duckdb.connect(
        config={"temp_directory": str(places.scratch), "threads": 1, "memory_limit": f"{MEMORY}B"}
    ) as connection:
        _attach(connection, file)
        yield connection


def _is_current(known: Mapping[str, str], places: Places) -> bool:
    """Whether the tables of a store with these facts are those of this version of the package.

    Raises:
        NewerStore: the store belongs to a newer version of the package.
    """
    if int(known[VERSION_FACT]) > SCHEMA_VERSION:
        raise NewerStore(f"the store {places.store} was written by a newer version of aclf-trials")
    return known.get(DERIVED_FACT) == derived_digest()


def _create(connection: DuckDBPyConnection) -> None:
    """Create the tables of a store that has none."""
    connection.execute("begin")
    create_tables(connection)
    keep_fact(connection, VERSION_FACT, "1")
    connection.execute("commit")
    migrate(connection, 1)
    connection.execute("begin")
    create_derived_tables(connection)
    keep_fact(connection, DERIVED_FACT, derived_digest())
    connection.execute("commit")


def _bring_up(connection: DuckDBPyConnection, places: Places) -> None:
    """Bring the tables of an older version's store up to this one's, and make what is derived again."""
    migrate(connection, int(facts(connection)[VERSION_FACT]))
    connection.execute("begin")
    remake(connection, places)
    if DATA_FACT in facts(connection):
        keep_fact(connection, DATA_FACT, str(next_run(connection)))  # so that what is made again is published
    connection.execute("commit")


def remake(connection: DuckDBPyConnection, places: Places) -> None:
    """Make all that is derived again from the archive of a store that is thrown away where this fails."""
    from warehouse.remake import remake_tables  # noqa: PLC0415 - pandas is slow to import, and most runs derive nothing

    create_derived_tables(connection)
    remake_tables(connection, places.scratch)
    keep_fact(connection, DERIVED_FACT, derived_digest())


def _begin_anew(places: Places) -> None:
    """Make the store a copy of the published warehouse where there is one, else empty."""
    places.store_log.unlink(missing_ok=True)  # DuckDB would read the log of a store that is gone into the new one
    if places.warehouse.exists():
        _refuse_foreign(places.warehouse)
        with _made_aside(places):
            shutil.copyfile(places.warehouse, places.next_store)
    else:
        _make_empty(places)


def _refuse_foreign(file: Path) -> None:
    with open_read_only(file) as connection:
        tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    if ("ops.store",) not in tables:
        raise BadSetting(f"{file} is a DuckDB file that aclf-trials did not make", next_step="use another --warehouse")


def _forget_next(places: Places) -> None:
    for file in (places.next_store, places.log_of(places.next_store)):
        file.unlink(missing_ok=True)


def _attach(connection: DuckDBPyConnection, file: Path) -> None:
    connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    options = f"storage_version {literal(STORAGE_VERSION)}, row_group_size {ROW_GROUP_SIZE}"
    if not file.exists():  # a store keeps the blocks that it was made with
        options += f", block_size {BLOCK_SIZE}"
    attach = f"attach {literal(str(file))} as store ({options})"
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
