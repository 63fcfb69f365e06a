"""The private store: the one database that runs write."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from extract.files import flush_to_disk
from warehouse.connect import BLOCK_SIZE, open_read_only, open_to_write, skip_log
from warehouse.disk_errors import translate_disk_errors
from warehouse.errors import NewerStore, NoWarehouse
from warehouse.file_copies import copy_file
from warehouse.kept_rules import keep_rule_files
from warehouse.lost_files import refuse_lost_files
from warehouse.published_files import get_newest_number
from warehouse.runs import get_next_run
from warehouse.schema import (
    SCHEMA_VERSION,
    compute_derived_digest,
    create_derived_tables,
    create_tables,
    migrate,
)
from warehouse.soundness import find_fault
from warehouse.store_facts import DATA_FACT, DERIVED_FACT, VERSION_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from transform.rules.files import RuleFile
    from warehouse.paths import Paths

MOST_FREE_SHARE = 0.4
"""The share of the store's file that may be free. Nights keep up to a quarter free, which the next nights fill."""

LEAST_FREED = 10_000_000
"""Bytes. Less free space than this is not worth the work."""


@contextmanager
def open_store(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """Open the store to write, for the run that holds the lock.

    A missing store is created: from the published warehouse if there is one, else empty. If another version of the
    package made the store, its tables are upgraded first, and its derived tables are rebuilt from the archive.

    Raises:
        StoreUnusable: The store cannot be opened.
        NewerStore: The store belongs to a newer version of the package.
        LoadFailed: The disk is full.
        RefusedInput: There is no store, and the file at the warehouse's path is not a sound warehouse, or is lost.
    """
    with translate_disk_errors(paths):
        paths.state.mkdir(exist_ok=True)
        if not paths.store.exists():
            _create_store(paths)
        with open_to_write(paths.store, paths) as connection:
            facts = read_store_facts(connection)
            if facts and _is_current(facts, paths):
                yield connection
                return

        # The store is closed now, because each of these steps replaces its file.
        if not facts:
            # An empty database at the store's path is no store. The history is in the warehouse, if there is one.
            _create_store(paths)
        else:
            with replace_store(paths) as connection:
                _upgrade_tables(connection, paths)
        with open_to_write(paths.store, paths) as connection:
            yield connection


@contextmanager
def replace_store(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """Open a copy of the store to write, and replace the store with it if the block succeeds.

    A load can commit to the copy as often as it likes, which bounds its memory. The store still gets all of it or
    nothing.

    Raises:
        StoreUnusable: The store cannot be opened.
    """
    with _swap_in_next_store(paths), _open_copy(paths) as connection:
        yield connection
        connection.execute("checkpoint store")


@contextmanager
def make_store(paths: Paths, source: Path, source_name: str) -> Iterator[DuckDBPyConnection]:
    """Open a new store, and at the end of the block make its tables from what its archive then has.

    The new store is empty except for the code lists.

    Args:
        paths: The paths of a folder that has no store.
        source: A database that the block reads.
        source_name: The name under which the block reads it.
    """
    paths.state.mkdir(exist_ok=True)
    with open_to_write(paths.store, paths, {source_name: source}) as connection:
        _create_all_tables(connection)
        yield connection
        connection.execute("begin")
        rebuild_derived_tables(connection)
        connection.execute("commit; checkpoint store")


def rebuild_derived_tables(connection: DuckDBPyConnection) -> None:
    """Drop all derived tables and make them again from the archive.

    It commits as it goes, so the store must be a copy that is thrown away if this fails.
    """
    from warehouse.loading.rebuild import rebuild_tables  # noqa: PLC0415 - pandas is slow to import, and most runs rebuild nothing

    create_derived_tables(connection)
    rebuild_tables(connection)
    set_store_fact(connection, DERIVED_FACT, compute_derived_digest())


def apply_rule_files(connection: DuckDBPyConnection, rule_files: Sequence[RuleFile]) -> None:
    """Keep these files of rules, and make the tables again that are made with rules.

    It commits as it goes, so the store must be a copy that is thrown away if this fails.
    """
    from warehouse.loading.normalised_tables import remake_normalised_tables  # noqa: PLC0415 - the same

    keep_rule_files(connection, rule_files)
    remake_normalised_tables(connection)


def refuse_newer_store(facts: Mapping[str, str], paths: Paths) -> None:
    """Refuse a store whose facts say that a newer version of the package wrote it.

    Raises:
        NewerStore: The store belongs to a newer version of the package.
    """
    if int(facts.get(VERSION_FACT, "0")) > SCHEMA_VERSION:
        raise NewerStore(f"the store {paths.store} was written by a newer version of aclf-trials")


def _create_store(paths: Paths) -> None:
    """Create the store: a copy of the published warehouse if there is one, else empty."""
    if not paths.warehouse.exists():
        refuse_lost_files(paths)
    # The log belonged to the missing store. DuckDB would read it into the new one.
    paths.store_log.unlink(missing_ok=True)
    if paths.warehouse.exists():
        refuse_unusable_warehouse(paths.warehouse)
        with _swap_in_next_store(paths):
            copy_file(paths.warehouse, paths.next_store)
    else:
        _create_empty_store(paths)


def _create_empty_store(paths: Paths) -> None:
    """Create a store that has every table and no trial."""
    # Build it in a temporary file: DuckDB cannot replay a log that creates tables, views and comments, so a kill here
    # would leave an unreadable store.
    with _swap_in_next_store(paths), open_to_write(paths.next_store, paths) as connection:
        # Only the code lists have rows, and few. DuckDB would try each of its compressions on each of their columns.
        connection.execute("set force_compression = 'uncompressed'")
        _create_all_tables(connection)
        connection.execute("checkpoint store")


@contextmanager
def _open_copy(paths: Paths) -> Iterator[DuckDBPyConnection]:
    """Open the next store as a copy of the store: of its file, or of its rows if the file would be much smaller so."""
    copy_file(paths.store, paths.next_store)
    with open_to_write(paths.next_store, paths) as connection:
        if not _has_to_be_rewritten(connection):
            skip_log(connection)
            yield connection
            return
    _remove_next_store(paths)
    with open_to_write(paths.next_store, paths, {"former": paths.store}) as connection:
        skip_log(connection)
        # Views, macros, comments, constraints and compressions go along.
        connection.execute("copy from database former to store; detach former")
        yield connection


def _has_to_be_rewritten(connection: DuckDBPyConnection) -> bool:
    """Return whether a store has the blocks of an older version, or so much free space that it is worth the work.

    DuckDB fills free blocks again, but never gives back those amid the file.
    """
    size = "select block_size, total_blocks, free_blocks from pragma_database_size() where database_name = 'store'"
    ((block_size, total, free),) = connection.execute(size).fetchall()
    is_mostly_free = free > MOST_FREE_SHARE * total and free * block_size > LEAST_FREED
    return bool(block_size != BLOCK_SIZE or is_mostly_free)


@contextmanager
def _swap_in_next_store(paths: Paths) -> Iterator[None]:
    """Run the block that makes the next store, and replace the store with it if the block succeeds."""
    _remove_next_store(paths)
    try:
        yield
        _move_into_place(paths)
    finally:
        _remove_next_store(paths)


def _move_into_place(paths: Paths) -> None:
    """Replace the store with the next store, in one rename."""
    # The bytes must be on the disk before the name is: the power may fail between the two.
    flush_to_disk(paths.next_store)
    paths.next_store.replace(paths.store)
    flush_to_disk(paths.state)


def _remove_next_store(paths: Paths) -> None:
    for file in (paths.next_store, paths.get_log(paths.next_store)):
        file.unlink(missing_ok=True)


def _is_current(facts: Mapping[str, str], paths: Paths) -> bool:
    """Return whether a store with these facts has the tables of this version of the package.

    Raises:
        NewerStore: The store belongs to a newer version of the package.
    """
    refuse_newer_store(facts, paths)
    return facts[VERSION_FACT] == str(SCHEMA_VERSION) and facts.get(DERIVED_FACT) == compute_derived_digest()


def _create_all_tables(connection: DuckDBPyConnection) -> None:
    """Create the tables of a store that has no tables."""
    # An empty store takes the same steps as an old one, so that both end with the same tables.
    connection.execute("begin")
    create_tables(connection)
    set_store_fact(connection, VERSION_FACT, "1")
    connection.execute("commit")
    migrate(connection, 1)

    connection.execute("begin")
    create_derived_tables(connection)
    set_store_fact(connection, DERIVED_FACT, compute_derived_digest())
    connection.execute("commit")


def _upgrade_tables(connection: DuckDBPyConnection, paths: Paths) -> None:
    """Migrate the tables of an older version's store, and rebuild its derived tables."""
    migrate(connection, int(read_store_facts(connection)[VERSION_FACT]))
    connection.execute("begin")
    rebuild_derived_tables(connection)
    if DATA_FACT in read_store_facts(connection):
        # The store now counts as data of the run that begins, so that this run publishes the rebuilt tables.
        set_store_fact(connection, DATA_FACT, str(get_next_run(connection, get_newest_number(paths))))
    connection.execute("commit")


def refuse_unusable_warehouse(file: Path) -> None:
    """Refuse to make a store from a DuckDB file that this package did not make, or that is damaged.

    Raises:
        BadSetting: The file is not a warehouse.
        NoWarehouse: The file is damaged.
    """
    with open_read_only(file) as connection:
        tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    if ("ops.store",) not in tables:
        raise BadSetting(f"{file} is a DuckDB file that aclf-trials did not make", next_step="use another --warehouse")
    fault = find_fault(file)
    if fault is not None:
        raise NoWarehouse(
            f"there is no store, and the warehouse {file} is damaged ({fault})",
            next_step="run `aclf check`, which says what to do",
        )
