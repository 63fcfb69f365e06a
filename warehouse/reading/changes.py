"""Read what changed from the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.diff.weights import MAJOR, weigh_change
from warehouse.bound_values import execute_with
from warehouse.connect import fetch_dicts
from warehouse.errors import TrialNotHeld
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from duckdb import DuckDBPyConnection

_DEFAULT_DAYS = 30
"""Days before the newest run that `read_changes` covers, if it gets neither trials nor a first day."""


@dataclass(frozen=True, slots=True)
class RequestedTrial:
    """A trial that somebody asked for.

    Attributes:
        requested: The NCT number in the request.
        current: The trial's current NCT number, which differs if the trial was merged.
    """

    requested: str
    current: str

    @property
    def numbers(self) -> tuple[str, ...]:
        """The NCT numbers under which the warehouse may hold something about the trial."""
        return tuple(dict.fromkeys((self.requested, self.current)))


def find_requested_trials(connection: DuckDBPyConnection, ids: Collection[str]) -> list[RequestedTrial]:
    """Return the trials with these NCT numbers; obsolete numbers are found too.

    Raises:
        TrialNotHeld: The warehouse has nothing under one of the numbers.
    """
    rows = execute_with(connection, read_sql("statements", "same_trial"), [list(ids)]).fetchall()
    # One unknown number refuses the whole request, so that a partial answer is never taken for a complete one.
    unknown = [requested for requested, _, is_known in rows if not is_known]
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        raise TrialNotHeld(
            f"{', '.join(unknown)} {verb} not in the warehouse",
            next_step=f"fetch with `aclf backfill {' '.join(unknown)}`",
        )
    return [RequestedTrial(requested, current) for requested, current, _ in rows]


def read_changes(
    connection: DuckDBPyConnection, ids: Collection[str], first: date | None, condition_set: str | None = None
) -> list[dict[str, Any]]:
    """Return rows of `main.changes`, the newest first.

    Args:
        connection: A reader's.
        ids: NCT numbers; if there are none, the rows of all trials are returned.
        first: The first day; None means from the beginning for given trials, else 30 days before the newest run.
        condition_set: The name of the only set that counts: what happened to the trials that are or were in it.
    """
    days_before_newest_run = None if ids else _DEFAULT_DAYS
    parameters = [list(ids) or None, first, days_before_newest_run]
    changes = fetch_dicts(connection, read_sql("statements", "changes"), parameters)
    # A file that an earlier version has published has no weights.
    for row in changes:
        if "weight" not in row:
            row["weight"] = weigh_change(row["path"], row["kind"]) if row["path"] else MAJOR
    if condition_set is None:
        return changes
    ever = "select nct_id from main.condition_set_memberships where condition_set = $1"
    members = {nct_id for (nct_id,) in execute_with(connection, ever, [condition_set]).fetchall()}
    return [row for row in changes if row["nct_id"] in members and row["condition_set"] in (None, condition_set)]
