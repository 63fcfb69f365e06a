"""The HTTP server of a registry: sockets, a log of what was asked, and faults put in its way by tests."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from extract.sample.answers import BASE_PATH, Answer, answer, split_target

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message
    from types import TracebackType

    from extract.sample.contents import Contents

_SENT_WITH_ITS_HEAD = 1 << 16
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request as it came in: path and query decoded, headers found whatever their case."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message


class RegistryHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, which stays open between them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RegistryServer

    def do_GET(self) -> None:
        """Logs the request, then lets a waiting fault or else the registry answer it."""
        self.server.requests.append(LoggedRequest(self.command, *split_target(self.path), self.headers))
        fault = self.server.next_fault()
        if fault is None:
            self.reply(self.registry_answer())
        else:
            self.close_connection = True
            fault(self)

    def registry_answer(self) -> Answer:
        """What the registry answers: with the night as its ETag, or 304 to a client that has that night."""
        contents = self.server.contents
        given = answer(contents, self.path)
        if given.status != HTTPStatus.OK:
            return given
        etag = {"ETag": f'"{contents.data_timestamp}"'}
        if self.headers.get("If-None-Match") == etag["ETag"]:
            return Answer(HTTPStatus.NOT_MODIFIED, headers=etag)
        return replace(given, headers=etag)

    def reply(self, given: Answer) -> None:
        """Sends an answer with its exact length; a small one in a single write."""
        body, headers = given.body, self._headers(given)
        if self.server.compress and body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if given.status != HTTPStatus.NOT_MODIFIED:
            headers["Content-Length"] = str(len(body))
        if self.close_connection:
            headers["Connection"] = "close"
        head = self.head(given.status, headers)
        for block in [head + body] if len(body) < _SENT_WITH_ITS_HEAD else [head, body]:
            self.connection.sendall(block)

    def head(self, status: int, headers: dict[str, str]) -> bytes:
        """The status line and headers as they go over the wire."""
        phrase, _ = self.responses.get(status, ("", ""))
        lines = [f"{self.protocol_version} {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _headers(self, given: Answer) -> dict[str, str]:
        headers = {"Date": self.date_time_string()}
        if given.content_type:
            headers["Content-Type"] = given.content_type
        if self.server.contents.sample:
            headers["X-Sample-Registry"] = "aclf-trials"
        return headers | dict(given.headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Writes nothing: what was asked is in `RegistryServer.requests`."""


Fault: TypeAlias = Callable[[RegistryHandler], None]


class RegistryServer(ThreadingTCPServer):
    """A registry on loopback, served by a daemon thread from `with` to the end of its block.

    Attributes:
        contents: what is served; assign another night to let the registry reload between two requests.
        faults: what goes wrong, one entry a request, from the left; None lets a request through. A fault
            writes to the handler's connection whatever it likes, and the connection is closed after it.
        requests: every request so far.
        closing: set when the server is about to close, so that a slow fault can stop.
        compress: whether to gzip for clients that accept it.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self,
        contents: Contents,
        *,
        faults: Iterable[Fault | None] = (),
        port: int = 0,
        compress: bool = False,
    ) -> None:
        """Binds 127.0.0.1; port 0 lets the system choose one.

        Raises:
            OSError: when the port is taken.
        """
        super().__init__(("127.0.0.1", port), RegistryHandler)
        self.contents = contents
        self.faults = deque(faults)
        self.requests: list[LoggedRequest] = []
        self.closing = threading.Event()
        self.compress = compress
        self._connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """The base URL: `http://127.0.0.1:49152/api/v2`."""
        return f"http://127.0.0.1:{self.server_address[1]}{BASE_PATH}"

    def next_fault(self) -> Fault | None:
        """Takes the fault meant for this request, if there is one."""
        try:
            return self.faults.popleft()
        except IndexError:
            return None

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.shutdown()
        for connection in tuple(self._connections):
            with suppress(OSError):  # the client may have left in the meantime
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the connection, which may be kept open, and serves it in a thread of its own."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection that has been served."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Shows an error of the server's own; a client that leaves early is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
