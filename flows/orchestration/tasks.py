"""The steps as Prefect tasks: the only module that makes tasks.

A task costs some 50 ms, so it is a step or a batch of trials, never one trial. HTTP retries are the client's, because
it knows Retry-After. A task is retried only when something else ended it.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

from extract.errors import AclfError
from flows.orchestration.final_state import hide_expected_tracebacks
from flows.steps import DIRECT_STEPS, Steps

if TYPE_CHECKING:
    from prefect.client.schemas import TaskRun
    from prefect.client.schemas.objects import State

_RETRIED = {"fetch", "ask_for_vanished", "ask_for_each"}
"""Steps that can run twice, because what has landed is not fetched again. The others are one transaction or request."""


def make_tasks(steps: Steps) -> Steps:
    """Return the same steps, each as a Prefect task under its own name."""
    return Steps(**{field.name: _make_task(field.name, getattr(steps, field.name)) for field in fields(steps)})


def _make_task(name: str, step: Any) -> Task[Any, Any]:
    decorate = task(
        name=name.replace("_", " "),
        # A step depends on the registry and the store, so an earlier result of the same arguments is of no use.
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=1 if name in _RETRIED else 0,
        retry_delay_seconds=5,
        retry_condition_fn=_is_worth_retrying,
    )
    return decorate(step)


def _is_worth_retrying(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a step ended by something other than an error of ours, which a second try would not change."""
    return not isinstance(state.result(raise_on_failure=False), AclfError)


hide_expected_tracebacks()

TASK_STEPS = make_tasks(DIRECT_STEPS)
