"""The process that waits for scheduled runs, and starts each as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

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

from flows.orchestration.failure import announce_failure
from warehouse.errors import Busy
from warehouse.lock import hold_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from prefect import Flow
    from prefect.client.schemas.objects import State
    from prefect.deployments.runner import RunnerDeployment

    from warehouse.paths import Paths

_AT_WORK = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
"""The states in which Prefect counts a flow run as running."""


class ScheduledFlow(NamedTuple):
    """A flow, and the deployment that starts its runs.

    `starts_at_once` asks for a run as soon as the schedule runs, unless the operator paused the deployment.
    """

    flow: Flow[..., Any]
    deployment: RunnerDeployment
    starts_at_once: bool = False


def run_until_stopped(scheduled: Sequence[ScheduledFlow], paths: Paths, ready: Callable[[], None]) -> None:
    """Register the deployments and run what they ask for until a signal ends it; a run at work is ended with it.

    A deployment or schedule that was paused stays paused. One that is active is not paused at the end, so Prefect
    starts a run that was missed as soon as the schedule runs again.

    Args:
        scheduled: what to run.
        paths: the warehouse's; its lock says whether a run is at work.
        ready: called when all is registered.
    """
    runner = Runner(name="aclf", pause_on_shutdown=False)
    # In the main thread Prefect's runner takes the signals for itself and ends the process half-way.
    with start_blocking_portal() as other_thread:
        ids = [other_thread.call(_register, runner, each.flow, each.deployment) for each in scheduled]
        _free_slots_of_dead_runs(ids, paths)
        for identifier, each in zip(ids, scheduled, strict=True):
            if each.starts_at_once:
                _start_at_once(identifier)
        serving = other_thread.start_task_soon(runner.start)
        ready()
        try:
            serving.result()
        finally:
            if not serving.done():
                other_thread.call(_stop, runner)


async def _register(runner: Runner, flow: Flow[..., Any], deployment: RunnerDeployment) -> UUID:
    """Register a deployment, and run this flow for it, whatever the deployment is changed to say later.

    Prefect would load the flow that the deployment names, after the commands that it names, and whoever can change a
    deployment could so run any command here.
    """
    identifier = await runner.aadd_deployment(deployment)
    # Prefect's own `add_flow` does both, but it would resume what is paused.
    runner._deployment_registry.register_flow(identifier, flow)
    return identifier


def _start_at_once(deployment: UUID) -> None:
    """Ask for a run of a deployment now; one that is paused, or whose schedule is, waits for the operator."""
    with get_client(sync_client=True) as client:
        registered = client.read_deployment(deployment)
        if not registered.paused and all(schedule.active for schedule in registered.schedules):
            client.create_flow_run_from_deployment(deployment)


async def _stop(runner: Runner) -> None:
    # Prefect refuses to stop a runner that has not started yet.
    while not runner.started:
        await asyncio.sleep(0.05)
    await runner.astop()


def _free_slots_of_dead_runs(deployments: Sequence[UUID], paths: Paths) -> None:
    """Give back the concurrency slots of runs whose process was killed with the schedule.

    Prefect still counts them as running, and would cancel every later sync. Each is marked as crashed and announced.
    """
    try:
        with hold_lock(paths, "aclf serve"), get_client(sync_client=True) as client:
            for flow_run in client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(deployments))),
                flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_AT_WORK))),
            ):
                crashed: State[None] = Crashed(message="its process was gone when the schedule was started again")
                client.set_flow_run_state(flow_run.id, crashed)
                announce_failure(flow_run, crashed)
    except Busy:
        # A run holds the lock, so one of these may be alive.
        return
