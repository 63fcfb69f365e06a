"""A request is tried again when that may help, within its attempts and its patience, and never beyond."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.errors import RegistryAsksToWait, RegistryForbidden, RegistryRefused, RegistryUnreachable
from extract.registry import Registry
from extract.sample.server import RegistryServer
from extract.transport import MAX_ATTEMPTS
from tests.clock import Clock
from tests.faults import script as faults
from tests.made_studies import NIGHT, made_contents, made_study

CONTENTS = made_contents(made_study(1), made_study(2))
TOO_MANY = 429
UNAVAILABLE = 503


@contextmanager
def asked(*script, patience=120.0, rate=None):
    """A client of a server that follows a script, and the clock that the client sleeps by."""
    clock = Clock()
    with (
        RegistryServer(CONTENTS, faults=script) as server,
        Registry(server.url, requests_per_second=rate, patience=patience, sleep=clock.sleep, clock=clock) as registry,
    ):
        yield registry, server, clock


@pytest.mark.fault(4)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_single_failure_costs_one_retry(status):
    """One bad answer is asked again and shows only in the count of requests."""
    with asked(faults.status(status)) as (registry, server, _):
        assert registry.version().data_timestamp == NIGHT
        assert registry.requests_sent == len(server.requests) == 2


@pytest.mark.fault(8, 9, 10, 11)
@pytest.mark.parametrize(
    "fault",
    [
        faults.raw(b""),
        faults.raw(b"HTTP/1.1 200 OK\r\nContent-Ty"),
        faults.short_body(),
        faults.cut_chunked(),
        faults.reset_mid_body(),
        faults.cut_json(),
        faults.html(),
        faults.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"),
    ],
    ids=["closed", "cut head", "short", "cut chunked", "reset", "cut JSON", "HTML", "not gzip"],
)
def test_a_reply_that_breaks_off_is_asked_for_again(fault):
    """Whatever breaks a reply, nothing of it is kept and the next one counts."""
    with asked(fault) as (registry, server, _):
        assert registry.version().data_timestamp == NIGHT
        assert len(server.requests) == 2


@pytest.mark.fault(5)
def test_a_burst_longer_than_the_attempts_ends():
    """After the last attempt the message names the address, the attempts and the last answer."""
    with (
        asked(*[faults.status(502)] * 5, *[faults.status(UNAVAILABLE)] * 5) as (registry, server, _),
        pytest.raises(RegistryUnreachable) as caught,
    ):
        registry.version()
    assert len(server.requests) == MAX_ATTEMPTS
    message = str(caught.value)
    assert f"GET {server.url}/version" in message
    assert f"{MAX_ATTEMPTS} attempts" in message
    assert "HTTP 503" in message
    assert "the warehouse is as it was" in message


def test_patience_ends_a_burst_before_the_attempts_do():
    """At a pace of one request in ten seconds, twenty-five seconds of patience are three attempts."""
    with asked(*[faults.status(500)] * 10, patience=25, rate=0.1) as (registry, server, clock):
        with pytest.raises(RegistryUnreachable, match="3 attempts over 20 s"):
            registry.version()
        assert clock.slept == [10, 10]
        assert len(server.requests) == 3


@given(st.floats(min_value=0.01, max_value=1000))
@settings(max_examples=20, deadline=None)
def test_no_wait_outlasts_the_patience(patience):
    """Whatever the patience, all waits together stay within it, and every attempt is used."""
    with asked(*[faults.status(500)] * 10, patience=patience) as (registry, server, clock):
        with pytest.raises(RegistryUnreachable):
            registry.version()
        assert sum(clock.slept) < patience
        assert len(server.requests) == MAX_ATTEMPTS


@pytest.mark.fault(3)
def test_waits_grow_and_are_random(monkeypatch):
    """The waits lie below 1, 2, 4, 8 and 16 seconds and are drawn from all of that range."""
    drawn = []
    monkeypatch.setattr("random.uniform", lambda low, high: drawn.append((low, high)) or high)
    with asked(*[faults.status(TOO_MANY)] * MAX_ATTEMPTS) as (registry, _, clock):
        with pytest.raises(RegistryUnreachable):
            registry.version()
        assert [high for _, high in drawn[:5]] == [1, 2, 4, 8, 16]
        assert {low for low, _ in drawn} == {0}
        assert clock.slept == [1, 2, 4, 8, 16]


@pytest.mark.fault(1)
@pytest.mark.parametrize("status", [TOO_MANY, UNAVAILABLE])
def test_retry_after_sets_the_wait(status):
    """A client that is asked to wait seven seconds waits seven seconds."""
    with asked(faults.status(status, headers={"Retry-After": "7"})) as (registry, _, clock):
        registry.version()
        assert clock.slept == [7]


def test_retry_after_means_nothing_beside_another_failure():
    """Only 429 and 503 carry a wait that is meant; after a 500 we wait as long as we see fit."""
    with asked(faults.status(500, headers={"Retry-After": "7"})) as (registry, _, clock):
        registry.version()
        assert clock.slept[0] <= 1


@pytest.mark.fault(2)
def test_retry_after_may_be_a_date():
    """A date is measured against the server's own clock, however wrong ours is."""
    date = {"Retry-After": "Sat, 01 Jan 2000 00:01:30 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}
    with asked(faults.status(TOO_MANY, headers=date)) as (registry, _, clock):
        registry.version()
        assert clock.slept == [90]


@pytest.mark.fault(2)
@pytest.mark.parametrize("value", ["-5", "soon", "", "1e3"])
def test_an_unreadable_retry_after_leaves_our_own_wait(value):
    """Garbage and negative seconds are passed over for the usual backoff."""
    with asked(faults.status(TOO_MANY, headers={"Retry-After": value})) as (registry, _, clock):
        registry.version()
        assert len(clock.slept) == 1
        assert 0 <= clock.slept[0] <= 1


@pytest.mark.fault(2)
def test_a_wait_beyond_the_patience_is_not_begun():
    """Asked to come back in a day, the client says when and sends nothing more."""
    with asked(faults.status(TOO_MANY, headers={"Retry-After": "86400"})) as (registry, server, clock):
        with pytest.raises(RegistryAsksToWait, match=r"come back in 86400 s, at \d{4}-\d\d-\d\d .* UTC"):
            registry.version()
        assert clock.slept == []
        assert len(server.requests) == 1


def test_short_waits_without_end_are_no_matter_of_patience():
    """A registry that asks for a second again and again is given up for its attempts, not for want of patience."""
    with asked(*[faults.status(TOO_MANY, headers={"Retry-After": "1"})] * 9) as (registry, server, _):
        with pytest.raises(RegistryUnreachable, match=r"6 attempts over 5 s \(the last: HTTP 429\)"):
            registry.version()
        assert len(server.requests) == MAX_ATTEMPTS


def test_waits_add_up_against_the_patience():
    """Four waits of thirty seconds are too many for two minutes, though each is short."""
    with asked(*[faults.status(TOO_MANY, headers={"Retry-After": "30"})] * 9) as (registry, _, clock):
        with pytest.raises(RegistryAsksToWait):
            registry.version()
        assert clock.slept == [30, 30, 30]


def test_patience_is_for_one_request():
    """A request that needed most of its patience leaves the next one all of its own."""
    script = [faults.status(TOO_MANY, headers={"Retry-After": "100"})] * 2
    with asked(script[0], None, script[1], None) as (registry, _, clock):
        registry.version()
        registry.version()
        assert clock.slept == [100, 100]


@pytest.mark.parametrize(("status", "error"), [(400, RegistryRefused), (403, RegistryForbidden)])
def test_what_asking_again_cannot_change_is_not_asked_again(status, error):
    """A refusal and a closed door are final at the first answer."""
    with asked(faults.status(status, "no")) as (registry, server, clock):
        with pytest.raises(error):
            registry.version()
        assert len(server.requests) == 1
        assert clock.slept == []


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
        RegistryServer(CONTENTS, faults=[faults.drip(0.02)]) as server,
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
        RegistryServer(CONTENTS, faults=[fault] * MAX_ATTEMPTS) as server,
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
        RegistryServer(CONTENTS, faults=[drip_until_alone]) as server,
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


def test_each_retry_is_announced():
    """Whoever asks for it learns of each retry: the place, the attempt, the wait and the cause."""
    clock, told = Clock(), []
    script = [faults.status(TOO_MANY, headers={"Retry-After": "3"}), faults.html()]
    with (
        RegistryServer(CONTENTS, faults=script) as server,
        Registry(
            server.url,
            requests_per_second=None,
            patience=60,
            on_retry=told.append,
            sleep=clock.sleep,
            clock=clock,
        ) as registry,
    ):
        registry.version()
        assert [(retry.attempt, retry.wait_seconds) for retry in told] == list(zip([1, 2], clock.slept, strict=True))
        assert {retry.place for retry in told} == {f"{server.url}/version"}
        assert told[0].cause == "HTTP 429"
        assert "Down for maintenance" in told[1].cause
