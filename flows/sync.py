"""The nightly sync as a Prefect flow."""

from __future__ import annotations

from flows.orchestration import configure

configure()

from prefect import flow

from flows import pipeline
from flows.artifacts import leave_artifacts
from flows.run import Report
from flows.settings import Settings
from flows.tasks import TASKS


@flow(name="sync", flow_run_name="sync {settings.condition_set}", validate_parameters=False, persist_result=False)
def sync(settings: Settings) -> Report:
    """Bring the warehouse in step with the registry's listing of the condition set.

    Args:
        settings: what the run is told.

    Returns:
        What the run did; the run's artifacts say the same.
    """
    report = pipeline.sync(settings.job("sync"), TASKS)
    leave_artifacts(report)
    return report
