"""A stopwatch that nests: how often each step was taken, how long it took, and which steps it took that with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from inspect import isgenerator
from time import perf_counter
from typing import Any

Function = Callable[..., Any]


@dataclass(slots=True)
class Step:
    """A step: its name, the seconds and calls so far, and the steps within it."""

    name: str
    seconds: float = 0.0
    calls: int = 0
    within: dict[str, Step] = field(default_factory=dict)

    @property
    def own(self) -> float:
        """The seconds that no step within it has taken."""
        return self.seconds - sum(step.seconds for step in self.within.values())


class Stopwatch:
    """Times steps; `root` holds them all."""

    def __init__(self) -> None:
        self.root = Step("everything")
        self._running = [self.root]

    @contextmanager
    def step(self, name: str, *, calls: int = 1) -> Iterator[None]:
        """Time what is done in the block, as a step within the one that is being timed."""
        step = self._running[-1].within.setdefault(name, Step(name))
        self._running.append(step)
        began = perf_counter()
        try:
            yield
        finally:
            step.seconds += perf_counter() - began
            step.calls += calls
            self._running.pop()

    def timed(self, function: Function, name: str | Callable[..., str]) -> Function:
        """The function, timed; of a generator, each of its values.

        Args:
            function: what to time.
            name: the step's name, or what gives it from the function's arguments.
        """

        @wraps(function)
        def stopped(*arguments: Any, **named: Any) -> Any:
            step = name if isinstance(name, str) else name(*arguments, **named)
            with self.step(step):
                result = function(*arguments, **named)
            return self._each(result, step) if isgenerator(result) else result

        return stopped

    def _each(self, values: Iterator[Any], name: str) -> Iterator[Any]:
        while True:
            with self.step(name, calls=0):
                value = next(values, self)
            if value is self:
                return
            yield value
