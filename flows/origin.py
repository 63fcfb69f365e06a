"""Where the data of a run comes from: which registry and which condition set, as columns of its row in `ops.runs`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.connect import open_newest
from warehouse.errors import NoWarehouse
from warehouse.known_set import refuse_other_set
from warehouse.runs import read_newest_origin
from warehouse.store import refuse_newer_store, refuse_unusable_warehouse
from warehouse.store_facts import read_store_facts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from flows.settings import Job


def refuse_before_requests(job: Job) -> None:
    """Refuse what the warehouse rules out by itself, so that no request is sent for it.

    A store that cannot be read is not judged here: the run opens it again to write, and says what is wrong.

    Raises:
        BadSetting: there is no store, and the file at the warehouse's path is not a warehouse.
        NoWarehouse: the same, and the file is not even a sound database.
        NewerStore: a newer version of the package wrote the store.
        OtherConditionSet: the warehouse follows another condition set.
    """
    if not job.paths.store.exists() and job.paths.warehouse.exists():
        refuse_unusable_warehouse(job.paths.warehouse)
    with suppress(NoWarehouse, duckdb.Error), open_newest(job.paths) as newest:
        refuse_newer_store(read_store_facts(newest), job.paths)
        refuse_unwanted_set(newest, job)


def refuse_unwanted_set(store: DuckDBPyConnection, job: Job) -> None:
    """Refuse a sync of another condition set than the warehouse's, unless the settings ask for it.

    Raises:
        OtherConditionSet: the warehouse follows another condition set.
    """
    # A backfill says nothing about who is in the set, so it may name any.
    if job.command == "sync" and not job.settings.replace_set:
        refuse_other_set(store, job.condition_set)


def read_requested_origin(store: DuckDBPyConnection, job: Job) -> dict[str, Any]:
    """Return where the data comes from that a run requests, as columns of its row; refuse a sync of another set."""
    refuse_unwanted_set(store, job)
    condition_set = job.condition_set
    return {
        "registry": job.registry,
        "condition_set": condition_set.name,
        "condition_set_digest": condition_set.digest,
    }


def read_held_origin(store: DuckDBPyConnection, job: Job) -> dict[str, Any]:
    """Return where the data came from that the store holds, as columns of a run's row."""
    origin = read_newest_origin(store)
    if not origin:
        raise NoWarehouse(f"the store {job.paths.store} is empty")
    return origin
