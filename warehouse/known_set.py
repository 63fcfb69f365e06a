"""The condition set that a warehouse follows: it refuses to follow another one unless a person says so."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from warehouse.errors import OtherConditionSet
from warehouse.runs import read_newest_good_sync
from warehouse.store_facts import SET_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from extract.condition_set import ConditionSet


def read_known_set(connection: DuckDBPyConnection) -> dict[str, Any]:
    """Return the condition set that the warehouse follows, by the keys of its file.

    A store of an older version knows only the set's name, from its runs. The dict is empty if no sync has succeeded.
    """
    fact = read_store_facts(connection).get(SET_FACT)
    if fact:
        return dict(json.loads(fact))
    synced = read_newest_good_sync(connection)
    return {"name": synced["condition_set"]} if synced else {}


def is_other_set(known: dict[str, Any], condition_set: ConditionSet) -> bool:
    """Return whether a set is not the known one. A set that was edited keeps its name, so it is the same."""
    return bool(known) and known["name"] != condition_set.name


def refuse_other_set(connection: DuckDBPyConnection, condition_set: ConditionSet) -> None:
    """Refuse a condition set of another name than the one that the warehouse follows.

    Raises:
        OtherConditionSet: It is another set; nearly all trials would leave.
    """
    known = read_known_set(connection)
    if is_other_set(known, condition_set):
        held = format_set(known["name"], known.get("title"))
        given = format_set(condition_set.name, condition_set.title)
        raise OtherConditionSet(f"this warehouse follows the condition set {held}, and the run was to follow {given}")


def remember_set(connection: DuckDBPyConnection, condition_set: ConditionSet) -> None:
    """Keep the condition set, with everything that its file says, as the one that the warehouse follows."""
    fact = json.dumps(asdict(condition_set))
    if read_store_facts(connection).get(SET_FACT) != fact:
        set_store_fact(connection, SET_FACT, fact)


def format_set(name: str, title: str | None) -> str:
    """Return a condition set as people read it: its name, and its title where it is known."""
    return f"{name} ({title})" if title else name
