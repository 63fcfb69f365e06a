"""A limit on the wall clock for work that waits on the network."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """Run some work in a thread of its own, and leave it there when its time is over.

    A socket's time-out begins anew with every byte, and none covers name resolution or a proxy's greeting;
    only a second thread can walk away from a reply whose header comes byte by byte.

    Args:
        seconds: How long is waited for it.
        work: What to do; it should watch its own time too, so that a thread that was left soon ends.

    Returns:
        What the work returns.

    Raises:
        TimeoutError: The time is over.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed whole to the thread that waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(timeout=seconds)
