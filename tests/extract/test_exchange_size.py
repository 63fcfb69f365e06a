"""A reply without end, and one packed small, is given up before it fills the memory."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import tracemalloc
from contextlib import suppress

import pytest

from extract.client import api
from extract.errors import ReplyTooLarge
from tests.support.clients import fetched
from tests.support.made_studies import made_contents, made_study


@pytest.mark.fault(48)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_a_reply_without_end_is_not_read_to_its_end(monkeypatch, compress):
    """Over the cap, counted after unpacking, reading stops and the size is told."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 1000)
    huge = made_contents(made_study(1, title="x" * 10_000_000))
    with pytest.raises(ReplyTooLarge, match="longer than 1,000 bytes"):
        fetched(contents=huge, compress=compress)


@pytest.mark.fault(48)
def test_memory_is_bounded_by_the_limit_of_a_reply(monkeypatch):
    """Of a body that never ends and tells no length, little more than the limit is ever held or even sent."""
    limit, block = 1_000_000, b" " * 100_000
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", limit)
    left = threading.Event()
    sent = itertools.count()

    def endless(handler):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(block))
        handler.connection.sendall(handler.head(200, {"Content-Type": "application/json"}))
        with suppress(OSError):  # the client has left
            while not handler.server.closing.is_set():
                handler.connection.sendall(block)
                next(sent)
        left.set()

    assert peak_of_a_reply_too_large(endless) < 3 * limit
    assert left.wait(10)
    assert next(sent) * len(block) < 20 * limit


@pytest.mark.fault(48)
def test_memory_is_bounded_for_what_is_packed_small(monkeypatch):
    """Three hundred megabytes that are packed into three hundred kilobytes are not unpacked before they are counted."""
    limit, packed = 1_000_000, gzip.compress(b" " * 300_000_000)
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", limit)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": str(len(packed))}

    def bomb(handler):
        handler.connection.sendall(handler.head(200, headers) + packed)

    assert peak_of_a_reply_too_large(bomb) < 3 * limit


def peak_of_a_reply_too_large(fault):
    """The most memory in bytes that is held while a reply is refused for its size."""
    tracemalloc.start()
    with pytest.raises(ReplyTooLarge, match="longer than 1,000,000 bytes"):
        fetched(fault)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
