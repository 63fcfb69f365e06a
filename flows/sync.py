"""The nightly sync as a Prefect flow."""

from __future__ import annotations

from flows.orchestration.environment import set_prefect_defaults

set_prefect_defaults()

from prefect import flow

from flows import pipeline
from flows.orchestration.artifacts import leave_artifacts, name_sync_run
from flows.orchestration.failure import leave_failure
from flows.orchestration.tasks import TASK_STEPS
from flows.run import RunSummary
from flows.settings import Settings


@flow(
    name="sync",
    flow_run_name=name_sync_run,
    persist_result=False,
    on_failure=[leave_failure],
    on_crashed=[leave_failure],
)
def sync(settings: Settings = Settings()) -> RunSummary:  # noqa: B008 - a frozen value
    """Bring the warehouse in step with the registry's listing of the condition set.

    Args:
        settings: What the run is told; what stands there is what the schedule was started with.

    Returns:
        What the run did; the run's artifacts say the same.
    """
    report = pipeline.sync(settings.job("sync"), TASK_STEPS)
    leave_artifacts(report)
    return report
