"""Sends one request until it is answered: it keeps the pace, and retries within the attempts and the patience."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, retry_if_result, wait_random_exponential

from extract.client.exchange import Session, send_request
from extract.client.policy import Action, Failure
from extract.client.reply import parse_json
from extract.errors import ClockWrong, RegistryAsksToWait, RegistryError, RegistryUnreachable, ReplyUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from extract.client.reply import Reply

MAX_ATTEMPTS = 6
SHORTEST_SECONDS = 0.05
CLOCK_TOLERANCE = timedelta(days=1)
"""How far this machine's clock may be off: every time that a run writes comes from it."""

BACKOFF = wait_random_exponential(multiplier=1, max=30)
"""Full jitter: a random wait between 0 and 1, 2, 4, 8, ... seconds."""


class Transport:
    """Sends GET requests to one registry, one after the other.

    Args:
        base_url: A checked address.
        requests_per_second: The fastest pace, or None for no limit.
        patience: The most seconds that one request may take with all its retries.
        sleep: Waits for a number of seconds.
        clock: Returns seconds that only grow.
        before_request: Called before each request, retries included; it may wait, and an error of it is raised.

    Attributes:
        requests_sent: How many requests were sent, or were tried to send.
        releases: The data releases that the answers' headers name.
    """

    def __init__(
        self,
        base_url: str,
        *,
        requests_per_second: float | None,
        patience: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        self.base_url = base_url
        self.requests_sent = 0
        self.releases: set[str] = set()
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._before_request = before_request
        self._next_request_at = clock()
        self._session = Session(base_url)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str, parse: Callable[[bytes], object] = parse_json) -> Reply:
        """Send a request until there is an answer that another attempt would not change.

        Args:
            path: Path and query, encoded; it begins with a slash.
            parse: Parses the body of an accepted reply; raises ValueError if it is not JSON.

        Returns:
            The reply; its action is never RETRY.

        Raises:
            RegistryUnreachable: Attempts or patience ran out.
            RegistryAsksToWait: The Retry-After of the registry is longer than the patience that is left.
            ReplyUnreadable: The last reply was complete, but not JSON.
            ClockWrong: This machine's clock is a day or more off.
        """
        url = self.base_url + path
        # The patience begins after the pause that the pace demands, so that a slow pace does not use it up.
        self._sleep_until(self._next_request_at)
        self._before_request()
        started_at = self._clock()
        give_up_at = started_at + self._patience
        retrying = self._make_retrying(give_up_at)
        reply = retrying(self._send, url, give_up_at, parse)
        if reply.decision.action is Action.RETRY:
            raise self._make_final_error(reply, retrying.statistics["attempt_number"], self._clock() - started_at)
        _refuse_wrong_clock(reply, datetime.now(UTC))
        if reply.data_release:
            self.releases.add(reply.data_release)
        return reply

    def _make_retrying(self, give_up_at: float) -> Retrying:
        """Make the retry loop of one request: it limits attempts and time, and obeys Retry-After."""

        def choose_wait(state: RetryCallState) -> float:
            requested = _get_reply(state).retry_after
            # At most half of the remaining time, so that a long random wait does not end the request.
            backoff = min(BACKOFF(state), (give_up_at - self._clock()) / 2)
            return max(backoff if requested is None else requested, self._interval)

        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= MAX_ATTEMPTS or self._clock() + state.upcoming_sleep >= give_up_at

        def wait(seconds: float) -> None:
            self._sleep(seconds)
            self._before_request()

        return Retrying(
            sleep=wait,
            wait=choose_wait,
            stop=is_over,
            retry=retry_if_result(lambda reply: reply.decision.action is Action.RETRY),
            retry_error_callback=_get_reply,
        )

    def _send(self, url: str, give_up_at: float, parse: Callable[[bytes], object]) -> Reply:
        """Send one request, and note when the next one may follow."""
        # One attempt gets at most half of the patience, so that a stuck request is tried again.
        seconds = max(min(give_up_at - self._clock(), self._patience / 2), SHORTEST_SECONDS)
        self._next_request_at = self._clock() + self._interval
        self.requests_sent += 1
        return send_request(self._session, url, seconds, self._clock, parse)

    def _make_final_error(self, reply: Reply, attempts: int, seconds: float) -> RegistryError:
        """Make the error for a request that is not tried again.

        Args:
            reply: The last reply.
            attempts: How many requests were sent.
            seconds: How long they took, with the waits between them.
        """
        requested = reply.retry_after
        if requested is not None and seconds + requested >= self._patience:
            return_at = datetime.now(UTC) + timedelta(seconds=requested)
            return RegistryAsksToWait(
                f"the registry answers {reply.cause} and asks to come back in {requested:.0f} s, "
                f"at {return_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        happened = (
            f"GET {reply.url_without_query} brought no usable answer in {attempts} attempts over {seconds:.0f} s "
            f"(the last: {reply.cause})"
        )
        if reply.answer is Failure.UNREADABLE:
            return ReplyUnreadable(happened, problem=reply.cause, reply=reply.body)
        # The default next step is to check the connection. It is wrong where an answer did arrive.
        if isinstance(reply.answer, int):
            return RegistryUnreachable(
                happened, next_step="run the command again later: the registry answers, but it does not work"
            )
        if reply.answer is Failure.NOT_JSON:
            return RegistryUnreachable(
                happened,
                next_step="find out who sent that answer (a proxy, or another site if --registry is wrong) "
                "and run the command again later",
            )
        if "certificate has expired" in reply.cause or "certificate is not yet valid" in reply.cause:
            return RegistryUnreachable(happened, next_step="check this machine's clock and run the command again")
        return RegistryUnreachable(happened)

    def _sleep_until(self, moment: float) -> None:
        seconds = moment - self._clock()
        if seconds > 0:
            self._sleep(seconds)


def _refuse_wrong_clock(reply: Reply, now: datetime) -> None:
    """Refuse to go on with a clock that the answer contradicts; an answer that does not tell its time is no reason."""
    server_time = reply.server_time
    if server_time and abs(now - server_time) >= CLOCK_TOLERANCE:
        raise ClockWrong(
            f"this machine's clock stands at {now:%Y-%m-%d %H:%M:%S} UTC, and the registry's at "
            f"{server_time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )


def _get_reply(state: RetryCallState) -> Reply:
    """Return the reply of the latest attempt."""
    assert state.outcome is not None
    reply: Reply = state.outcome.result()
    return reply
