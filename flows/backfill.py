"""The on-demand backfill as a Prefect flow."""

from __future__ import annotations

from flows.orchestration.environment import set_prefect_defaults

set_prefect_defaults()

from typing import Annotated

from prefect import flow
from pydantic import Field

from flows import pipeline
from flows.orchestration.artifacts import leave_artifacts, name_backfill_run
from flows.orchestration.failure import leave_failure
from flows.orchestration.tasks import TASK_STEPS
from flows.run import RunSummary
from flows.settings import Settings

NctNumber = Annotated[
    str, Field(title="NCT number", pattern=r"^[ \t]*[Nn][Cc][Tt][0-9]{8}[ \t]*$", examples=["NCT03863002"])
]
"""What the form takes for an NCT number; whether it can be one the run says itself."""

NctNumbers = Annotated[list[NctNumber], Field(min_length=1)]


@flow(
    name="backfill",
    flow_run_name=name_backfill_run,
    persist_result=False,
    on_failure=[leave_failure],
    on_crashed=[leave_failure],
)
def backfill(nct_ids: NctNumbers, settings: Settings = Settings()) -> RunSummary:  # noqa: B008 - a frozen value
    """Fetch the trials of the given NCT numbers now.

    Args:
        nct_ids: The trials to fetch, such as NCT03863002, in the condition set or not.
        settings: What the run is told; what stands there is what the schedule was started with.

    Returns:
        What the run did; the run's artifacts say the same.
    """
    report = pipeline.backfill(settings.job("backfill", tuple(nct_ids)), TASK_STEPS)
    leave_artifacts(report)
    return report
