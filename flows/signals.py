"""Ctrl-C and SIGTERM: each unwinds the run, and is remembered, for what it interrupts may end in another error.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a lock's own bookkeeping that ends in a
RuntimeError about the lock, and DuckDB makes a RuntimeError of its own of it; neither says that a person ended the run.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from flows.errors import Interrupted, Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_MEANING = {signal.SIGINT: Interrupted, signal.SIGTERM: Terminated}
_heard: list[type[Interrupted]] = []


@contextmanager
def catch_signals() -> Iterator[None]:
    """Hear Ctrl-C and SIGTERM; where Ctrl-C is ignored, as for a job in the background, it stays ignored."""
    before = {number: signal.getsignal(number) for number in _MEANING}
    _heard.clear()
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _unwind)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def received_signal() -> type[Interrupted] | None:
    """What the last signal means, or None where none was heard."""
    return _heard[-1] if _heard else None


def _unwind(number: int, _frame: FrameType | None) -> NoReturn:
    meaning = _MEANING[signal.Signals(number)]
    _heard.append(meaning)
    if meaning is Interrupted:
        raise KeyboardInterrupt
    raise SystemExit(meaning.exit_code)
