"""The client waits as long as the registry asks, within the patience."""

from __future__ import annotations

import pytest

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryAsksToWait, RegistryUnreachable
from tests.support import faults
from tests.support.clients import open_client

TOO_MANY = 429
UNAVAILABLE = 503


@pytest.mark.fault(1)
@pytest.mark.parametrize("status", [TOO_MANY, UNAVAILABLE])
def test_retry_after_sets_the_wait(status):
    """If the registry asks for a wait of seven seconds, the client waits seven seconds."""
    with open_client(faults.status(status, headers={"Retry-After": "7"})) as (registry, _, clock):
        registry.fetch_version()
        assert clock.slept == [7]


def test_retry_after_of_another_status_is_ignored():
    """Only 429 and 503 have a meaningful Retry-After; after a 500 the client uses its own wait."""
    with open_client(faults.status(500, headers={"Retry-After": "7"})) as (registry, _, clock):
        registry.fetch_version()
        assert clock.slept[0] <= 1


@pytest.mark.fault(2)
def test_retry_after_may_be_a_date():
    """A date is measured against the server's own clock, because our clock may be wrong."""
    date = {"Retry-After": "Sat, 01 Jan 2000 00:01:30 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}
    with open_client(faults.status(TOO_MANY, headers=date)) as (registry, _, clock):
        registry.fetch_version()
        assert clock.slept == [90]


@pytest.mark.fault(2)
@pytest.mark.parametrize("value", ["-5", "soon", "", "1e3"])
def test_an_unreadable_retry_after_is_ignored(value):
    """For garbage and negative seconds the client uses its own wait."""
    with open_client(faults.status(TOO_MANY, headers={"Retry-After": value})) as (registry, _, clock):
        registry.fetch_version()
        assert len(clock.slept) == 1
        assert 0 <= clock.slept[0] <= 1


@pytest.mark.fault(2)
def test_a_wait_beyond_the_patience_ends_the_request():
    """If the registry asks to come back in a day, the client names that time and sends no further request."""
    with open_client(faults.status(TOO_MANY, headers={"Retry-After": "86400"})) as (registry, server, clock):
        with pytest.raises(RegistryAsksToWait, match=r"come back in 86400 s, at \d{4}-\d\d-\d\d .* UTC"):
            registry.fetch_version()
        assert clock.slept == []
        assert len(server.requests) == 1


def test_many_short_waits_end_with_the_attempts():
    """A registry that asks for one second again and again is given up after the last attempt."""
    with open_client(*[faults.status(TOO_MANY, headers={"Retry-After": "1"})] * 9) as (registry, server, _):
        with pytest.raises(RegistryUnreachable, match=r"6 attempts over 5 s \(the last: HTTP 429\)"):
            registry.fetch_version()
        assert len(server.requests) == MAX_ATTEMPTS


def test_waits_add_up_against_the_patience():
    """Four waits of thirty seconds are too long for a patience of two minutes."""
    with open_client(*[faults.status(TOO_MANY, headers={"Retry-After": "30"})] * 9) as (registry, _, clock):
        with pytest.raises(RegistryAsksToWait):
            registry.fetch_version()
        assert clock.slept == [30, 30, 30]
