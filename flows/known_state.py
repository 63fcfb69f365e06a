"""What the store holds when a sync begins, as the steps before the load need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extract.plan import KnownTrial
from warehouse.connect import fetch_dicts
from warehouse.known_set import read_known_set
from warehouse.runs import LastLook, LastSync, read_last_look, read_last_sync
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class KnownState:
    """What earlier runs left.

    Attributes:
        trials: the trials in the store.
        condition_set: the set that the warehouse follows, by the keys of its file; empty if no sync has succeeded.
        last_sync: what the newest sync that did not fail has read.
        last_look: the newest sync that did not fail and that listed the set.
    """

    trials: list[KnownTrial]
    condition_set: dict[str, Any]
    last_sync: LastSync | None
    last_look: LastLook | None


def read_known_state(store: DuckDBPyConnection) -> KnownState:
    """Read what earlier runs left in the store."""
    trials = [KnownTrial(**row) for row in fetch_dicts(store, read_sql("statements", "known_trials"))]
    return KnownState(trials, read_known_set(store), read_last_sync(store), read_last_look(store))
