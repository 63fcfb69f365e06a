"""The on-demand backfill as a Prefect flow.

Its annotations are values and not texts: `aclf serve` hands the flow to another process without the names of this
module.
"""

from flows.orchestration.environment import set_prefect_defaults

# Prefect reads its settings when it is imported.
set_prefect_defaults()

from typing import Annotated

from prefect import flow
from pydantic import Field

from flows import pipeline
from flows.orchestration.artifacts import name_backfill_run
from flows.orchestration.failure import handle_failure
from flows.orchestration.final_state import run_to_state
from flows.orchestration.tasks import TASK_STEPS
from flows.settings import read_handed_over
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
def backfill(nct_ids: NctNumbers) -> RunSummary:
    """Fetch the trials of the given NCT numbers now.

    Args:
        nct_ids: The trials to fetch, such as NCT03863002, in a condition set or not.

    Returns:
        What the run did; its artifacts say the same.
    """
    return run_to_state(lambda: pipeline.backfill(read_handed_over().make_job("backfill", tuple(nct_ids)), TASK_STEPS))
