"""What can go wrong between a registry and its client, to be put into `RegistryServer(faults=[...])`.

Each function gives a fault, which is handed the handler of one request and writes to its connection. The
connection is closed when the fault returns. What alters an answer starts from the one the registry has.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from extract.sample.answers import HTML, JSON, TEXT, Answer

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from extract.sample.server import Fault, RegistryHandler

_LONGEST_SECONDS = 120.0
_LOOK_SECONDS = 0.01


def answered(answer: Answer) -> Fault:
    """Another answer than the registry's."""
    return lambda handler: handler.reply(answer)


def status(code: int, body: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """A status with a plain text, such as 429 with a `Retry-After`."""
    return answered(Answer(code, body.encode(), TEXT, headers or {}))


def html(code: int = 200, body: str = "<html><body>Down for maintenance</body></html>") -> Fault:
    """A page meant for people where JSON was asked for."""
    return answered(Answer(code, body.encode(), HTML))


def json(value: Any) -> Fault:
    """A sound JSON document of another shape than expected."""
    return answered(Answer(200, orjson.dumps(value), JSON))


def redirect(location: str, code: int = 301) -> Fault:
    """A redirect to anywhere."""
    return answered(Answer(code, headers={"Location": location}))


def edited(change: Callable[[bytes], bytes]) -> Fault:
    """The registry's own answer with its body changed, its length still right."""

    def fault(handler: RegistryHandler) -> None:
        answer = handler.registry_answer()
        handler.reply(replace(answer, body=change(answer.body)))

    return fault


def raw(written: bytes) -> Fault:
    """These bytes and the end of the connection; b"" closes it without a word."""
    return lambda handler: handler.connection.sendall(written)


def cut_json() -> Fault:
    """Half of the answer without a Content-Length: for HTTP it is whole, only JSON knows better."""
    return lambda handler: _send_part(handler, {"Connection": "close"})


def short_body() -> Fault:
    """Half of the body that Content-Length announced, and an orderly end."""
    return lambda handler: _send_part(handler, _announced(handler))


def reset_mid_body() -> Fault:
    """Half of the announced body, and the connection is reset."""

    def fault(handler: RegistryHandler) -> None:
        _send_part(handler, _announced(handler))
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(handler.connection.detach())  # a plain close would wait for the handler's files and end in order

    return fault


def cut_chunked() -> Fault:
    """A chunked body that ends before its last chunk."""

    def fault(handler: RegistryHandler) -> None:
        head, part = _head(handler, {"Transfer-Encoding": "chunked"}), _part(handler)
        handler.connection.sendall(b"%s%x\r\n%s\r\n" % (head, len(part), part))

    return fault


def drip(seconds_between: float = 0.4, longest: float = _LONGEST_SECONDS) -> Fault:
    """The answer byte by byte, until the client leaves, the server closes or `longest` seconds are over."""

    def fault(handler: RegistryHandler) -> None:
        handler.connection.sendall(_head(handler, _announced(handler)))
        for byte in handler.registry_answer().body[: int(longest / seconds_between)]:
            if handler.server.closing.wait(seconds_between):
                break
            handler.connection.sendall(bytes([byte]))

    return fault


def stall_until(event: threading.Event, longest: float = _LONGEST_SECONDS) -> Fault:
    """Silence until the event is set, then the answer; none once the server closes or `longest` is over."""

    def fault(handler: RegistryHandler) -> None:
        for _ in range(int(longest / _LOOK_SECONDS)):
            if event.is_set():
                handler.reply(handler.registry_answer())
                return
            if handler.server.closing.wait(_LOOK_SECONDS):
                return

    return fault


def _announced(handler: RegistryHandler) -> dict[str, str]:
    return {"Content-Length": str(len(handler.registry_answer().body))}


def _part(handler: RegistryHandler) -> bytes:
    body = handler.registry_answer().body
    return body[: len(body) // 2]


def _head(handler: RegistryHandler, headers: Mapping[str, str]) -> bytes:
    return handler.head(200, {"Content-Type": JSON, **headers})


def _send_part(handler: RegistryHandler, headers: Mapping[str, str]) -> None:
    handler.connection.sendall(_head(handler, headers) + _part(handler))
