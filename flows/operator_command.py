"""Run a command that the operator wrote, for failures and for news."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_SECONDS = 60
"""The operator's command is stopped after this time."""

_STANDARD_ERROR = 2


def run_operator_command(command: str, message: str, variables: Mapping[str, str] | None = None) -> str:
    """Run a shell command with a message on its standard input, and return how it failed; an empty text if it did not.

    How it ended is all that is told. Its text may hold the key of a webhook, and so may what it prints to standard
    error: a shell that cannot read the line repeats it, and `curl -v` prints its headers. What it writes to standard
    output goes to our standard error, because the standard output of a run may be one JSON document.

    Args:
        command: the operator's own line.
        message: the text that it reads.
        variables: variables of its environment besides those of this process.
    """
    try:
        # The command is the operator's own line, with pipes and quotes, so it needs a shell. It is a session of its
        # own, so that what it starts can be stopped with it.
        process = subprocess.Popen(  # noqa: S602 - the operator's own line
            command,
            shell=True,
            stdin=subprocess.PIPE,
            stdout=_STANDARD_ERROR,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, **(variables or {})},
            start_new_session=True,
        )
    except (OSError, ValueError):
        return "could not be started"
    with process:
        try:
            process.communicate(message, timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            _stop(process)
            return f"was stopped after {LONGEST_SECONDS} seconds"
        except BaseException:
            _stop(process)
            raise
    return f"ended with exit code {process.returncode}" if process.returncode else ""


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop the command and what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
