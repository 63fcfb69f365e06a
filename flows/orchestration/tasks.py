"""The steps as Prefect tasks: the only place that makes tasks.

A task costs some 50 ms, so it is a step or a batch of trials, never one trial. HTTP retries are the client's, which
knows Retry-After; a task is tried again only where it died of something else.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

from extract.errors import AclfError
from flows.steps import DIRECT_STEPS, Steps

if TYPE_CHECKING:
    from prefect.client.schemas import TaskRun
    from prefect.client.schemas.objects import State

_RETRIED = {"fetch", "ask_for_vanished", "ask_for_each"}
"""Steps that can run twice: what has landed is not fetched again. The others are one transaction or one request."""


def make_tasks(steps: Steps) -> Steps:
    """The same steps, each a Prefect task under its own name."""
    return Steps(**{field.name: _task(field.name, getattr(steps, field.name)) for field in fields(steps)})


def _task(name: str, step: Any) -> Task[Any, Any]:
    make = task(
        name=name.replace("_", " "),
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=1 if name in _RETRIED else 0,
        retry_delay_seconds=5,
        retry_condition_fn=_died,
    )
    return make(step)


def _died(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a step ended by something else than a failure it understood, which a second try would not mend."""
    return not isinstance(state.result(raise_on_failure=False), AclfError)


TASK_STEPS = make_tasks(DIRECT_STEPS)
