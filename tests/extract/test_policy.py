"""Every HTTP status, and every failure on the way, has one decision, and the client follows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from extract.client.policy import (
    DECISIONS,
    Action,
    Decision,
    Failure,
    get_decision,
    read_data_release,
    read_retry_after,
)
from extract.client.registry import Registry, Version
from extract.client.transport import MAX_ATTEMPTS
from extract.errors import (
    ProxyRefused,
    RegistryChangedShape,
    RegistryForbidden,
    RegistryRefused,
    RegistryUnreachable,
    UnexpectedRedirect,
)
from tests.support.clock import Clock

BASE_URL = "https://registry.example/api/v2"
NOW = datetime(2026, 9, 11, 9, 0, 0, tzinfo=UTC)
DATE = "Fri, 11 Sep 2026 09:00:00 GMT"

EXPECTED_ACTIONS = {
    200: Action.ACCEPT,
    204: Action.UNDOCUMENTED,
    206: Action.UNDOCUMENTED,
    301: Action.FOLLOW_ALIAS,
    302: Action.UNEXPECTED_REDIRECT,
    303: Action.UNEXPECTED_REDIRECT,
    304: Action.UNDOCUMENTED,
    307: Action.UNEXPECTED_REDIRECT,
    308: Action.UNEXPECTED_REDIRECT,
    400: Action.REFUSED,
    401: Action.FORBIDDEN,
    403: Action.FORBIDDEN,
    404: Action.NOT_FOUND,
    405: Action.REFUSED,
    407: Action.CORRECT_LOGIN,
    408: Action.RETRY,
    410: Action.REFUSED,
    414: Action.REFUSED,
    425: Action.RETRY,
    429: Action.RETRY,
    451: Action.FORBIDDEN,
    500: Action.RETRY,
    502: Action.RETRY,
    503: Action.RETRY,
    504: Action.RETRY,
    599: Action.RETRY,
    100: Action.UNDOCUMENTED,
    600: Action.UNDOCUMENTED,
    999: Action.UNDOCUMENTED,
}

ERRORS = {
    Action.RETRY: RegistryUnreachable,
    Action.FOLLOW_ALIAS: UnexpectedRedirect,  # of anything but a study
    Action.UNEXPECTED_REDIRECT: UnexpectedRedirect,
    Action.NOT_FOUND: RegistryRefused,  # of anything but a study
    Action.REFUSED: RegistryRefused,
    Action.FORBIDDEN: RegistryForbidden,
    Action.CORRECT_LOGIN: ProxyRefused,
    Action.UNDOCUMENTED: RegistryChangedShape,
}


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_one_decision(status):
    """Every status from 100 to 599 has the decision of its own line, else of its class."""
    assert get_decision(status) == DECISIONS.get(status, DECISIONS[f"{status // 100}xx"])


@pytest.mark.parametrize(("status", "action"), EXPECTED_ACTIONS.items())
def test_a_known_status_has_its_action(status, action):
    """The statuses that were seen, or are likely, have the action that this file lists by hand."""
    assert get_decision(status).action is action


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_on_the_way_has_a_decision(failure):
    """Every failure is retried, except a reply that is too large and the refusals of a proxy."""
    final = {
        Failure.TOO_LARGE: Action.TOO_LARGE,
        Failure.PROXY_LOGIN: Action.CORRECT_LOGIN,
        Failure.PROXY_REFUSAL: Action.FORBIDDEN_BY_PROXY,
    }
    assert get_decision(failure) == Decision(final.get(failure, Action.RETRY))


def test_retry_after_is_obeyed_with_429_and_503():
    """Only 429 and 503 set the wait by their Retry-After."""
    assert [answer for answer, decision in DECISIONS.items() if decision.obeys_retry_after] == [429, 503]


@pytest.mark.parametrize("status", range(200, 600))
def test_the_client_follows_the_table(status):
    """Each status has the outcome of its line, and only RETRY leads to more requests."""
    clock = Clock()
    body = "" if status in {204, 304} else '{"apiVersion": "2.0.5", "dataTimestamp": "2026-09-11T09:00:04"}'
    with responses.RequestsMock() as server:
        server.get(f"{BASE_URL}/version", status=status, body=body)
        with Registry(BASE_URL, requests_per_second=None, patience=1e6, sleep=clock.sleep, clock=clock) as registry:
            action = get_decision(status).action
            if action is Action.ACCEPT:
                assert registry.fetch_version() == Version("2.0.5", "2026-09-11T09:00:04")
            else:
                with pytest.raises(ERRORS[action], match=rf"{status}|redirected"):
                    registry.fetch_version()
            assert registry.requests_sent == (MAX_ATTEMPTS if action is Action.RETRY else 1)


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("0", DATE, 0.0),
        ("7", DATE, 7.0),
        (" 120 ", None, 120.0),
        ("86400", DATE, 86400.0),
        ("Fri, 11 Sep 2026 09:00:30 GMT", DATE, 30.0),
        ("Fri, 11 Sep 2026 09:00:30 GMT", None, 30.0),  # against our own clock
        ("Fri, 11 Sep 2026 10:00:30 GMT", "Fri, 11 Sep 2026 10:00:00 GMT", 30.0),  # our clock is an hour slow
        ("Fri, 11 Sep 2026 09:00:30 GMT", "yesterday", 30.0),
        ("Fri, 11 Sep 2026 09:00:30 -0000", DATE, 30.0),
        ("Fri, 11 Sep 2026 08:59:59 GMT", DATE, None),
        ("-5", DATE, None),
        ("+5", DATE, None),
        ("1.5", DATE, None),
        ("１２", DATE, None),
        ("9999999999", DATE, None),
        ("soon", DATE, None),
        ("Fri, 99 Sep 2026 09:00:30 GMT", DATE, None),
        ("Fri, 11 Sep 99999999999999999999 09:00:30 GMT", DATE, None),
        ("Fri, 11 Sep 2026 99999999999999999999:00:30 GMT", DATE, None),
        ("Fri, 11 Sep 2026 09:00:30 +99999999999999", DATE, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DATE, None),
        ("Sun, 11 Sep 2050 09:00:00 GMT", DATE, 757382400.0),
        ("Fri, 11 Sep 2026 09:00:30 GMT", "Fri, 11 Sep 99999999999999999999 09:00:30 GMT", 30.0),
        ("Fri, 11 Sep 2026 09:00:009999999999999999999", DATE, None),
        (DATE, DATE, 0.0),
        ("Mon, 20 May 2058 10:46:39 GMT", DATE, 999_999_999.0),
        ("Mon, 20 May 2058 10:46:40 GMT", DATE, None),
        ("", DATE, None),
        (None, DATE, None),
    ],
)
def test_retry_after_is_read_or_ignored(header, date, seconds):
    """Seconds and dates are read, dates against the server's clock; a past date and garbage are None."""
    assert read_retry_after(header, date, NOW) == seconds


DATE_LIKE = st.from_regex(
    r"(Fri, )?[0-9]{1,25} (Sep|Foo) [0-9]{1,25} [0-9]{1,25}:[0-9]{1,3}:[0-9]{1,3} [-+]?[0-9]{1,20}"
)


@given(st.text() | DATE_LIKE, st.none() | st.text() | DATE_LIKE)
def test_any_header_gives_a_wait_or_none(header, date):
    """For any header, the wait is None or a number of seconds from zero up."""
    seconds = read_retry_after(header, date, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("etag", "release"),
    [
        ('"883b003/0.34.1/msspuzuw"', "2026-08-14T09:00:05"),
        ('W/"883b003/0.34.1/msspuzuw-gzip"', "2026-08-14T09:00:05"),
        ('"883b003/0.34.1/MSSPUZUW"', None),
        ('"883b003/0.34.1/msspuzuwmsspuzuw"', None),
        ('"883b003/0.34.1"', None),
        ('"5f3e-a1b2"', None),
        ("", None),
        (None, None),
    ],
)
def test_the_data_release_is_read_from_the_etag(etag, release):
    """The third part of a recorded ETag is the release that `/version` names; any other form says nothing."""
    assert read_data_release(etag) == release
