"""Views that take minutes to read in a large set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.connect import fetch_value
from warehouse.loading.related_trials import KEPT_UP_TO

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RANKED_WHEN_READ = ("main.see_also", "raw.ranked_terms", "raw.unranked_terms")
"""Views that rank related trials when they are read, where these are too many to keep."""


def find_slow_views(reader: DuckDBPyConnection) -> dict[str, str]:
    """Return the views of a warehouse that take too long to read as a whole, each with the reason."""
    if fetch_value(reader, "select count(*) from main.trials") <= KEPT_UP_TO:
        return {}
    reason = f"With more than {KEPT_UP_TO} trials this is ranked when it is read: ask main.see_also_of('NCT...')."
    return dict.fromkeys(RANKED_WHEN_READ, reason)
