"""Keep what ranks the related trials of each trial, by what they share: `main.see_also`.

The ranking itself is `raw.rank_related` in `macros/related_trials.sql`. Two trials are nearer if they share more
conditions, MeSH terms, keywords, interventions and sponsors. Each shared term counts by its rarity in the set (the
inverse of how many trials have it) and by the weight of its kind. The same trials always get the same ranking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.connect import fetch_value
from warehouse.sql.files import run_statements
from warehouse.store_facts import RANKED_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEPT_UP_TO = 500
"""Trials up to which a load keeps the ranking. In a larger warehouse `main.see_also` ranks when it is read.

To rank all takes 0.3 s of CPU for 400 trials and 2.5 s for 2,000, and a load with a member that joins or leaves
does so.
To rank one trial when it is read takes 0.05 s at any size up to 30,000.
"""


def rank_if_changed(connection: DuckDBPyConnection) -> None:
    """Bring the ranking up to date if this connection's load changed a trial or the members of the condition set."""
    touched = "create or replace temp table touched_trials as from loaded_versions select nct_id union "
    connection.execute(touched + "from changed_members select nct_id")
    if fetch_value(connection, "select exists (from touched_trials)"):
        _gather_terms_and_rank(connection)


def rank_related_trials(connection: DuckDBPyConnection) -> None:
    """Gather the terms of all trials, and rank all related trials again."""
    connection.execute("delete from raw.trial_terms; delete from raw.shared_terms; delete from raw.kept_relations")
    set_store_fact(connection, RANKED_FACT, "")
    connection.execute("create or replace temp table touched_trials as select nct_id from main.trials")
    _gather_terms_and_rank(connection)


def _gather_terms_and_rank(connection: DuckDBPyConnection) -> None:
    """Gather the terms of the touched trials, and rank every list again that can differ from the kept one.

    A list depends on the number of members, and on the rows of `raw.trial_terms` with the terms of its own trial: how
    many trials have each term, and which, with their state. So while the number of members stays, only the lists of
    trials that have a term in `differing_terms`, or had one, can differ. This is exact: all other lists would be the
    same if they were ranked again.
    """
    run_statements(connection, "gather_terms")
    earlier_members = read_store_facts(connection).get(RANKED_FACT, "")
    members = ""
    if fetch_value(connection, "select count(*) from main.trials") <= KEPT_UP_TO:
        members = str(fetch_value(connection, "select count(*) from main.trials where in_condition_set"))
    if members != earlier_members:
        set_store_fact(connection, RANKED_FACT, members)
        connection.execute("delete from raw.kept_relations")
    if not members:
        return
    differing = "where term in (select term from differing_terms)" if members == earlier_members else ""
    connection.execute(
        f"create or replace temp table due_trials as select nct_id from raw.trial_terms {differing} "
        "union select nct_id from differing_terms"
    )
    if fetch_value(connection, "select exists (from due_trials)"):
        run_statements(connection, "see_also")
