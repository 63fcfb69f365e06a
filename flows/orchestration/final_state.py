"""How a flow run ends in Prefect: in a state whose message is the run's own sentence.

Prefect makes a state of what a flow returns or raises. Its message for a returned value is empty, and for an error it
begins with Prefect's own words, after a traceback in the log. So a flow returns the state itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from prefect import get_run_logger
from prefect.states import Completed, Failed

from extract.errors import AclfError
from flows.errors import InternalError
from flows.orchestration.artifacts import create_artifacts
from flows.wording import format_headline

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.runs import RunSummary


def run_to_state(run: Callable[[], RunSummary]) -> RunSummary:
    """Run a job, leave its artifacts, and return the state in which the flow run ends.

    Args:
        run: runs the job, and returns what it did.

    Returns:
        The state, for Prefect. Its type here is what Prefect gives to the caller of the flow: the summary in the state.
        It raises the error in a failed one.

    Raises:
        InternalError: from the job. A fault of this program keeps its traceback in the log.
    """
    try:
        summary = run()
    except AclfError as error:
        if isinstance(error, InternalError):
            raise
        get_run_logger().error(str(error))
        return cast("RunSummary", Failed(message=str(error), data=error))
    create_artifacts(summary)
    return cast("RunSummary", Completed(message=format_headline(summary), data=summary))


def hide_expected_tracebacks() -> None:
    """Keep the tracebacks of expected failures out of the logs of Prefect's task runs."""
    # A logger takes the same filter only once.
    logging.getLogger("prefect.task_runs").addFilter(_drop_expected_traceback)


def _drop_expected_traceback(record: logging.LogRecord) -> bool:
    """Take the traceback from a record if it is about an expected failure; every record is kept."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, AclfError) and not isinstance(error, InternalError):
        record.exc_info = None
    return True
