"""An answer that is slow, silent or without end is cut by the wall clock."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack

import pytest

from extract.client.registry import Registry
from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryUnreachable
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.clients import STUDIES
from tests.support.clock import Clock
from tests.support.made_studies import NIGHT, made_contents


@pytest.mark.fault(59)
def test_nobody_listening_is_tried_again_and_then_explained():
    """A refused connection is retried; the message gives the reason and hints at the proxy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    clock = Clock()
    registry = Registry(
        f"http://127.0.0.1:{port}/api/v2",
        requests_per_second=None,
        patience=120,
        sleep=clock.sleep,
        clock=clock,
    )
    with registry, pytest.raises(RegistryUnreachable, match=r"refused.*HTTPS_PROXY.*REQUESTS_CA_BUNDLE"):
        registry.version()
    assert len(clock.slept) == MAX_ATTEMPTS - 1


@pytest.mark.fault(6)
def test_a_connection_that_is_never_made_is_given_up():
    """A server whose queue is full answers not even the knock; the client leaves when the time is over."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        address = full.getsockname()
        for _ in range(4):  # the queue of a listener that never accepts holds one or two
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(address)
        registry = Registry(
            f"http://127.0.0.1:{address[1]}/api/v2", requests_per_second=None, patience=0.4, sleep=lambda _: None
        )
        with registry, pytest.raises(RegistryUnreachable, match="no whole reply in time"):
            registry.version()


@pytest.mark.fault(6, 7)
def test_a_slow_drip_is_cut_and_tried_again():
    """A reply that drips byte by byte trips no time-out of a socket; the wall clock ends it."""
    with (
        RegistryServer(made_contents(*STUDIES), faults=[faults.drip(0.02)]) as server,
        Registry(server.url, requests_per_second=None, patience=2.0, sleep=lambda _: None) as registry,
    ):
        assert registry.version().data_timestamp == NIGHT
        assert len(server.requests) >= 2


def dripping_head(handler):
    """A status line and header that never end."""
    for _ in range(6000):
        handler.connection.sendall(b"X")
        if handler.server.closing.wait(0.02):
            break


@pytest.mark.fault(7)
@pytest.mark.parametrize("fault", [faults.drip(0.02), dripping_head], ids=["drip in the body", "drip in the head"])
def test_an_endless_drip_ends_with_the_patience(fault):
    """When every attempt drips, in the body or even in the header, the request is given up."""
    with (
        RegistryServer(made_contents(*STUDIES), faults=[fault] * MAX_ATTEMPTS) as server,
        Registry(server.url, requests_per_second=None, patience=0.4, sleep=lambda _: None) as registry,
        pytest.raises(RegistryUnreachable, match="no whole reply in time"),
    ):
        registry.version()
    assert len(server.requests) <= MAX_ATTEMPTS


def test_a_reply_that_was_given_up_is_not_read_on():
    """The connection of a dripping reply is closed soon after its time is over, whatever still comes."""
    left = threading.Event()

    def drip_until_alone(handler):
        handler.connection.sendall(handler.head(200, {"Content-Length": "1000000"}))
        try:
            while not handler.server.closing.wait(0.02):
                handler.connection.sendall(b" ")
        except OSError:
            left.set()

    with (
        RegistryServer(made_contents(*STUDIES), faults=[drip_until_alone]) as server,
        Registry(server.url, requests_per_second=None, patience=2.0, sleep=lambda _: None) as registry,
    ):
        assert registry.version().data_timestamp == NIGHT
        assert left.wait(10)


@pytest.mark.fault(6)
def test_silence_is_a_failure_too():
    """A server that accepts the connection and says nothing is left when the time is over."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Registry(
            f"http://127.0.0.1:{silent.getsockname()[1]}/api/v2",
            requests_per_second=None,
            patience=0.2,
            sleep=lambda _: None,
        ) as registry,
        pytest.raises(RegistryUnreachable, match="no whole reply in time"),
    ):
        registry.version()
