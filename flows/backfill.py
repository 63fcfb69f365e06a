"""The on-demand backfill as a Prefect flow."""

from __future__ import annotations

from flows.orchestration import configure

configure()

from prefect import flow

from flows import pipeline
from flows.artifacts import leave_artifacts
from flows.run import Report
from flows.settings import Settings
from flows.tasks import TASKS


@flow(name="backfill", flow_run_name="backfill {nct_ids}", validate_parameters=False, persist_result=False)
def backfill(settings: Settings, nct_ids: list[str]) -> Report:
    """Fetch the trials of the given NCT numbers now.

    Args:
        settings: what the run is told.
        nct_ids: NCT numbers, in the condition set or not.

    Returns:
        What the run did; the run's artifacts say the same.
    """
    report = pipeline.backfill(settings.job("backfill", tuple(nct_ids)), TASKS)
    leave_artifacts(report)
    return report
