"""What a flow run leaves where it fails: the sentence that says why, on its page and with whoever is to be told."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate

from flows.errors import ProcessLost
from flows.run import as_aclf_error

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun, State

    from extract.errors import AclfError

ON_FAILURE = "ACLF_ON_FAILURE"
"""A command for the shell, run for each failure with the sentence on standard input: `mail`, `curl` to a webhook."""

_LONGEST_SECONDS = 60


def leave_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - Prefect gives it
    """Prefect's hook for a flow run that failed or crashed: see `report_failure`."""
    report_failure(flow_run, state)


def report_failure(flow_run: FlowRun, state: State[Any]) -> None:
    """Leave why a flow run failed as Markdown (key `failure`), and tell it to the command of ACLF_ON_FAILURE.

    Where the schedule started it, its own standard error is told too: nobody else prints it there.

    Args:
        flow_run: The run.
        state: How it ended.
    """
    error = _error(state)
    with get_client(sync_client=True) as client:
        client.create_artifact(
            ArtifactCreate(
                key="failure",
                type="markdown",
                description=error.happened,
                data=format_failure(flow_run.name, error),
                flow_run_id=flow_run.id,
            )
        )
    told = f"aclf: {flow_run.name}: {error}\n"
    if flow_run.deployment_id:
        sys.stderr.write(told)
    _hand_over(told)


def _hand_over(told: str) -> None:
    command = os.environ.get(ON_FAILURE)
    if not command:
        return
    try:  # the operator's own words, pipes and all
        subprocess.run(command, shell=True, input=told, text=True, timeout=_LONGEST_SECONDS, check=True)  # noqa: S602 - the operator's own line
    except (subprocess.SubprocessError, OSError) as error:
        sys.stderr.write(f"aclf: the command of {ON_FAILURE} failed ({error}); the failure itself is told above.\n")


def format_failure(name: str, error: AclfError) -> str:
    """A failure's three parts, as Markdown: no table, for its cells are cut off on Prefect's page."""
    parts = {"What happened": error.happened, "What still stands": error.stands, "What to do next": error.next_step}
    said = (f"### {words}\n\n{part[:1].upper()}{part[1:]}." for words, part in parts.items())
    return "\n\n".join([f"## {name} failed", *said])


def _error(state: State[Any]) -> AclfError:
    """What ended the flow run, in its parts; of a process that was killed Prefect knows only that it is gone."""
    if state.is_failed():
        stop = state.result(raise_on_failure=False)
        if isinstance(stop, Exception):
            return as_aclf_error(stop)
    return ProcessLost(f"the run ended before its time ({state.message})")
