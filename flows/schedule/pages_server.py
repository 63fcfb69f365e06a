"""The thread that serves the pages of `aclf serve`."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from extract.printable import clean_sentence
from flows.schedule.pages_app import make_app

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from flows.schedule.pages_address import PagesSettings
    from warehouse.paths import Paths

_LONGEST_END_SECONDS = 5


@contextmanager
def serve_pages(paths: Paths, settings: PagesSettings, listener: socket.socket) -> Iterator[None]:
    """Serve the pages of a warehouse in a thread while the block runs.

    Args:
        paths: the warehouse's.
        settings: what the operator says about the pages.
        listener: where they listen.
    """
    _log_faults()
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(paths, settings.names, settings.origins),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_LONGEST_END_SECONDS,
        )
    )
    # A thread that is left behind must not keep the schedule from its end.
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="pages", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(2 * _LONGEST_END_SECONDS)


class _CleanFormatter(logging.Formatter):
    """Writes a record with its time in UTC, and each of its lines without what could steer a terminal."""

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        return time.gmtime(seconds)

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(clean_sentence, super().format(record).splitlines()))


def _log_faults() -> None:
    """Write what uvicorn says of a fault of the program, with its traceback, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_CleanFormatter("%(asctime)s UTC  aclf: pages: %(message)s", "%Y-%m-%d %H:%M:%S"))
    log = logging.getLogger("uvicorn.error")
    log.addHandler(handler)
    log.setLevel(logging.ERROR)
    log.propagate = False
