"""Serve sockets on loopback, for what is not HTTP: proxies, TLS, answers that end half-way."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def serve_clients(greet: Callable[[socket.socket], object]) -> Iterator[int]:
    """Run a server on loopback that calls `greet` with each client; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept_clients() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:  # the test is over
                    return
                with client:
                    greet(client)

        Thread(target=accept_clients, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
