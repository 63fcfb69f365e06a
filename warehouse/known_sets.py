"""The condition sets that a warehouse follows: it refuses to leave one of them out unless a person says so."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from extract.errors import BadSetting
from warehouse.bound_values import execute_with
from warehouse.connect import fetch_dicts
from warehouse.errors import OtherConditionSet
from warehouse.runs import read_newest_good_sync
from warehouse.sql.files import read_sql
from warehouse.store_facts import SETS_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from duckdb import DuckDBPyConnection

    from extract.condition_set import ConditionSet


@dataclass(frozen=True, slots=True)
class FollowedSet:
    """A condition set that the warehouse follows; without a title if a version synced it that kept none."""

    name: str
    title: str | None


def read_followed_sets(connection: DuckDBPyConnection) -> tuple[FollowedSet, ...]:
    """Return the condition sets that the warehouse follows, in their order; none if no sync has succeeded."""
    try:
        rows = connection.execute(read_sql("statements", "followed_sets")).fetchall()
    except duckdb.CatalogException:
        # An earlier version made the file, and followed one set. It may have kept the set's title.
        synced = read_newest_good_sync(connection)
        kept = json.loads(read_store_facts(connection).get("condition_set", "{}"))
        rows = [(synced["condition_set"], kept.get("title"))] if synced else []
    return tuple(FollowedSet(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class ListedSet:
    """What a sync listed of a condition set.

    Attributes:
        trials: how many trials; None if nothing was listed.
        since: the first update date that was listed; None if the whole set was.
    """

    trials: int | None
    since: date | None


@dataclass(frozen=True, slots=True)
class SetLook:
    """The last listings of a condition set by syncs that did not fail.

    Attributes:
        digest: the digest of the set when it was last listed wholly.
        listed_wholly_at: the time of that sync; aware.
        data_timestamp: the registry's name of the data of the last listing, whole or of updates.
    """

    digest: str
    listed_wholly_at: datetime
    data_timestamp: str


def read_set_looks(connection: DuckDBPyConnection) -> dict[str, SetLook]:
    """Return the last listings of each condition set that was ever listed, by its name."""
    rows = fetch_dicts(connection, read_sql("statements", "set_looks"))
    return {row.pop("condition_set"): SetLook(**row) for row in rows}


def select_sets(followed: Sequence[FollowedSet], name: str | None) -> Sequence[FollowedSet]:
    """Return the set of this name; all sets if the name is None.

    Raises:
        BadSetting: No followed set has the name.
    """
    selected = [each for each in followed if name in (None, each.name)]
    if name is not None and not selected:
        known = ", ".join(each.name for each in followed)
        raise BadSetting(f"the warehouse does not follow the condition set {name!a} (it follows: {known})")
    return selected


def read_set_states(connection: DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the condition sets that the warehouse follows, and how each stands.

    Returns:
        The columns `name`, `title`, `trials`, `last_listed_at` and `refused` of `main.condition_sets`. The last three
        are None in a file that an earlier version made.
    """
    try:
        return fetch_dicts(connection, read_sql("statements", "set_states"))
    except duckdb.CatalogException:
        unknown = dict.fromkeys(("trials", "last_listed_at", "refused"))
        return [{**asdict(each), **unknown} for each in read_followed_sets(connection)]


def read_kept_definitions(connection: DuckDBPyConnection) -> list[ConditionSet]:
    """Return the condition sets that the warehouse follows, with everything that their files said."""
    from extract.condition_set import ConditionSet  # noqa: PLC0415 - only a backfill needs it

    return [ConditionSet(**kept) for kept in json.loads(read_store_facts(connection).get(SETS_FACT, "[]"))]


def refuse_other_sets(connection: DuckDBPyConnection, condition_sets: Sequence[ConditionSet]) -> None:
    """Refuse to sync condition sets that leave out one that the warehouse follows. An edited set keeps its name.

    Raises:
        OtherConditionSet: One is left out.
    """
    followed = read_followed_sets(connection)
    if {each.name for each in followed} - {each.name for each in condition_sets}:
        raise OtherConditionSet(
            f"this warehouse follows {format_sets(followed)}, and the run was to follow {format_sets(condition_sets)}"
        )


def remember_sets(
    connection: DuckDBPyConnection,
    run_id: int,
    condition_sets: Sequence[ConditionSet],
    listed: Mapping[str, ListedSet],
    refused: Mapping[str, str],
) -> bool:
    """Keep the condition sets of a sync as those that the warehouse follows, and return whether these are others.

    Args:
        connection: A connection to the store.
        run_id: The sync.
        condition_sets: Its sets.
        listed: What was listed, by the name of each set that was.
        refused: Why a listing was not believed, by the set's name.
    """
    before = read_followed_sets(connection)
    for position, each in enumerate(condition_sets, start=1):
        found = listed.get(each.name, ListedSet(None, None))
        execute_with(
            connection,
            "insert into ops.run_sets values ($1, $2, $3, $4, $5, $6, $7, $8)",
            [run_id, position, each.name, each.title, each.digest, found.trials, found.since, refused.get(each.name)],
        )
    set_store_fact(connection, SETS_FACT, json.dumps([asdict(each) for each in condition_sets]))
    return before != tuple(FollowedSet(each.name, each.title) for each in condition_sets)


def format_sets(sets: Sequence[FollowedSet | ConditionSet]) -> str:
    """Return sets as people read them: `the condition set aclf (Acute-on-chronic liver failure)`."""
    names = [format_set(each.name, each.title) for each in sets]
    *others, last = names
    return f"the condition sets {', '.join(others)} and {last}" if others else f"the condition set {last}"


def format_set(name: str, title: str | None) -> str:
    """Return a set as people read it: its name, and its title where it is known."""
    return f"{name} ({title})" if title else name
