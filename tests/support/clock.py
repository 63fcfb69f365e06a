"""Provide two clocks for tests: one that moves only when a client sleeps, and one that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Clock:
    """A clock in seconds, read by a call; `sleep` moves it at once and notes the seconds in `slept`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def clock_stands_at(moment: str) -> AbstractContextManager[object]:
    """Run the block with the clock of runs at a fixed moment (UTC), such as `2026-09-11 09:30`."""
    instant = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return mock.patch("flows.run.datetime", mock.Mock(now=lambda _: instant))
