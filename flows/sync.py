"""The nightly sync as a Prefect flow."""

from __future__ import annotations

from flows.orchestration import configure

configure()

from prefect import flow

from flows import pipeline
from flows.artifacts import leave_artifacts
from flows.failure import leave_failure
from flows.naming import sync_name
from flows.run import Report
from flows.settings import Settings
from flows.tasks import TASKS


@flow(
    name="sync",
    flow_run_name=sync_name,
    persist_result=False,
    on_failure=[leave_failure],
    on_crashed=[leave_failure],
)
def sync(settings: Settings = Settings()) -> Report:  # noqa: B008 - a frozen value
    """Bring the warehouse in step with the registry's listing of the condition set.

    Args:
        settings: What the run is told; what stands there is what the schedule was started with.

    Returns:
        What the run did; the run's artifacts say the same.
    """
    report = pipeline.sync(settings.job("sync"), TASKS)
    leave_artifacts(report)
    return report
