"""A wait that the registry asks for is waited, and no longer than the patience lasts."""

from __future__ import annotations

import pytest

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryAsksToWait, RegistryUnreachable
from tests.support import faults
from tests.support.clients import asking

TOO_MANY = 429
UNAVAILABLE = 503


@pytest.mark.fault(1)
@pytest.mark.parametrize("status", [TOO_MANY, UNAVAILABLE])
def test_retry_after_sets_the_wait(status):
    """A client that is asked to wait seven seconds waits seven seconds."""
    with asking(faults.status(status, headers={"Retry-After": "7"})) as (registry, _, clock):
        registry.version()
        assert clock.slept == [7]


def test_retry_after_means_nothing_beside_another_failure():
    """Only 429 and 503 carry a wait that is meant; after a 500 we wait as long as we see fit."""
    with asking(faults.status(500, headers={"Retry-After": "7"})) as (registry, _, clock):
        registry.version()
        assert clock.slept[0] <= 1


@pytest.mark.fault(2)
def test_retry_after_may_be_a_date():
    """A date is measured against the server's own clock, however wrong ours is."""
    date = {"Retry-After": "Sat, 01 Jan 2000 00:01:30 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}
    with asking(faults.status(TOO_MANY, headers=date)) as (registry, _, clock):
        registry.version()
        assert clock.slept == [90]


@pytest.mark.fault(2)
@pytest.mark.parametrize("value", ["-5", "soon", "", "1e3"])
def test_an_unreadable_retry_after_leaves_our_own_wait(value):
    """Garbage and negative seconds are passed over for the usual backoff."""
    with asking(faults.status(TOO_MANY, headers={"Retry-After": value})) as (registry, _, clock):
        registry.version()
        assert len(clock.slept) == 1
        assert 0 <= clock.slept[0] <= 1


@pytest.mark.fault(2)
def test_a_wait_beyond_the_patience_is_not_begun():
    """Asked to come back in a day, the client says when and sends nothing more."""
    with asking(faults.status(TOO_MANY, headers={"Retry-After": "86400"})) as (registry, server, clock):
        with pytest.raises(RegistryAsksToWait, match=r"come back in 86400 s, at \d{4}-\d\d-\d\d .* UTC"):
            registry.version()
        assert clock.slept == []
        assert len(server.requests) == 1


def test_short_waits_without_end_are_no_matter_of_patience():
    """A registry that asks for a second again and again is given up for its attempts, not for want of patience."""
    with asking(*[faults.status(TOO_MANY, headers={"Retry-After": "1"})] * 9) as (registry, server, _):
        with pytest.raises(RegistryUnreachable, match=r"6 attempts over 5 s \(the last: HTTP 429\)"):
            registry.version()
        assert len(server.requests) == MAX_ATTEMPTS


def test_waits_add_up_against_the_patience():
    """Four waits of thirty seconds are too many for two minutes, though each is short."""
    with asking(*[faults.status(TOO_MANY, headers={"Retry-After": "30"})] * 9) as (registry, _, clock):
        with pytest.raises(RegistryAsksToWait):
            registry.version()
        assert clock.slept == [30, 30, 30]
