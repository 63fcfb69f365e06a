"""The registry's address: which addresses are accepted, and how fast each may be asked."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from extract.client import api
from extract.errors import BadSetting

_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces, control characters and the backslash
_MAY_HOLD_A_SECRET = re.compile(r"[@?#]")


def check_address(text: str) -> str:
    """Check the base URL of a registry, before other code builds URLs with it.

    Args:
        text: `https://` and a host, or `http://` and a loopback host; a port and a path may follow.

    Returns:
        The URL without a slash at its end.

    Raises:
        BadSetting: The text is not such a URL, or holds a user name, a query, a fragment, a line break or a space.
    """
    # This check comes first, because the later messages quote the address.
    if _MAY_HOLD_A_SECRET.search(text):
        raise BadSetting("the registry's address holds a user name, a query or a fragment, and is not repeated here")
    if not _PRINTABLE.fullmatch(text):
        raise BadSetting(f"the registry's address {text!a} holds a character that is not allowed in an address")
    parts = _split_url(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting(f"the registry's address {text} is not an http or https URL")
    if parts.scheme == "http" and not is_loopback(text):
        raise BadSetting(f"the registry's address {text} is plain http on another machine")
    return text.rstrip("/")


def is_loopback(base_url: str) -> bool:
    """Return whether an address is on this machine: `localhost`, 127.0.0.0/8 or ::1.

    Args:
        base_url: An http or https URL.
    """
    host = _split_url(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name, not a number
        return host == "localhost"


def get_default_rate(base_url: str) -> float | None:
    """Return the default pace for an address, in requests a second.

    Args:
        base_url: The registry's base URL.

    Returns:
        1.0, or None (no limit) on loopback.
    """
    return None if is_loopback(base_url) else api.LIVE_RATE


def _split_url(text: str) -> SplitResult:
    """Split a URL into its parts.

    Raises:
        BadSetting: The text is not a URL.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port  # `urlsplit` checks the port only when it is read
    except ValueError as error:
        raise BadSetting(f"the registry's address {text!a} is not a URL ({error})") from error
    return parts
