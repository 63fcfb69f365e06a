"""A request is retried if that may help, within its attempts and its patience."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryForbidden, RegistryRefused, RegistryUnreachable
from tests.support import faults
from tests.support.clients import open_client
from tests.support.made_studies import NIGHT

TOO_MANY = 429
UNAVAILABLE = 503


@pytest.mark.fault(4)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_single_failure_costs_one_retry(status):
    """After one bad answer the client asks again, and only the count of requests shows it."""
    with open_client(faults.status(status)) as (registry, server, _):
        assert registry.fetch_version().data_timestamp == NIGHT
        assert registry.requests_sent == len(server.requests) == 2


@pytest.mark.fault(8, 9, 10, 11)
@pytest.mark.parametrize(
    "fault",
    [
        faults.raw_bytes(b""),
        faults.raw_bytes(b"HTTP/1.1 200 OK\r\nContent-Ty"),
        faults.short_body(),
        faults.cut_chunked(),
        faults.reset_mid_body(),
        faults.cut_json(),
        faults.html(),
        faults.raw_bytes(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"),
    ],
    ids=["closed", "cut head", "short", "cut chunked", "reset", "cut JSON", "HTML", "not gzip"],
)
def test_a_reply_that_is_cut_off_is_requested_again(fault):
    """However a reply is cut off, nothing of it is kept, and the next reply counts."""
    with open_client(fault) as (registry, server, _):
        assert registry.fetch_version().data_timestamp == NIGHT
        assert len(server.requests) == 2


@pytest.mark.fault(5)
def test_the_attempts_end_a_long_series_of_failures():
    """After the last attempt the message names the address, the attempts and the last answer."""
    with (
        open_client(*[faults.status(502)] * 5, *[faults.status(UNAVAILABLE)] * 5) as (registry, server, _),
        pytest.raises(RegistryUnreachable) as caught,
    ):
        registry.fetch_version()
    assert len(server.requests) == MAX_ATTEMPTS
    message = str(caught.value)
    assert f"GET {server.url}/version" in message
    assert f"{MAX_ATTEMPTS} attempts" in message
    assert "HTTP 503" in message
    assert "the warehouse is as it was" in message


def test_patience_may_end_before_the_attempts():
    """At a pace of one request in ten seconds, twenty-five seconds of patience are three attempts."""
    with open_client(*[faults.status(500)] * 10, patience=25, rate=0.1) as (registry, server, clock):
        with pytest.raises(RegistryUnreachable, match="3 attempts over 20 s"):
            registry.fetch_version()
        assert clock.slept == [10, 10]
        assert len(server.requests) == 3


@given(st.floats(min_value=0.01, max_value=1000))
@settings(max_examples=20, deadline=None)
def test_all_waits_stay_within_the_patience(patience):
    """With any patience, all waits together stay within it, and every attempt is used."""
    with open_client(*[faults.status(500)] * 10, patience=patience) as (registry, server, clock):
        with pytest.raises(RegistryUnreachable):
            registry.fetch_version()
        assert sum(clock.slept) < patience
        assert len(server.requests) == MAX_ATTEMPTS


@pytest.mark.fault(3)
def test_waits_grow_and_are_random(monkeypatch):
    """The waits are random numbers between zero and 1, 2, 4, 8 and 16 seconds."""
    drawn = []
    monkeypatch.setattr("random.uniform", lambda low, high: drawn.append((low, high)) or high)
    with open_client(*[faults.status(TOO_MANY)] * MAX_ATTEMPTS) as (registry, _, clock):
        with pytest.raises(RegistryUnreachable):
            registry.fetch_version()
        assert [high for _, high in drawn[:5]] == [1, 2, 4, 8, 16]
        assert {low for low, _ in drawn} == {0}
        assert clock.slept == [1, 2, 4, 8, 16]


def test_each_request_has_its_own_patience():
    """A request that needs most of its patience leaves the full patience to the next one."""
    script = [faults.status(TOO_MANY, headers={"Retry-After": "100"})] * 2
    with open_client(script[0], None, script[1], None) as (registry, _, clock):
        registry.fetch_version()
        registry.fetch_version()
        assert clock.slept == [100, 100]


@pytest.mark.parametrize(("status", "error"), [(400, RegistryRefused), (403, RegistryForbidden)])
def test_a_refusal_is_not_retried(status, error):
    """The first 400 or 403 is final."""
    with open_client(faults.status(status, "no")) as (registry, server, clock):
        with pytest.raises(error):
            registry.fetch_version()
        assert len(server.requests) == 1
        assert clock.slept == []
