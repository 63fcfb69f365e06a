"""Which trials are related: `main.see_also`, ranked by what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.sql.files import run_statements

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REACH = 150
"""Trials that are looked at for each: in a set of some hundred nearly all of it, in a large one those that share its
rarest terms. Of 1,196 real trials that finds 99.5 % of the ten nearest; to look at all takes time that grows with the
square of their number.
"""

_RANKED_AT_A_TIME = 3000
"""Trials whose relations are ranked at once: many, for each round has its fixed cost; not all, to bound the memory."""


def rank_if_changed(connection: DuckDBPyConnection) -> None:
    """Rank all relations anew where the load of this connection changed a trial or who is in the condition set."""
    if connection.execute("select exists (from loaded_versions) or exists (from changed_members)").fetchall()[0][0]:
        rank_related_trials(connection)


def rank_related_trials(connection: DuckDBPyConnection) -> None:
    """Fill `main.see_also` anew: for each trial up to 50 of the condition set, the nearest first.

    Two trials are the nearer the more conditions, MeSH terms, keywords, interventions and sponsor they share, each
    counted by its rarity in the set (the inverse of how many have it). The weights of the kinds stand in
    `statements/gather_terms.sql`, the ranking in `statements/see_also.sql`; the same trials always rank the same.
    """
    run_statements(connection, "gather_terms", reach=REACH)
    (count,) = connection.execute("select count(*) from numbered").fetchall()[0]
    for first in range(1, count + 1, _RANKED_AT_A_TIME):
        run_statements(connection, "see_also", first=first, last=first + _RANKED_AT_A_TIME - 1)
