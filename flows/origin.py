"""Where the data of a run comes from: which registry and which condition set, as columns of its row in `ops.runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse.errors import NoWarehouse
from warehouse.known_set import refuse_other_set
from warehouse.runs import read_newest_origin

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from flows.settings import Job


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
