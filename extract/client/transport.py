"""A request until it is answered: its turn, its patience, its retries."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, retry_if_result, wait_random_exponential

from extract.client.exchange import Session, send_request
from extract.client.policy import Action, Failure
from extract.errors import RegistryAsksToWait, RegistryError, RegistryUnreachable, ReplyUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from extract.client.reply import Reply

MAX_ATTEMPTS = 6
SHORTEST_SECONDS = 0.05
BACKOFF = wait_random_exponential(multiplier=1, max=30)
"""Full jitter: anything from 0 to 1, 2, 4, 8, ... seconds."""


class Transport:
    """Sends GET requests to one registry, one after the other.

    Args:
        base_url: A checked address.
        requests_per_second: The fastest pace, or None for no limit.
        patience: The most seconds that one request may take with all its retries.
        sleep: Waits so many seconds.
        clock: Gives seconds that only grow.
    """

    def __init__(
        self,
        base_url: str,
        *,
        requests_per_second: float | None,
        patience: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url
        self.requests_sent = 0
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._next_turn = clock()
        self._session = Session(base_url)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str) -> Reply:
        """Ask until there is an answer that asking again would not change.

        Args:
            path: Path and query, beginning with a slash, encoded.

        Returns:
            The reply, whose action is anything but RETRY.

        Raises:
            RegistryUnreachable: Attempts or patience ran out.
            RegistryAsksToWait: Its Retry-After is longer than the patience that is left.
            ReplyUnreadable: The last reply was whole, and no JSON.
        """
        url = self.base_url + path
        self._sleep_until(self._next_turn)
        began = self._clock()
        retrying = self._retrying(began + self._patience)
        reply = retrying(self._send, url, began + self._patience)
        if reply.decision.action is Action.RETRY:
            raise self._given_up(reply, retrying.statistics["attempt_number"], self._clock() - began)
        return reply

    def _retrying(self, give_up_at: float) -> Retrying:
        """Give the retries of one request: attempts and time both capped, Retry-After obeyed."""

        def wait(state: RetryCallState) -> float:
            asked = _reply_of(state).retry_after
            own = min(BACKOFF(state), (give_up_at - self._clock()) / 2)  # an unlucky draw shall not end it
            return max(own if asked is None else asked, self._interval)

        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= MAX_ATTEMPTS or self._clock() + state.upcoming_sleep >= give_up_at

        return Retrying(
            sleep=self._sleep,
            wait=wait,
            stop=is_over,
            retry=retry_if_result(lambda reply: reply.decision.action is Action.RETRY),
            retry_error_callback=_reply_of,
        )

    def _send(self, url: str, give_up_at: float) -> Reply:
        """Send one request. Half the patience is the most for it, so that a stuck one is tried again."""
        seconds = max(min(give_up_at - self._clock(), self._patience / 2), SHORTEST_SECONDS)
        self._next_turn = self._clock() + self._interval
        self.requests_sent += 1
        return send_request(self._session, url, seconds, self._clock)

    def _given_up(self, reply: Reply, attempts: int, seconds: float) -> RegistryError:
        """Give the error for a request that is not tried again."""
        asked = reply.retry_after
        if asked is not None and seconds + asked >= self._patience:
            then = datetime.now(UTC) + timedelta(seconds=asked)
            return RegistryAsksToWait(
                f"the registry answers {reply.cause} and asks to come back in {asked:.0f} s, "
                f"at {then:%Y-%m-%d %H:%M:%S} UTC"
            )
        happened = (
            f"GET {reply.place} brought no usable answer in {attempts} attempts over {seconds:.0f} s "
            f"(the last: {reply.cause})"
        )
        if reply.answer is Failure.UNREADABLE:
            return ReplyUnreadable(happened, problem=reply.cause, reply=reply.body)
        if isinstance(reply.answer, int):
            return RegistryUnreachable(
                happened, next_step="run the command again later: the registry is reached, and is out of order"
            )
        if reply.answer is Failure.NOT_JSON:
            return RegistryUnreachable(
                happened,
                next_step="see whose answer that is (a page may be a proxy's, or of another site than --registry "
                "should name) and run the command again later",
            )
        return RegistryUnreachable(happened)

    def _sleep_until(self, moment: float) -> None:
        seconds = moment - self._clock()
        if seconds > 0:
            self._sleep(seconds)


def _reply_of(state: RetryCallState) -> Reply:
    """Give the reply that an attempt ended in."""
    assert state.outcome is not None
    reply: Reply = state.outcome.result()
    return reply
