"""Ctrl-C and SIGTERM: each unwinds the run, and is remembered, because the interrupted code may raise another error.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a lock's own bookkeeping that ends in a
RuntimeError about the lock, and DuckDB turns it into a RuntimeError of its own. Neither says that a person ended the
run, so what ends a run is converted here.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from extract.errors import AclfError
from flows.errors import InternalError, Interrupted, Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ERRORS = {signal.SIGINT: Interrupted, signal.SIGTERM: Terminated}
_received: list[type[Interrupted]] = []


@contextmanager
def catch_signals() -> Iterator[None]:
    """Catch Ctrl-C and SIGTERM while the block runs."""
    handlers_before = {number: signal.getsignal(number) for number in _ERRORS}
    _received.clear()
    for number, handler in handlers_before.items():
        # A job in the background has Ctrl-C ignored, and it stays ignored.
        if handler is not signal.SIG_IGN:
            signal.signal(number, _unwind)
    try:
        yield
    finally:
        for number, handler in handlers_before.items():
            signal.signal(number, handler)


def get_received_signal() -> type[Interrupted] | None:
    """Return the error that the last signal means, or None if no signal was received."""
    return _received[-1] if _received else None


def as_aclf_error(stop: BaseException) -> AclfError:
    """Convert any exception to an AclfError: a signal to Interrupted, anything unexpected to InternalError."""
    if isinstance(stop, Interrupted):
        return stop
    # Code that a signal interrupts may raise another error, so a received signal counts before the error.
    received_signal = get_received_signal()
    if received_signal:
        return received_signal("the run was interrupted")
    if isinstance(stop, AclfError):
        return stop
    if isinstance(stop, Exception):
        return InternalError(f"the run met a fault of this program ({type(stop).__name__}: {stop})")
    error = Interrupted if isinstance(stop, KeyboardInterrupt) else Terminated
    return error("the run was interrupted")


def _unwind(number: int, _frame: FrameType | None) -> NoReturn:
    error = _ERRORS[signal.Signals(number)]
    _received.append(error)
    if error is Interrupted:
        raise KeyboardInterrupt
    raise SystemExit(error.exit_code)
