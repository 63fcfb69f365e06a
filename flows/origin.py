"""Where the data of a run comes from: which registry and which condition sets, as columns of its row in `ops.runs`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import duckdb

from extract.condition_set import compute_digest
from warehouse.connect import open_newest
from warehouse.errors import NoWarehouse
from warehouse.known_sets import refuse_other_sets
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
        OtherConditionSet: the warehouse follows a condition set that the job leaves out.
    """
    if not job.paths.store.exists() and job.paths.warehouse.exists():
        refuse_unusable_warehouse(job.paths.warehouse)
    with suppress(NoWarehouse, duckdb.Error), open_newest(job.paths) as newest:
        refuse_newer_store(read_store_facts(newest), job.paths)
        refuse_unwanted_sets(newest, job)


def refuse_unwanted_sets(store: DuckDBPyConnection, job: Job) -> None:
    """Refuse a sync that leaves out a condition set of the warehouse, unless the settings ask for it.

    Raises:
        OtherConditionSet: the warehouse follows a condition set that the job leaves out.
    """
    # A backfill says nothing about who is in a set, so it may name any.
    if job.command == "sync" and not job.settings.replace_set:
        refuse_other_sets(store, job.condition_sets)


def read_requested_origin(store: DuckDBPyConnection, job: Job) -> dict[str, Any]:
    """Return where the data comes from that a run requests, as columns of its row; refuse unwanted sets."""
    refuse_unwanted_sets(store, job)
    return {
        "registry": job.registry,
        "condition_set": ", ".join(each.name for each in job.condition_sets),
        "condition_set_digest": compute_digest(job.condition_sets),
    }


def read_held_origin(store: DuckDBPyConnection, job: Job) -> dict[str, Any]:
    """Return where the data came from that the store holds, as columns of a run's row."""
    origin = read_newest_origin(store)
    if not origin:
        raise NoWarehouse(f"the store {job.paths.store} is empty")
    return origin
