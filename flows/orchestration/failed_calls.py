"""Errors of Prefect's client and server, as one error with its cause."""

# ruff: noqa: PLC0415 - Prefect is slow to import, and reads the environment then

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import requests

from extract.printable import clean_sentence
from flows.errors import PrefectUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST_CAUSE = 300

_ERROR_LINE = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception|error): \S.*")
"""The last line of a traceback: the error's name and what it says."""


@contextmanager
def translate_prefect_errors() -> Iterator[None]:
    """Run the block, and translate a Prefect that cannot be reached, or that refuses, into one error with the address.

    Raises:
        PrefectUnusable: Prefect's API cannot be reached, asks for a password, or fails.
    """
    from prefect.settings import get_current_settings

    # An error hides the password of an address, but only if the address is one word.
    url = "".join((get_current_settings().api.url or "").split())
    try:
        # Ask first, so that an API that is down ends in an error that names its address.
        if url:
            _check_api(url.rstrip("/"))
        yield
    except requests.RequestException as error:
        raise PrefectUnusable(f"Prefect's API at {url} cannot be reached") from error
    except httpx.HTTPError as error:
        raise PrefectUnusable(
            f"Prefect's API at {url} failed during the run ({_describe(error)})",
            stands="the warehouse is whole: it is as before the run, or as the run published it",
            next_step="look at `aclf status` and at Prefect's server, or run the command with --direct",
        ) from error
    # Prefect raises these if its own server may not be started, or if it cannot use an answer.
    except (RuntimeError, ValueError) as error:
        raise PrefectUnusable(f"Prefect could not run the flow ({_describe(error)})") from error


def find_cause(log: Path) -> str:
    """Return what the last error in a log of Prefect's server says, in one line; empty if the log is."""
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    errors = [line for line in lines if _ERROR_LINE.fullmatch(line)]
    return clean_sentence((errors or lines or [""])[-1], _LONGEST_CAUSE)


def _check_api(url: str) -> None:
    """Ask whether the API is there, and whether it lets this process in.

    Raises:
        PrefectUnusable: it asks for a password that this process does not have.
    """
    from prefect.client.orchestration import get_client

    requests.get(f"{url}/health", timeout=10)
    try:
        with get_client(sync_client=True) as client:
            client.api_version()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if status not in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise
        raise PrefectUnusable(
            f"Prefect's API at {url} refuses this process ({status})",
            next_step="set PREFECT_API_AUTH_STRING to its password; `aclf serve` prints which file keeps it",
        ) from error


def _describe(error: Exception) -> str:
    return clean_sentence(str(error).partition("\n")[0] or type(error).__name__, _LONGEST_CAUSE)
