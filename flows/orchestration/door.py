"""The door of a server of ours: who may speak to it at all, before Prefect asks for the password.

Prefect itself answers any host name, so a page whose name is turned to this machine would count as its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

Headers = Sequence[tuple[bytes, bytes]]

PREFECT_HEADERS: Headers = (
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'; connect-src 'self'"),
)
"""No other page shows Prefect's pages in a frame, where a click meant for it would land here.

They connect to their own server only: Prefect's pages report to a service in the network otherwise.
"""


class Door:
    """An ASGI application in front of another: it lets in requests of its own pages, and of programs.

    Args:
        app: the application behind the door.
        names: the host names under which it may be asked; None for any.
        origins: further origins that may use it, as in `https://trials.example.org`.
        headers: added to each of its answers.
    """

    def __init__(
        self, app: App, names: Iterable[str] | None, origins: Iterable[str] = (), headers: Headers = ()
    ) -> None:
        self._app = app
        self._headers = headers
        self._origins = frozenset(origins)
        allowed = {urlsplit(origin).hostname or "" for origin in self._origins}
        self._names = None if names is None else frozenset(allowed.union(names))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif not is_welcome(scope["headers"], self._names, self._origins):
            await _refuse(scope["type"], send)
        else:
            await self._app(scope, receive, _add_headers(send, self._headers))


def is_welcome(headers: list[tuple[bytes, bytes]], names: frozenset[str] | None, origins: frozenset[str]) -> bool:
    """Return whether a request with these headers is for this server, and not sent by another's page."""
    fields = {name.lower(): value.decode("latin-1") for name, value in headers}
    host = fields.get(b"host", "")
    if names is not None and _get_hostname(f"//{host}") not in names:
        return False
    origin = fields.get(b"origin")
    return origin is None or origin in origins or origin in {f"http://{host}", f"https://{host}"}


def _get_hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


async def _refuse(kind: str, send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = b"This server answers only its own pages.\n"
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _add_headers(send: Send, headers: Headers) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with_headers
