"""Our own Prefect server, in a process of its own: `python -P -m flows.orchestration.server_process HOST PORT`.

It writes its port to standard output once it answers, and ends when its standard input does, so that it never
outlives the process that started it. Everything else goes to standard error.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from copy import deepcopy
from threading import Thread
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from flows.orchestration.door import LOOPBACK_NAMES, PREFECT_HEADERS, Door

EXIT_ADDRESS_TAKEN = 98
"""Another process listens at the address."""

_EXIT_NOT_STARTED = 3


class _Server(uvicorn.Server):
    """Uvicorn's server, which says on a pipe that it answers."""

    def __init__(self, config: uvicorn.Config, ready: int) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and write the port as one line."""
        await super().startup(sockets)
        if self.started and sockets:
            os.write(self._ready, f"{sockets[0].getsockname()[1]}\n".encode())
        os.close(self._ready)


def main(host: str, port: int) -> int:
    """Serve until a signal ends the process, or standard input ends; return the exit code."""
    # Take the address first: of several servers that start at the same time, one gets it.
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return EXIT_ADDRESS_TAKEN
    # What Prefect prints must not fill the pipe of which the starting process reads one line.
    ready = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    server = _make_server(host, ready)
    Thread(target=_end_with_input, daemon=True).start()
    server.run(sockets=[listener])
    return 0 if server.started else _EXIT_NOT_STARTED


def _make_server(host: str, ready: int) -> _Server:
    from prefect.server.api.server import create_app  # noqa: PLC0415 - slow, and the address is taken first
    from prefect.settings import get_current_settings  # noqa: PLC0415 - the same

    settings = get_current_settings().server
    # Under its own name any host may be asked for: then the operator's password is what protects it.
    names = LOOPBACK_NAMES if host in LOOPBACK_NAMES else None
    origins = [origin for origin in settings.api.cors_allowed_origins.split(",") if origin != "*"]
    return _Server(
        uvicorn.Config(
            Door(create_app(final=True), names, origins, PREFECT_HEADERS),
            timeout_keep_alive=settings.api.keepalive_timeout,
            log_level=settings.logging_level.lower(),
            log_config=_make_log_config(),
        ),
        ready,
    )


def _make_log_config() -> dict[str, Any]:
    """Return uvicorn's own configuration of its log, with the time of each line."""
    config = deepcopy(LOGGING_CONFIG)
    for formatter in config["formatters"].values():
        formatter |= {"fmt": f"%(asctime)s {formatter['fmt']}", "datefmt": "%Y-%m-%d %H:%M:%S %z"}
    return config


def _end_with_input() -> None:
    """End this process when standard input ends, because then the process that started it is gone."""
    # A thread inside of Python's own buffer would break the end of the interpreter.
    os.read(sys.stdin.fileno(), 1)
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
