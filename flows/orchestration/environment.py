"""Prefect's settings for runs on one machine. Set them before Prefect is imported, because it reads them then."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from flows.errors import PrefectUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULTS = {
    # Two cores take 12 to 22 seconds to start Prefect's own server; its default gives up after 20.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Nothing about the runs is sent anywhere.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # A run ends in its summary or in one sentence; Prefect keeps its log with the flow run, for its pages.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


def set_prefect_defaults() -> None:
    """Set each default that the environment does not set itself."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)


@contextmanager
def translate_prefect_errors() -> Iterator[None]:
    """Run the block, and translate a Prefect that cannot be reached or started into one error with the address.

    Raises:
        PrefectUnusable: Prefect's API cannot be reached, or its own server does not start.
    """
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    try:
        # Ask first, so that an API that is down ends in an error that names its address.
        if url:
            requests.get(f"{url.rstrip('/')}/health", timeout=10)
        yield
    except requests.RequestException as error:
        raise PrefectUnusable(f"Prefect's API at {_hide_password(str(url))} cannot be reached") from error
    # Prefect raises these if its own server does not start, or may not be started.
    except (RuntimeError, ValueError) as error:
        reason = _hide_password(str(error).partition("\n")[0])
        raise PrefectUnusable(f"Prefect could not run the flow ({reason})") from error


def _hide_password(text: str) -> str:
    """Remove user names and passwords from the addresses in a text."""
    return re.sub(r"//\S*@", "//", text)


def is_api_configured() -> bool:
    """Return whether the environment or the active profile names a Prefect server."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    # Importing Prefect takes a second, and without profiles there is nothing to find out.
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    if not (home / "profiles.toml").exists():
        return False
    from prefect.settings import get_current_settings

    return bool(get_current_settings().api.url)
