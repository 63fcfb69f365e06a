"""A reply that is endless, or small only while compressed, is given up before it fills the memory."""

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
from tests.support.clients import fetch_studies
from tests.support.made_studies import make_contents, make_study


@pytest.mark.fault(48)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_reading_stops_at_the_longest_reply(monkeypatch, compress):
    """Above the limit, counted after decompression, reading stops, and the message names the limit."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 1000)
    huge = make_contents(make_study(1, title="x" * 10_000_000))
    with pytest.raises(ReplyTooLarge, match="longer than 1,000 bytes"):
        fetch_studies(contents=huge, compress=compress)


@pytest.mark.fault(48)
def test_memory_is_bounded_by_the_limit_of_a_reply(monkeypatch):
    """The client stops an endless body without a length: it holds, and the server sends, little more than the limit."""
    limit, block = 1_000_000, b" " * 100_000
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", limit)
    client_has_left = threading.Event()
    sent = itertools.count()

    def send_without_end(handler):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(block))
        handler.connection.sendall(handler.format_head(200, {"Content-Type": "application/json"}))
        with suppress(OSError):  # the client has left
            while not handler.server.closing.is_set():
                handler.connection.sendall(block)
                next(sent)
        client_has_left.set()

    assert measure_peak_memory(send_without_end) < 3 * limit
    assert client_has_left.wait(10)
    assert next(sent) * len(block) < 20 * limit


@pytest.mark.fault(48)
def test_memory_is_bounded_for_a_compressed_reply(monkeypatch):
    """A compressed body of 300 kB that holds 300 MB is counted while it is decompressed."""
    limit, compressed = 1_000_000, gzip.compress(b" " * 300_000_000)
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", limit)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": str(len(compressed))}

    def send_compressed(handler):
        handler.connection.sendall(handler.format_head(200, headers) + compressed)

    assert measure_peak_memory(send_compressed) < 3 * limit


def measure_peak_memory(fault):
    """Return the most bytes of memory that the client holds while it refuses a reply for its size."""
    tracemalloc.start()
    with pytest.raises(ReplyTooLarge, match="longer than 1,000,000 bytes"):
        fetch_studies(fault)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
