"""Stand between a client and a PostgreSQL, and cut the connection when the server has answered a commit."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES = 1 << 16
_COMMIT = b"COMMIT\0"


@contextmanager
def commit_without_answer(server_port: int) -> Iterator[int]:
    """Yield the port of a proxy for one connection, which forwards everything except the answer to a commit."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        proxy = Thread(target=_serve, args=(door, server_port))
        proxy.start()
        yield door.getsockname()[1]
        proxy.join()


def _serve(door: socket.socket, server_port: int) -> None:
    client, _ = door.accept()
    with client, socket.create_connection(("127.0.0.1", server_port)) as server:
        answers = Thread(target=_forward_answers, args=(server, client))
        answers.start()
        while data := client.recv(_BYTES):
            if _COMMIT in data:
                # From here on the client hears no more, and the server's answer ends the proxy.
                client.shutdown(socket.SHUT_WR)
                server.sendall(data)
                break
            server.sendall(data)
        answers.join()


def _forward_answers(server: socket.socket, client: socket.socket) -> None:
    try:
        while data := server.recv(_BYTES):
            client.sendall(data)
    except OSError:
        return
