"""How much memory DuckDB may hold. It moves the rest to a scratch folder; Python and Arrow take some 300 MB besides."""

from __future__ import annotations

import os
import re

from extract.errors import BadSetting

MEMORY = "ACLF_MEMORY"
"""The environment variable that sets it, such as `2GB`. Every command and every worker of this machine reads it."""

_USUAL = 550_000_000
"""Bytes. Enough for any size that was tried, because a load works on some of the trials at a time."""

_LARGEST_SHARE = 0.25
"""The default is at most this share of the machine's memory."""

_LEAST = 200_000_000
"""Bytes. With less, the checks of a set of some thousand trials fail."""

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(MB|GB)", re.IGNORECASE)
_UNITS = {"MB": 10**6, "GB": 10**9}


def get_memory_limit() -> int:
    """Return the most bytes that DuckDB may hold: the setting, else the usual, but a quarter of a small machine's.

    Raises:
        BadSetting: the setting is not a size, or too small.
    """
    text = os.environ.get(MEMORY)
    if not text:
        return max(min(_USUAL, int(_count_bytes_of_machine() * _LARGEST_SHARE)), _LEAST)
    size = _SIZE.fullmatch(text.strip())
    limit = int(float(size[1]) * _UNITS[size[2].upper()]) if size else 0
    if limit < _LEAST:
        raise BadSetting(f"{MEMORY} must be a size of at least 200 MB, such as 800MB or 2GB, not {text!a}")
    return limit


def _count_bytes_of_machine() -> int:
    """Return the machine's memory; more than any machine has where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 1 << 62
