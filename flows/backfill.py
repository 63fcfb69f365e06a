"""The on-demand backfill as a Prefect flow."""

from __future__ import annotations

from flows.orchestration.environment import set_prefect_defaults

# Prefect reads its settings when it is imported.
set_prefect_defaults()

from typing import Annotated

from prefect import flow
from pydantic import Field

from flows import pipeline
from flows.orchestration.artifacts import create_artifacts, name_backfill_run
from flows.orchestration.failure import handle_failure
from flows.orchestration.tasks import TASK_STEPS
from flows.settings import Settings
from warehouse.runs import RunSummary

NctNumber = Annotated[
    str, Field(title="NCT number", pattern=r"^[ \t]*[Nn][Cc][Tt][0-9]{8}[ \t]*$", examples=["NCT03863002"])
]
"""What the form accepts as an NCT number; the run itself checks whether it can be one."""

NctNumbers = Annotated[list[NctNumber], Field(min_length=1)]


@flow(
    name="backfill",
    flow_run_name=name_backfill_run,
    persist_result=False,
    on_failure=[handle_failure],
    on_crashed=[handle_failure],
)
def backfill(nct_ids: NctNumbers, settings: Settings = Settings()) -> RunSummary:  # noqa: B008 - a frozen value
    """Fetch the trials of the given NCT numbers now.

    Args:
        nct_ids: The trials to fetch, such as NCT03863002, in the condition set or not.
        settings: The settings of the run; by default those that the schedule was started with.

    Returns:
        What the run did; its artifacts say the same.
    """
    summary = pipeline.backfill(settings.make_job("backfill", tuple(nct_ids)), TASK_STEPS)
    create_artifacts(summary)
    return summary
