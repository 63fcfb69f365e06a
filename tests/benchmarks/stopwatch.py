"""Time steps within steps: how often each step was taken, how long it took, and which steps it contains."""

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
        """The seconds of this step without those of the steps within it."""
        return self.seconds - sum(step.seconds for step in self.within.values())


class Stopwatch:
    """A stopwatch for steps; `root` contains them all."""

    def __init__(self) -> None:
        self.root = Step("everything")
        self._running = [self.root]

    @contextmanager
    def step(self, name: str, *, calls: int = 1) -> Iterator[None]:
        """Time the block as a step within the step that is being timed now."""
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
        """Return a function that does the same and is timed; for a generator, each of its values is timed.

        Args:
            function: the function to time.
            name: the step's name, or a function that makes it from the arguments.
        """

        @wraps(function)
        def call_timed(*arguments: Any, **named: Any) -> Any:
            step = name if isinstance(name, str) else name(*arguments, **named)
            with self.step(step):
                result = function(*arguments, **named)
            return self._time_values(result, step) if isgenerator(result) else result

        return call_timed

    def _time_values(self, values: Iterator[Any], name: str) -> Iterator[Any]:
        # No generator of the product yields this object, so it can mark the end.
        end = object()
        while True:
            with self.step(name, calls=0):
                value = next(values, end)
            if value is end:
                return
            yield value
