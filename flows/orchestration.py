"""Prefect's settings for runs on one machine. To be called before Prefect is imported."""

from __future__ import annotations

import os
from pathlib import Path

_DEFAULTS = {
    # Two cores take 12 to 22 seconds to start Prefect's own server; its default gives up after 20.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Nothing about the runs is sent anywhere.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # A run ends in its report or in one sentence; Prefect keeps its log with the flow run, for its pages.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


def configure() -> None:
    """Set what the environment does not say itself."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)


def api_is_configured() -> bool:
    """Whether a Prefect server is named, in the environment or in the active profile."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    if not (home / "profiles.toml").exists():
        return False
    from prefect.settings import get_current_settings  # noqa: PLC0415 - slow, and only a profile can need it

    return bool(get_current_settings().api.url)
