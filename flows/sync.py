"""The nightly sync as a Prefect flow."""

from __future__ import annotations

from flows.orchestration.environment import set_prefect_defaults

# Prefect reads its settings when it is imported.
set_prefect_defaults()

from prefect import flow

from flows import pipeline
from flows.orchestration.artifacts import create_artifacts, name_sync_run
from flows.orchestration.failure import handle_failure
from flows.orchestration.tasks import TASK_STEPS
from flows.settings import Settings
from warehouse.runs import RunSummary


@flow(
    name="sync",
    flow_run_name=name_sync_run,
    persist_result=False,
    on_failure=[handle_failure],
    on_crashed=[handle_failure],
)
def sync(settings: Settings = Settings()) -> RunSummary:  # noqa: B008 - a frozen value
    """Bring the warehouse in step with the registry's listing of the condition set.

    Args:
        settings: The settings of the run; by default those that the schedule was started with.

    Returns:
        What the run did; its artifacts say the same.
    """
    summary = pipeline.sync(settings.make_job("sync"), TASK_STEPS)
    create_artifacts(summary)
    return summary
