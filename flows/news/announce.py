"""Announce a night's news after it is published: write the feed, and tell the operator's command.

The run is over by then, so whatever fails here touches neither the data nor the exit code.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from flows.errors import Interrupted
from flows.signals import as_aclf_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.run import ProgressCallback
    from flows.settings import Job
    from warehouse.runs import RunSummary


def prepare_news(job: Job) -> None:
    """Keep what counts as told before the first alert of a warehouse; see `flows.news.alerts`."""
    from flows.news.alerts import ON_CHANGE, remember_beginning  # noqa: PLC0415 - few runs need it

    # Where this fails, so does `tell_news`, which says why.
    if os.environ.get(ON_CHANGE):
        with suppress(Exception):
            remember_beginning(job.paths)


def announce_news(job: Job, on_progress: ProgressCallback) -> RunSummary:
    """Write the feed and tell the news, where they are wanted, and return what to add to the run's summary."""
    from flows.news.alerts import ON_CHANGE, tell_news  # noqa: PLC0415 - few runs need it

    summary: RunSummary = {}
    if job.feed is not None:
        from flows.news.feed import write_feed  # noqa: PLC0415 - lxml is slow to import

        on_progress("writing the feed", 0, 1)
        feed = job.feed
        failure = _find_failure(lambda: write_feed(job.paths.warehouse, feed))
        summary |= {"feed_file": str(feed), "feed_failure": failure}
    if os.environ.get(ON_CHANGE):
        on_progress("telling the news", 0, 1)
        told: list[int | None] = []
        failure = _find_failure(lambda: told.append(tell_news(job.paths, job.alerts)))
        summary |= {"news_told": told[0] if told else 0, "alert_failure": failure}
    return summary


def _find_failure(announce: Callable[[], None]) -> str | None:
    """Return why an announcement failed, also where a fault of this program is the reason; None if it did not.

    Raises:
        Interrupted: a signal ended it.
    """
    try:
        announce()
    except Exception as stop:
        error = as_aclf_error(stop)
        if isinstance(error, Interrupted):
            raise
        return str(error)
    return None
