"""The HTTP server of a registry: its sockets, a log of its requests, and the faults that tests inject."""

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

from extract.sample.answers import BASE_PATH, Answer, answer_request, split_target

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message
    from types import TracebackType

    from extract.sample.contents import Contents

_LARGEST_SINGLE_WRITE = 1 << 16
_POLL_SECONDS = 0.01
_GZIP_MARK = "-gzip"


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request as it came in: path and query decoded; the names of headers in any case."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message


class RegistryHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, which stays open between requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RegistryServer

    def do_GET(self) -> None:
        """Log the request, then let the next fault answer it, or the registry if there is no fault."""
        self.server.requests.append(LoggedRequest(self.command, *split_target(self.path), self.headers))
        fault = self.server.take_next_fault()
        if fault is None:
            self.reply(self.make_registry_answer())
        else:
            self.close_connection = True
            fault(self)

    def make_registry_answer(self) -> Answer:
        """Return the answer of the registry, with the night in its ETag; 304 if the client has that night."""
        contents = self.server.contents
        answer = answer_request(contents, self.path)
        if answer.status != HTTPStatus.OK:
            return answer
        headers = {"ETag": contents.etag}
        if self.headers.get("If-None-Match", "").replace(_GZIP_MARK, "") == contents.etag:
            return Answer(HTTPStatus.NOT_MODIFIED, headers=headers)
        return replace(answer, headers=headers)

    def reply(self, answer: Answer) -> None:
        """Send an answer with its exact length."""
        body = answer.body
        headers = self._make_headers(answer)
        if self.server.compress and body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
            if "ETag" in headers:
                headers["ETag"] = f'{headers["ETag"][:-1]}{_GZIP_MARK}"'
        if answer.status != HTTPStatus.NOT_MODIFIED:
            headers["Content-Length"] = str(len(body))
        if self.close_connection:
            headers["Connection"] = "close"

        # A small answer goes out in one write. A large body is not copied to join it with its head.
        head = self.format_head(answer.status, headers)
        blocks = [head + body] if len(body) < _LARGEST_SINGLE_WRITE else [head, body]
        for block in blocks:
            self.connection.sendall(block)

    def format_head(self, status: int, headers: dict[str, str]) -> bytes:
        """Return the status line and the headers as they are sent."""
        phrase, _ = self.responses.get(status, ("", ""))
        lines = [f"{self.protocol_version} {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _make_headers(self, answer: Answer) -> dict[str, str]:
        headers = {"Date": self.date_time_string()}
        if answer.content_type:
            headers["Content-Type"] = answer.content_type
        if self.server.contents.sample:
            headers["X-Sample-Registry"] = "aclf-trials"
        return headers | dict(answer.headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Write nothing: the requests are in `RegistryServer.requests`."""


Fault: TypeAlias = Callable[[RegistryHandler], None]


class RegistryServer(ThreadingTCPServer):
    """A registry on loopback; a daemon thread serves it inside a `with` block.

    Args:
        contents: The studies.
        faults: What goes wrong, see below.
        port: A port of 127.0.0.1; 0 lets the system choose a free one.
        compress: Whether to gzip answers for clients that accept it.

    Attributes:
        contents: The studies; assign another night to make the registry reload its data between two requests.
        faults: What goes wrong, one entry a request, from the left; None lets a request through. A fault may
            write anything to the handler's connection, and the connection is closed after it.
        requests: Every request so far.
        closing: Set when the server is about to close, so that a slow fault can stop.
        compress: Whether to gzip answers.

    Raises:
        OSError: The port is taken.
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

    def take_next_fault(self) -> Fault | None:
        """Return the fault of the current request and remove it from the list, or return None."""
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
        # A client may keep a connection open. Close it, so that no thread answers after the block.
        for connection in tuple(self._connections):
            with suppress(OSError):  # the client may have left in the meantime
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, which may stay open, and serve it in its own thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection after its last request."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Show an error of the server itself; a client that leaves early is not an error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
