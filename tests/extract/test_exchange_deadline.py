"""The client ends an answer that is slow, silent or endless, by the wall clock."""

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
from tests.support.made_studies import NIGHT, make_contents


@pytest.mark.fault(59)
def test_a_refused_connection_is_retried_and_then_explained():
    """A refused connection is retried; the message gives the reason and names the settings to check."""
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
        registry.fetch_version()
    assert len(clock.slept) == MAX_ATTEMPTS - 1


@pytest.mark.fault(6)
def test_a_connection_that_never_opens_is_given_up():
    """A server with a full queue does not accept a connection; the client gives up when the time is over."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        address = full.getsockname()
        for _ in range(4):  # the queue of a listener that never accepts holds one or two
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(address)
        registry = Registry(
            f"http://127.0.0.1:{address[1]}/api/v2", requests_per_second=None, patience=0.4, sleep=lambda _: None
        )
        with registry, pytest.raises(RegistryUnreachable, match="no complete reply in time"):
            registry.fetch_version()


@pytest.mark.fault(6, 7)
def test_a_slow_drip_is_ended_and_tried_again():
    """A reply that comes byte by byte never reaches a socket's time-out; the wall clock ends it."""
    with (
        RegistryServer(make_contents(*STUDIES), faults=[faults.drip(0.02)]) as server,
        Registry(server.url, requests_per_second=None, patience=2.0, sleep=lambda _: None) as registry,
    ):
        assert registry.fetch_version().data_timestamp == NIGHT
        assert len(server.requests) >= 2


def drip_head(handler):
    """Send a status line that never ends."""
    for _ in range(6000):
        handler.connection.sendall(b"X")
        if handler.server.closing.wait(0.02):
            break


@pytest.mark.fault(7)
@pytest.mark.parametrize("fault", [faults.drip(0.02), drip_head], ids=["drip in the body", "drip in the head"])
def test_an_endless_drip_ends_with_the_patience(fault):
    """If every attempt drips, in the body or in the header, the client gives the request up."""
    with (
        RegistryServer(make_contents(*STUDIES), faults=[fault] * MAX_ATTEMPTS) as server,
        Registry(server.url, requests_per_second=None, patience=0.4, sleep=lambda _: None) as registry,
        pytest.raises(RegistryUnreachable, match="no complete reply in time"),
    ):
        registry.fetch_version()
    assert len(server.requests) <= MAX_ATTEMPTS


def test_a_reply_that_was_given_up_is_not_read_further():
    """The client closes the connection of a dripping reply soon after its time is over."""
    client_has_left = threading.Event()

    def drip_until_alone(handler):
        handler.connection.sendall(handler.format_head(200, {"Content-Length": "1000000"}))
        try:
            while not handler.server.closing.wait(0.02):
                handler.connection.sendall(b" ")
        except OSError:
            client_has_left.set()

    with (
        RegistryServer(make_contents(*STUDIES), faults=[drip_until_alone]) as server,
        Registry(server.url, requests_per_second=None, patience=2.0, sleep=lambda _: None) as registry,
    ):
        assert registry.fetch_version().data_timestamp == NIGHT
        assert client_has_left.wait(10)


@pytest.mark.fault(6)
def test_a_silent_server_is_given_up():
    """A server that accepts the connection and sends nothing is given up when the time is over."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Registry(
            f"http://127.0.0.1:{silent.getsockname()[1]}/api/v2",
            requests_per_second=None,
            patience=0.2,
            sleep=lambda _: None,
        ) as registry,
        pytest.raises(RegistryUnreachable, match="no complete reply in time"),
    ):
        registry.fetch_version()
