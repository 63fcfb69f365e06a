"""What each answer of the registry means, as one table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(Enum):
    """What the client does with an answer."""

    ACCEPT = auto()
    """Read it."""
    RETRY = auto()
    """Ask again, within the attempts and the patience."""
    FOLLOW_ALIAS = auto()
    """Go to the current id of a merged study; for any other request this is an unexpected redirect."""
    NOT_FOUND = auto()
    """The study does not exist; for any other request this is a refusal."""
    REFUSED = auto()
    """The request is wrong: show what the registry says about it."""
    FORBIDDEN = auto()
    """The registry turns the client away."""
    CORRECT_LOGIN = auto()
    """The proxy does not accept the user name and the password. Most companies lock an account after a few of these."""
    FORBIDDEN_BY_PROXY = auto()
    """The proxy turns the client away."""
    UNEXPECTED_REDIRECT = auto()
    """Name the target and do not go there."""
    UNDOCUMENTED = auto()
    """The API does not document this answer."""
    TOO_LARGE = auto()
    """Stop reading."""


class Failure(Enum):
    """What can go wrong before there is an answer; the value is the wording of a message."""

    NO_CONNECTION = "no connection"
    NO_PROXY = "no connection through the proxy"
    PROXY_LOGIN = "the proxy does not accept the user name and password"
    PROXY_REFUSAL = "the proxy does not let the connection through"
    TIMED_OUT = "no complete reply in time"
    CUT_SHORT = "the reply was cut off"
    UNDECODABLE = "the reply could not be decompressed"
    NOT_JSON = "the reply is not complete JSON"
    UNREADABLE = "the reply is complete, but not JSON"
    TOO_LARGE = "the reply is too large"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an answer.

    Attributes:
        action: What the client does with the answer.
        obeys_retry_after: Whether the Retry-After header of the answer sets the wait.
    """

    action: Action
    obeys_retry_after: bool = False


# A class such as 4xx stands for each of its statuses that is not listed itself.
DECISIONS: Mapping[int | str | Failure, Decision] = {
    "1xx": Decision(Action.UNDOCUMENTED),
    200: Decision(Action.ACCEPT),
    "2xx": Decision(Action.UNDOCUMENTED),  # 206 is part of a reply, 204 is none
    301: Decision(Action.FOLLOW_ALIAS),  # seen for a study that was merged into another
    "3xx": Decision(Action.UNEXPECTED_REDIRECT),
    304: Decision(Action.UNDOCUMENTED),  # the client never sends a conditional request
    401: Decision(Action.FORBIDDEN),
    403: Decision(Action.FORBIDDEN),  # seen where the User-Agent is not that of the HTTP library that sends it
    404: Decision(Action.NOT_FOUND),
    407: Decision(Action.CORRECT_LOGIN),  # from a proxy; most arrive as Failure.PROXY_LOGIN
    408: Decision(Action.RETRY),
    425: Decision(Action.RETRY),
    429: Decision(Action.RETRY, obeys_retry_after=True),  # reported at peak hours, without the header
    451: Decision(Action.FORBIDDEN),
    "4xx": Decision(Action.REFUSED),  # 400 names the fault in plain text, 414 (a page) means that the URL is too long
    503: Decision(Action.RETRY, obeys_retry_after=True),
    "5xx": Decision(Action.RETRY),
    # Failures on the way. Another attempt may help with most of them.
    Failure.NO_CONNECTION: Decision(Action.RETRY),
    Failure.NO_PROXY: Decision(Action.RETRY),
    Failure.PROXY_LOGIN: Decision(Action.CORRECT_LOGIN),
    Failure.PROXY_REFUSAL: Decision(Action.FORBIDDEN_BY_PROXY),
    Failure.TIMED_OUT: Decision(Action.RETRY),
    Failure.CUT_SHORT: Decision(Action.RETRY),
    Failure.UNDECODABLE: Decision(Action.RETRY),
    Failure.NOT_JSON: Decision(Action.RETRY),  # a maintenance page, or JSON that was cut off without a trace
    Failure.UNREADABLE: Decision(Action.RETRY),  # a byte was damaged on the way, or the registry sends it so
    Failure.TOO_LARGE: Decision(Action.TOO_LARGE),
}
"""The decision for an HTTP status, for a class of statuses, and for a failure on the way."""

_UNDOCUMENTED = Decision(Action.UNDOCUMENTED)


def get_decision(answer: int | Failure) -> Decision:
    """Return the decision for an answer.

    Args:
        answer: An HTTP status, or what went wrong on the way.

    Returns:
        The decision of the status itself, else of its class; a status outside 100 to 599 is undocumented.
    """
    if isinstance(answer, Failure):
        return DECISIONS[answer]
    return DECISIONS.get(answer) or DECISIONS.get(f"{answer // 100}xx", _UNDOCUMENTED)


_SECONDS = re.compile(r"[0-9]{1,9}")
_LONGEST_SECONDS = 999_999_999
"""32 years. A longer wait cannot be meant, and the moment may lie beyond the last date."""


def read_retry_after(value: str | None, server_date: str | None, now: datetime) -> float | None:
    """Read a Retry-After header.

    Args:
        value: The header: whole seconds, or an HTTP date.
        server_date: The Date header of the answer. A date is measured against it, because our clock may be wrong.
        now: The time to measure against where that header is missing or unreadable; aware.

    Returns:
        Seconds to wait, or None where the header is absent, unreadable, in the past or decades away.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    retry_at = _parse_http_date(text)
    if retry_at is None:
        return None
    measured_from = _parse_http_date(server_date or "") or now
    seconds = (retry_at - measured_from).total_seconds()
    return seconds if 0 <= seconds <= _LONGEST_SECONDS else None


def read_server_time(date: str | None, age: str | None) -> datetime | None:
    """Read the server's time from the headers of an answer.

    Args:
        date: The Date header: when the answer was made.
        age: The Age header: how many seconds a cache has kept it since.

    Returns:
        The time, aware, or None where the date is missing or cannot be read.
    """
    made_at = _parse_http_date(date or "")
    text = (age or "").strip()
    if made_at is None or not _SECONDS.fullmatch(text):
        return made_at
    try:
        return made_at + timedelta(seconds=int(text))
    except OverflowError:
        return None


_RELEASE_ETAG = re.compile(r'(?:W/)?"[^"/]+/[^"/]+/([0-9a-z]{8})(?:-gzip)?"')


def read_data_release(etag: str | None) -> str | None:
    """Read the data release from an ETag such as `"883b003/0.34.1/msspuzuw"`: its third part, base-36 milliseconds.

    Three of three recorded ETags agree with the `dataTimestamp` beside them. The form is not documented.

    Args:
        etag: The header.

    Returns:
        The release as `/version` writes it, `2026-08-14T09:00:05` (UTC), or None for any other form.
    """
    match = _RELEASE_ETAG.fullmatch(etag or "")
    if match is None:
        return None
    # Eight digits of base 36 reach from 1972 to 2059.
    return f"{datetime.fromtimestamp(int(match[1], 36) // 1000, UTC):%Y-%m-%dT%H:%M:%S}"


def _parse_http_date(text: str) -> datetime | None:
    """Return an HTTP date as an aware time, or None for any other text."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # OverflowError: a year, an hour or a zone of twenty digits
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
