"""Clocks that do not run by themselves: one that moves when somebody sleeps, and one that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Clock:
    """Gives seconds when called; `sleep` moves it on at once and remembers for how long."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def at(moment: str) -> AbstractContextManager[object]:
    """The clock that runs take their times from stands still at a moment (UTC), as in `2026-09-11 09:30`."""
    instant = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return mock.patch("flows.run.datetime", mock.Mock(now=lambda _: instant))
