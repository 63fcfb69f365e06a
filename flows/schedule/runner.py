"""The process that waits for scheduled runs and starts each as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from anyio.from_thread import start_blocking_portal
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.runner import Runner
from prefect.states import Crashed

from flows.orchestration.failure import report_failure
from warehouse.errors import Busy
from warehouse.lock import run_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from prefect.client.schemas.objects import State
    from prefect.deployments.runner import RunnerDeployment

    from warehouse.paths import Paths

_AT_WORK = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def run_until_stopped(deployments: Sequence[RunnerDeployment], paths: Paths, ready: Callable[[], None]) -> None:
    """Register the deployments and run what they ask for, until a signal ends it; a run at work is ended with it.

    A deployment or schedule that was paused stays paused, and one that runs is not paused at the end, so that what is
    missed until the next start is made up for then.

    Args:
        deployments: What to run.
        paths: The warehouse's, whose lock tells whether a run is at work.
        ready: Called when all is registered.
    """
    runner = Runner(name="aclf", pause_on_shutdown=False)
    # Prefect's runner would take the signals for itself in the main thread, and there they end the process half-way.
    with start_blocking_portal() as elsewhere:
        ids = [elsewhere.call(runner.aadd_deployment, deployment) for deployment in deployments]
        _let_go_of_the_dead(ids, paths)
        served = elsewhere.start_task_soon(runner.start)
        ready()
        try:
            served.result()
        finally:
            if not served.done():
                elsewhere.call(_stop, runner)


async def _stop(runner: Runner) -> None:
    while not runner.started:
        await asyncio.sleep(0.05)
    await runner.astop()


def _let_go_of_the_dead(deployments: Sequence[UUID], paths: Paths) -> None:
    """Runs whose process was killed with the schedule still count as running: say so, and give their turn back."""
    try:
        with run_lock(paths, "aclf serve"), get_client(sync_client=True) as client:
            for flow_run in client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(deployments))),
                flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_AT_WORK))),
            ):
                gone: State[None] = Crashed(message="its process was gone when the schedule was started again")
                client.set_flow_run_state(flow_run.id, gone)
                report_failure(flow_run, gone)
    except Busy:
        return  # a run is at work, and it may be one of these
