"""Rank which trials are related to each trial, by what they share: `main.see_also`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.connect import fetch_value
from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REACH = 150
"""Trials that each trial is compared with.

In a set of some hundred trials that is nearly all of them. In a large set it is those that share the trial's rarest
terms: for 1,196 real trials that finds 99.5 % of the ten nearest. To compare all pairs takes time that grows with the
square of the number of trials.
"""

_RANKED_AT_A_TIME = 3000
"""Trials that are ranked at once. A round has a fixed cost, so it takes many; all at once would need more memory."""


def rank_if_changed(connection: DuckDBPyConnection) -> None:
    """Rank all related trials again if this connection's load changed a trial or the members of the condition set."""
    if fetch_value(connection, "select exists (from loaded_versions) or exists (from changed_members)"):
        rank_related_trials(connection)


def rank_related_trials(connection: DuckDBPyConnection) -> None:
    """Fill `main.see_also` again: for each trial up to 50 trials of the condition set, the nearest first.

    Two trials are nearer if they share more conditions, MeSH terms, keywords, interventions and sponsors. Each shared
    term counts by its rarity in the set (the inverse of how many trials have it) and by the weight of its kind. The
    weights are in `statements/gather_terms.sql`, the ranking in `statements/see_also.sql`. The same trials always get
    the same ranking.
    """
    run_statements(connection, "gather_terms", reach=REACH)
    count = fetch_value(connection, "select count(*) from numbered_trials")
    for first in range(1, count + 1, _RANKED_AT_A_TIME):
        run_statements(connection, "see_also", first=first, last=first + _RANKED_AT_A_TIME - 1)
