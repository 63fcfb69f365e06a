"""The environment that Prefect reads its settings from. Set it before Prefect is imported, because it reads it then."""

from __future__ import annotations

import os
import re
from pathlib import Path

_DEFAULTS = {
    # Nothing about the runs is sent anywhere.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # A run ends in its summary or in one sentence; Prefect keeps its log with the flow run, for its pages.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    # `python -m` of a process that we start does not import what lies in the working folder.
    "PYTHONSAFEPATH": "1",
}

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_NO_PROXY_ENTRY = re.compile(
    r"""
    \*                                      # everything
    | \.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:\d{1,5})?   # a domain, a host or an IPv4 address
    | \d+(\.\d+){3}/\d{1,2}                 # a network of IPv4 addresses
    | [0-9A-Fa-f:]*:[0-9A-Fa-f:]*           # an IPv6 address
    """,
    re.VERBOSE,
)
"""The entries of NO_PROXY that both our client of the registry and Prefect's client understand."""


def set_prefect_defaults() -> None:
    """Set each default that the environment does not set itself, and leave this machine out of its proxies."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    exempt_from_proxies()


def exempt_from_proxies(*hosts: str) -> None:
    """Leave this machine, and the hosts, out of the proxies of the environment."""
    # Of two spellings the lower-case one counts, for Python and for most other programs.
    current = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = format_no_proxy(current, hosts)


def format_no_proxy(current: str, hosts: tuple[str, ...] = ()) -> str:
    """Return a NO_PROXY list with this machine and the hosts in it, and without what Prefect's client fails on.

    An entry such as `[::1]` or `fe80::/10` ends Prefect's client with an error, and no client of ours obeys it.

    Args:
        current: the list as the environment has it.
        hosts: more names or addresses of this machine.
    """
    entries = [entry.strip() for entry in current.split(",")]
    understood = [entry for entry in entries if _NO_PROXY_ENTRY.fullmatch(entry)]
    return ",".join(dict.fromkeys([*understood, *_LOOPBACK, *hosts]))


def get_prefect_home() -> Path:
    """Return the folder of Prefect's settings and database, as the environment has it or by Prefect's default."""
    # Without a home folder `expanduser` has nothing to put in the place of `~`.
    return Path(os.environ.get("PREFECT_HOME") or os.path.expanduser("~/.prefect"))  # noqa: PTH111 - it raises nothing


def has_prefect_profiles() -> bool:
    """Return whether a person has configured Prefect on this machine: its profiles are in its home."""
    try:
        return (get_prefect_home() / "profiles.toml").exists()
    except OSError:
        return False


def is_api_configured() -> bool:
    """Return whether the environment or the active profile names a Prefect server."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    # Importing Prefect takes a second, and without profiles there is nothing to find out.
    if not has_prefect_profiles():
        return False
    from prefect.settings import get_current_settings

    return bool(get_current_settings().api.url)
