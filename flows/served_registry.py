"""The registry that a command asks: the one at an address, or the sample, which is served meanwhile."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from flows.settings import SAMPLE
from warehouse.runs import read_last_sync
from warehouse.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.settings import Job


@contextmanager
def serve_registry(job: Job, night: int) -> Iterator[str]:
    """Yield the registry's address; the sample registry is served while the block runs.

    Args:
        job: names the registry.
        night: the night of the sample that is served.
    """
    if job.registry != SAMPLE:
        yield job.registry
        return
    from extract.sample.nights import make_sample_registry  # noqa: PLC0415 - a server that only the sample needs

    with make_sample_registry(night) as server:
        yield server.url


def choose_night(job: Job) -> int:
    """Return the night of the sample that comes next: the one after the night that the last sync has read."""
    if job.registry != SAMPLE:
        return 1
    from extract.sample.nights import find_next_night  # noqa: PLC0415 - as above

    with open_store(job.paths) as store:
        synced = read_last_sync(store)
    return find_next_night(synced.data_timestamp) if synced and synced.registry == SAMPLE else 1
