"""Failed flow runs: each puts its message on its page, and gives it to the operator's own command."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate

from extract.printable import clean_sentence, escape_markdown
from flows.errors import ProcessLost
from flows.operator_command import run_operator_command
from flows.signals import as_aclf_error
from flows.wording import format_failed_command, format_failed_flow_run, format_log_line

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun, State

    from extract.errors import AclfError

ON_FAILURE = "ACLF_ON_FAILURE"
"""A shell command that runs for each failure, with the sentence on standard input: `mail`, `curl` to a webhook."""


def handle_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - Prefect gives it
    """Announce a flow run that failed or crashed; Prefect calls this hook."""
    announce_failure(flow_run, state)


def announce_failure(flow_run: FlowRun, state: State[Any]) -> None:
    """Put the reason of a failure on the run's page (Markdown, key `failure`), and run the command of ACLF_ON_FAILURE.

    Args:
        flow_run: the run.
        state: how it ended.
    """
    error = _find_error(state)
    # Prefect's own helpers take the flow run from their context, and a run whose process is gone has none.
    with get_client(sync_client=True) as client:
        client.create_artifact(
            ArtifactCreate(
                key="failure",
                type="markdown",
                description=escape_markdown(error.happened),
                data=format_failure(flow_run.name, error),
                flow_run_id=flow_run.id,
            )
        )
    message = format_failed_flow_run(flow_run.name, error)
    # A run that the schedule started has no command line that prints its error, so it prints it here.
    if flow_run.deployment_id:
        sys.stderr.write(format_log_line(message, datetime.now(UTC)))
    tell_operator(message)


def format_failure(name: str, error: AclfError) -> str:
    """Return a failure's three parts as Markdown.

    Headings and not a table, because Prefect's page cuts off the cells of a table.
    """
    parts = {"What happened": error.happened, "What still stands": error.stands, "What to do next": error.next_step}
    sections = [f"### {heading}\n\n{escape_markdown(part[:1].upper() + part[1:])}." for heading, part in parts.items()]
    return "\n\n".join([f"## {escape_markdown(clean_sentence(name))} failed", *sections])


def tell_operator(message: str) -> None:
    """Run the command of ACLF_ON_FAILURE with a message on its standard input; if it fails, print how it ended."""
    command = os.environ.get(ON_FAILURE)
    reason = run_operator_command(command, message) if command else ""
    if reason:
        sys.stderr.write(format_failed_command(ON_FAILURE, reason))


def _find_error(state: State[Any]) -> AclfError:
    """Return the error that ended a flow run; Prefect only knows of a killed process that it is gone."""
    if state.is_failed():
        stop = state.result(raise_on_failure=False)
        if isinstance(stop, Exception):
            return as_aclf_error(stop)
    return ProcessLost(f"the run's process ended before the run did ({state.message})")
