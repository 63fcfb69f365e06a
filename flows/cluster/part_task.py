"""Making a part as a Prefect task, the only one that leaves the run's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributed import get_worker
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.settings import get_current_settings

from flows.cluster.packages import answer_package, describe_maker

if TYPE_CHECKING:
    from flows.cluster.packages import Package


def describe_worker() -> tuple[tuple[str, str], bool]:
    """Return how this worker makes parts (see `describe_maker`), and whether it knows a Prefect server."""
    return describe_maker(), bool(get_current_settings().api.url)


def answer_on_worker(package: Package) -> Package:
    """Make the part of a package in a worker of the cluster, in the folder that Dask empties if the worker dies."""
    return answer_package(package, get_worker().local_directory)


MAKE_PART = task(
    name="make part",
    # Two runs never want the same part, and what a worker has made is on the run's disk.
    cache_policy=NO_CACHE,
    persist_result=False,
    # Dask gives the part of a worker that died to another; what else goes wrong would go wrong again.
    retries=0,
)(answer_on_worker)
