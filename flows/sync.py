"""The nightly sync as a Prefect flow."""

from __future__ import annotations

from flows.orchestration.environment import set_prefect_defaults

# Prefect reads its settings when it is imported.
set_prefect_defaults()

from dataclasses import replace

from prefect import flow

from flows import pipeline
from flows.orchestration.artifacts import name_sync_run
from flows.orchestration.failure import handle_failure
from flows.orchestration.final_state import run_to_state
from flows.orchestration.tasks import TASK_STEPS
from flows.settings import read_handed_over
from warehouse.runs import RunSummary


@flow(
    name="sync",
    flow_run_name=name_sync_run,
    persist_result=False,
    on_failure=[handle_failure],
    on_crashed=[handle_failure],
)
def sync(
    *, full: bool = False, accept_shrink: bool = False, accept_empty: bool = False, replace_set: bool = False
) -> RunSummary:
    """Bring the warehouse in step with the registry's listing of the condition set.

    Args:
        full: Fetch every trial of the set, whether it has changed or not.
        accept_shrink: Accept a listing that is much shorter than the set.
        accept_empty: Accept a field that is gone from the registry's records.
        replace_set: Follow another condition set; all trials leave that are not in it.

    Returns:
        What the run did; its artifacts say the same.
    """

    def run() -> RunSummary:
        settings = read_handed_over()
        # What the caller asks for is added to what the schedule always does.
        settings = replace(
            settings,
            full=full or settings.full,
            accept_shrink=accept_shrink or settings.accept_shrink,
            accept_empty=accept_empty or settings.accept_empty,
            replace_set=replace_set or settings.replace_set,
        )
        return pipeline.sync(settings.make_job("sync"), TASK_STEPS)

    return run_to_state(run)
