"""What the store holds when a sync begins, as the steps before the load need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.plan import KnownTrial
from warehouse.connect import fetch_dicts
from warehouse.kept_rules import read_kept_rule_files
from warehouse.known_sets import SetLook, read_set_looks
from warehouse.runs import LastLook, LastSync, read_last_look, read_last_sync
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from transform.rules.files import RuleFile


@dataclass(frozen=True, slots=True)
class KnownState:
    """What earlier runs left.

    Attributes:
        trials: the trials in the store.
        set_looks: the last listings of each condition set, by its name.
        last_sync: what the newest sync that did not fail has read.
        last_look: the newest sync that did not fail and that listed its sets.
        rule_files: the files of rules that the store's tables are made with.
    """

    trials: list[KnownTrial]
    set_looks: dict[str, SetLook]
    last_sync: LastSync | None
    last_look: LastLook | None
    rule_files: tuple[RuleFile, ...]


def read_known_state(store: DuckDBPyConnection) -> KnownState:
    """Read what earlier runs left in the store."""
    trials = [KnownTrial(**row) for row in fetch_dicts(store, read_sql("statements", "known_trials"))]
    return KnownState(
        trials, read_set_looks(store), read_last_sync(store), read_last_look(store), read_kept_rule_files(store)
    )
