"""A request is tried again when that may help, within its attempts and its patience, and never beyond."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryForbidden, RegistryRefused, RegistryUnreachable
from tests.support import faults
from tests.support.clients import asking
from tests.support.made_studies import NIGHT

TOO_MANY = 429
UNAVAILABLE = 503


@pytest.mark.fault(4)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_single_failure_costs_one_retry(status):
    """One bad answer is asked again and shows only in the count of requests."""
    with asking(faults.status(status)) as (registry, server, _):
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
    with asking(fault) as (registry, server, _):
        assert registry.version().data_timestamp == NIGHT
        assert len(server.requests) == 2


@pytest.mark.fault(5)
def test_a_burst_longer_than_the_attempts_ends():
    """After the last attempt the message names the address, the attempts and the last answer."""
    with (
        asking(*[faults.status(502)] * 5, *[faults.status(UNAVAILABLE)] * 5) as (registry, server, _),
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
    with asking(*[faults.status(500)] * 10, patience=25, rate=0.1) as (registry, server, clock):
        with pytest.raises(RegistryUnreachable, match="3 attempts over 20 s"):
            registry.version()
        assert clock.slept == [10, 10]
        assert len(server.requests) == 3


@given(st.floats(min_value=0.01, max_value=1000))
@settings(max_examples=20, deadline=None)
def test_no_wait_outlasts_the_patience(patience):
    """Whatever the patience, all waits together stay within it, and every attempt is used."""
    with asking(*[faults.status(500)] * 10, patience=patience) as (registry, server, clock):
        with pytest.raises(RegistryUnreachable):
            registry.version()
        assert sum(clock.slept) < patience
        assert len(server.requests) == MAX_ATTEMPTS


@pytest.mark.fault(3)
def test_waits_grow_and_are_random(monkeypatch):
    """The waits lie below 1, 2, 4, 8 and 16 seconds and are drawn from all of that range."""
    drawn = []
    monkeypatch.setattr("random.uniform", lambda low, high: drawn.append((low, high)) or high)
    with asking(*[faults.status(TOO_MANY)] * MAX_ATTEMPTS) as (registry, _, clock):
        with pytest.raises(RegistryUnreachable):
            registry.version()
        assert [high for _, high in drawn[:5]] == [1, 2, 4, 8, 16]
        assert {low for low, _ in drawn} == {0}
        assert clock.slept == [1, 2, 4, 8, 16]


def test_patience_is_for_one_request():
    """A request that needed most of its patience leaves the next one all of its own."""
    script = [faults.status(TOO_MANY, headers={"Retry-After": "100"})] * 2
    with asking(script[0], None, script[1], None) as (registry, _, clock):
        registry.version()
        registry.version()
        assert clock.slept == [100, 100]


@pytest.mark.parametrize(("status", "error"), [(400, RegistryRefused), (403, RegistryForbidden)])
def test_what_asking_again_cannot_change_is_not_asked_again(status, error):
    """A refusal and a closed door are final at the first answer."""
    with asking(faults.status(status, "no")) as (registry, server, clock):
        with pytest.raises(error):
            registry.version()
        assert len(server.requests) == 1
        assert clock.slept == []
