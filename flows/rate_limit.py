"""The rate limit that several machines share: a global concurrency limit of Prefect's server whose slots decay."""

# ruff: noqa: PLC0415 - Prefect is slow to import, and reads the environment then

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.printable import clean_sentence
from flows.errors import RateLimitUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_WAIT_SECONDS = 600
_LONGEST_CAUSE = 200


def make_rate_limiter(name: str | None) -> Callable[[], None]:
    """Return a function that waits until the rate limit of this name lets one request go.

    The function raises `RateLimitUnusable` if the limit cannot be asked, because to go on without it would break what
    all machines have agreed on.

    Args:
        name: the limit's name; None for a function that does not wait.
    """
    return (lambda: None) if name is None else (lambda: _wait_for_slot(name))


def _wait_for_slot(name: str) -> None:
    from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
    from prefect.concurrency.sync import rate_limit

    try:
        # Without `strict` Prefect lets every request go where the limit does not exist.
        rate_limit(name, timeout_seconds=_LONGEST_WAIT_SECONDS, strict=True)
    except (ConcurrencySlotAcquisitionError, TimeoutError) as error:
        # Of a server that is away only the error below says so.
        causes = (str(each) for each in (error.__cause__, error) if each is not None)
        cause = clean_sentence(next(filter(None, causes), type(error).__name__), _LONGEST_CAUSE)
        raise RateLimitUnusable(f"Prefect's rate limit {name!a} could not be asked ({cause})") from error
