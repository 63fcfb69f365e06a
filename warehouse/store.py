"""The private store: the one database that runs write."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from extract.files import flush_to_disk
from warehouse.connect import BLOCK_SIZE, attach_read_only, fetch_value, open_read_only, open_to_write
from warehouse.disk_errors import translate_disk_errors
from warehouse.errors import NewerStore
from warehouse.runs import get_next_run
from warehouse.schema import (
    SCHEMA_VERSION,
    compute_derived_digest,
    create_derived_tables,
    create_tables,
    migrate,
)
from warehouse.store_facts import DATA_FACT, DERIVED_FACT, VERSION_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from warehouse.paths import Paths


@contextmanager
def open_store(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """A connection to the store, for the run that holds the lock.

    A store that is not there is made: from the published warehouse where there is one, else empty. One whose derived
    tables were made by another catalog has them made again from its records.

    Raises:
        StoreUnusable: the store cannot be opened.
        NewerStore: the store belongs to a newer version of the package.
        LoadFailed: the disk is full.
        RefusedInput: there is no store, and what stands in the warehouse's place is not a warehouse.
    """
    with translate_disk_errors(paths):
        paths.state.mkdir(exist_ok=True)
        if not paths.store.exists():
            _begin_anew(paths)
        with open_to_write(paths.store, paths) as connection:
            known = read_store_facts(connection)
            if known and _is_current(known, paths):
                yield connection
                return
            has_other_blocks = _block_size(connection) != BLOCK_SIZE
        if not known:
            _make_empty(paths)
        else:
            if has_other_blocks:
                _write_anew(paths)
            with replace_store(paths) as connection:
                _bring_up(connection, paths)
        with open_to_write(paths.store, paths) as connection:
            yield connection


@contextmanager
def replace_store(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """A connection to a copy of the store, which takes its place, whole, when the block ends well.

    So a load can commit as it goes, which bounds its memory, and is still done wholly or not at all.

    Raises:
        StoreUnusable: the store cannot be opened.
    """
    with _made_aside(paths):
        shutil.copyfile(paths.store, paths.next_store)
        with open_to_write(paths.next_store, paths) as connection:
            yield connection
            connection.execute("checkpoint store")


@contextmanager
def make_store(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """A connection to a new store, empty but for the code lists; what is in its archive at the end is made tables of.

    Args:
        paths: of a folder that has no store.
    """
    paths.state.mkdir(exist_ok=True)
    with open_to_write(paths.store, paths) as connection:
        _create(connection)
        yield connection
        connection.execute("begin")
        rebuild_derived(connection, paths)
        connection.execute("commit; checkpoint store")


def _write_anew(paths: Paths) -> None:
    """Write the store of a version that had larger blocks in blocks of today's size."""
    with _made_aside(paths), open_to_write(paths.next_store, paths) as connection:
        attach_read_only(connection, paths.store, "former")
        connection.execute("copy from database former to store; checkpoint store; detach former")


def _make_empty(paths: Paths) -> None:
    """Make a store that has every table and no trial.

    It is made aside, for of a log that creates tables, views and comments DuckDB cannot make the store again.
    """
    with _made_aside(paths), open_to_write(paths.next_store, paths) as connection:
        _create(connection)
        connection.execute("checkpoint store")


@contextmanager
def _made_aside(paths: Paths) -> Iterator[None]:
    """Within it the next store is made; at its end that is whole, and takes the store's place."""
    _forget_next(paths)
    try:
        yield
        _take_its_place(paths)
    finally:
        _forget_next(paths)


def _take_its_place(paths: Paths) -> None:
    flush_to_disk(paths.next_store)
    paths.next_store.replace(paths.store)
    flush_to_disk(paths.state)


def _block_size(connection: DuckDBPyConnection) -> int:
    query = "select block_size from pragma_database_size() where database_name = 'store'"
    return int(fetch_value(connection, query))


def _is_current(known: Mapping[str, str], paths: Paths) -> bool:
    """Whether the tables of a store with these facts are those of this version of the package.

    Raises:
        NewerStore: the store belongs to a newer version of the package.
    """
    if int(known[VERSION_FACT]) > SCHEMA_VERSION:
        raise NewerStore(f"the store {paths.store} was written by a newer version of aclf-trials")
    return known.get(DERIVED_FACT) == compute_derived_digest()


def _create(connection: DuckDBPyConnection) -> None:
    """Create the tables of a store that has none."""
    connection.execute("begin")
    create_tables(connection)
    set_store_fact(connection, VERSION_FACT, "1")
    connection.execute("commit")
    migrate(connection, 1)
    connection.execute("begin")
    create_derived_tables(connection)
    set_store_fact(connection, DERIVED_FACT, compute_derived_digest())
    connection.execute("commit")


def _bring_up(connection: DuckDBPyConnection, paths: Paths) -> None:
    """Bring the tables of an older version's store up to this one's, and make what is derived again."""
    migrate(connection, int(read_store_facts(connection)[VERSION_FACT]))
    connection.execute("begin")
    rebuild_derived(connection, paths)
    if DATA_FACT in read_store_facts(connection):
        set_store_fact(connection, DATA_FACT, str(get_next_run(connection)))  # so that what is made again is published
    connection.execute("commit")


def rebuild_derived(connection: DuckDBPyConnection, paths: Paths) -> None:
    """Make all that is derived again from the archive of a store that is thrown away where this fails."""
    from warehouse.loading.rebuild import rebuild_tables  # noqa: PLC0415 - pandas is slow to import, and most runs derive nothing

    create_derived_tables(connection)
    rebuild_tables(connection, paths.scratch)
    set_store_fact(connection, DERIVED_FACT, compute_derived_digest())


def _begin_anew(paths: Paths) -> None:
    """Make the store a copy of the published warehouse where there is one, else empty."""
    paths.store_log.unlink(missing_ok=True)  # DuckDB would read the log of a store that is gone into the new one
    if paths.warehouse.exists():
        _refuse_foreign(paths.warehouse)
        with _made_aside(paths):
            shutil.copyfile(paths.warehouse, paths.next_store)
    else:
        _make_empty(paths)


def _refuse_foreign(file: Path) -> None:
    with open_read_only(file) as connection:
        tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    if ("ops.store",) not in tables:
        raise BadSetting(f"{file} is a DuckDB file that aclf-trials did not make", next_step="use another --warehouse")


def _forget_next(paths: Paths) -> None:
    for file in (paths.next_store, paths.log_of(paths.next_store)):
        file.unlink(missing_ok=True)
