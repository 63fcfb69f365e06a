"""Make the faults that can happen between a registry and its client, for `RegistryServer(faults=[...])`.

A fault is a function that takes the handler of one request and writes to its connection. The connection is closed when
the fault returns. A fault that changes an answer starts from the registry's own answer.
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


def other_answer(answer: Answer) -> Fault:
    """Send this answer and not the registry's own."""
    return lambda handler: handler.reply(answer)


def status(code: int, body: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """Send a status with a plain text, such as 429 with a `Retry-After` header."""
    return other_answer(Answer(code, body.encode(), TEXT, headers or {}))


def html(code: int = 200, body: str = "<html><body>Down for maintenance</body></html>") -> Fault:
    """Send a page for people where the client asked for JSON."""
    return other_answer(Answer(code, body.encode(), HTML))


def json(value: Any) -> Fault:
    """Send a sound JSON document, usually of another shape than the client expects."""
    return other_answer(Answer(200, orjson.dumps(value), JSON))


def redirect(location: str, code: int = 301) -> Fault:
    """Send a redirect to any address."""
    return other_answer(Answer(code, headers={"Location": location}))


def edited_answer(change: Callable[[bytes], bytes]) -> Fault:
    """Send the registry's own answer with its body changed and the right length."""

    def fault(handler: RegistryHandler) -> None:
        answer = handler.make_registry_answer()
        handler.reply(replace(answer, body=change(answer.body)))

    return fault


def raw_bytes(written: bytes) -> Fault:
    """Send these bytes and close the connection; with b"" close it without an answer."""
    return lambda handler: handler.connection.sendall(written)


def cut_json() -> Fault:
    """Send half of the body without a Content-Length: complete for HTTP, but not for a JSON parser."""
    return lambda handler: _send_half(handler, {"Connection": "close"})


def short_body() -> Fault:
    """Send half of the body that Content-Length announced, and close the connection in order."""
    return lambda handler: _send_half(handler, _make_length_header(handler))


def reset_mid_body() -> Fault:
    """Send half of the announced body, and reset the connection."""

    def fault(handler: RegistryHandler) -> None:
        _send_half(handler, _make_length_header(handler))
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # A plain close would wait for the handler's files and end the connection in order.
        os.close(handler.connection.detach())

    return fault


def cut_chunked() -> Fault:
    """Send a chunked body that ends before its last chunk."""

    def fault(handler: RegistryHandler) -> None:
        head, half = _make_head(handler, {"Transfer-Encoding": "chunked"}), _get_half_body(handler)
        handler.connection.sendall(b"%s%x\r\n%s\r\n" % (head, len(half), half))

    return fault


def drip(seconds_between: float = 0.4, longest: float = _LONGEST_SECONDS) -> Fault:
    """Send the answer byte by byte, until the client leaves, the server closes or `longest` seconds are over."""

    def fault(handler: RegistryHandler) -> None:
        handler.connection.sendall(_make_head(handler, _make_length_header(handler)))
        for byte in handler.make_registry_answer().body[: int(longest / seconds_between)]:
            if handler.server.closing.wait(seconds_between):
                break
            handler.connection.sendall(bytes([byte]))

    return fault


def stall_until(event: threading.Event, longest: float = _LONGEST_SECONDS) -> Fault:
    """Send nothing until the event is set, then the answer; no answer if the server closes or `longest` is over."""

    def fault(handler: RegistryHandler) -> None:
        for _ in range(int(longest / _LOOK_SECONDS)):
            if event.is_set():
                handler.reply(handler.make_registry_answer())
                return
            if handler.server.closing.wait(_LOOK_SECONDS):
                return

    return fault


def _make_length_header(handler: RegistryHandler) -> dict[str, str]:
    return {"Content-Length": str(len(handler.make_registry_answer().body))}


def _get_half_body(handler: RegistryHandler) -> bytes:
    body = handler.make_registry_answer().body
    return body[: len(body) // 2]


def _make_head(handler: RegistryHandler, headers: Mapping[str, str]) -> bytes:
    return handler.format_head(200, {"Content-Type": JSON, **headers})


def _send_half(handler: RegistryHandler, headers: Mapping[str, str]) -> None:
    handler.connection.sendall(_make_head(handler, headers) + _get_half_body(handler))
