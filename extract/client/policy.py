"""What each answer of the registry means: one table, and nothing decides beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(Enum):
    """What is done with an answer."""

    ACCEPT = auto()
    """Read it."""
    RETRY = auto()
    """Ask again, within the attempts and the patience."""
    FOLLOW_ALIAS = auto()
    """Go to the current id of a study that was merged; anywhere else this is an unexpected redirect."""
    NOT_FOUND = auto()
    """The study does not exist; for anything but a study this is a refusal."""
    REFUSED = auto()
    """The request is wrong: show what the registry says of it."""
    FORBIDDEN = auto()
    """The client is not wanted, or a proxy wants something of it."""
    UNEXPECTED_REDIRECT = auto()
    """Name the target and do not go there."""
    UNDOCUMENTED = auto()
    """An answer that the API does not have."""
    TOO_LARGE = auto()
    """Stop reading."""


class Failure(Enum):
    """An answer that never became one: what goes wrong on the way, in the words of a message."""

    NO_CONNECTION = "no connection"
    NO_PROXY = "no way through the proxy"
    TIMED_OUT = "no whole reply in time"
    CUT_SHORT = "the reply broke off"
    UNDECODABLE = "the reply could not be unpacked"
    NOT_JSON = "the reply is not whole JSON"
    UNREADABLE = "the reply is whole, and no JSON"
    TOO_LARGE = "the reply is too large"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an answer leads to.

    Attributes:
        action: What is done with it.
        obeys_retry_after: Whether its Retry-After header sets the wait.
    """

    action: Action
    obeys_retry_after: bool = False


DECISIONS: Mapping[int | str | Failure, Decision] = {
    "1xx": Decision(Action.UNDOCUMENTED),
    200: Decision(Action.ACCEPT),
    "2xx": Decision(Action.UNDOCUMENTED),  # 206 is part of a reply, 204 none
    301: Decision(Action.FOLLOW_ALIAS),  # seen for a study that was merged into another
    "3xx": Decision(Action.UNEXPECTED_REDIRECT),
    304: Decision(Action.UNDOCUMENTED),  # no request of ours is conditional
    401: Decision(Action.FORBIDDEN),
    403: Decision(Action.FORBIDDEN),  # seen by clients whose User-Agent is not welcome
    404: Decision(Action.NOT_FOUND),
    407: Decision(Action.FORBIDDEN),  # from a proxy
    408: Decision(Action.RETRY),
    425: Decision(Action.RETRY),
    429: Decision(Action.RETRY, obeys_retry_after=True),  # reported at peak hours
    451: Decision(Action.FORBIDDEN),
    "4xx": Decision(Action.REFUSED),  # 400 names the fault in plain text, 414 is a URL too long
    503: Decision(Action.RETRY, obeys_retry_after=True),
    "5xx": Decision(Action.RETRY),
    Failure.NO_CONNECTION: Decision(Action.RETRY),
    Failure.NO_PROXY: Decision(Action.RETRY),
    Failure.TIMED_OUT: Decision(Action.RETRY),
    Failure.CUT_SHORT: Decision(Action.RETRY),
    Failure.UNDECODABLE: Decision(Action.RETRY),
    Failure.NOT_JSON: Decision(Action.RETRY),  # a maintenance page, or JSON that was cut without a trace
    Failure.UNREADABLE: Decision(Action.RETRY),  # a byte was damaged on the way, or the registry sends it so
    Failure.TOO_LARGE: Decision(Action.TOO_LARGE),
}
"""The table: a status, else its class, or a failure on the way."""

_UNDOCUMENTED = Decision(Action.UNDOCUMENTED)


def decide(answer: int | Failure) -> Decision:
    """Look an answer up.

    Args:
        answer: An HTTP status, or what went wrong on the way.

    Returns:
        The decision; a status outside 100 to 599 is undocumented.
    """
    if isinstance(answer, Failure):
        return DECISIONS[answer]
    return DECISIONS.get(answer) or DECISIONS.get(f"{answer // 100}xx", _UNDOCUMENTED)


_SECONDS = re.compile(r"[0-9]{1,9}")
_LONGEST_SECONDS = 999_999_999
"""32 years: who asks to wait for longer does not mean it, and the moment may have no date."""


def read_retry_after(value: str | None, server_date: str | None, now: datetime) -> float | None:
    """Read a Retry-After header.

    Args:
        value: The header: whole seconds, or an HTTP date.
        server_date: The answer's Date header, against which a date is measured: our clock may be wrong.
        now: The time to measure against where that header is missing or unreadable; aware.

    Returns:
        Seconds to wait, or None where the header is absent, unreadable, in the past or decades away.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    then = _http_date(text)
    if then is None:
        return None
    seconds = (then - (_http_date(server_date or "") or now)).total_seconds()
    return seconds if 0 <= seconds <= _LONGEST_SECONDS else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a year, an hour or a zone of twenty digits
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
