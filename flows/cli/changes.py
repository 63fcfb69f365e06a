"""`aclf changes`: print what changed, the newest night first."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from extract.nct import NctId
from flows.cli.terminal import print_json, print_lines
from flows.pages.change_text import format_changes
from transform.diff.weights import MAJOR
from warehouse.connect import open_read_only
from warehouse.known_sets import read_followed_sets, select_sets
from warehouse.reading.changes import find_requested_trials, read_changes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from flows.pages.change_text import Change


def print_changes(
    warehouse: Path,
    nct_ids: Iterable[str],
    first_day: date | None,
    condition_set: str | None = None,
    *,
    only_major: bool = False,
    as_json: bool,
) -> None:
    """Print the changes of trials.

    Args:
        warehouse: the published file.
        nct_ids: NCT numbers as the user wrote them; if there are none, the changes of all trials are printed.
        first_day: the first day that is printed, or None for the default of `read_changes`.
        condition_set: the name of the only set whose trials count; None for all trials.
        only_major: whether minor and administrative changes are left out; a last line says how many they are.
        as_json: whether the rows of `main.changes` are printed as JSON.

    Raises:
        BadNctNumber: one of the texts is not an NCT number.
        NoWarehouse: there is no warehouse.
        TrialNotHeld: the warehouse does not have one of the trials.
        BadSetting: the warehouse does not follow the set.
    """
    ids = [NctId.parse(nct_id) for nct_id in nct_ids]
    with open_read_only(warehouse) as connection:
        if condition_set is not None:
            select_sets(read_followed_sets(connection), condition_set)
        trials = find_requested_trials(connection, ids)
        # A merged trial has changes under its old number and under its current one.
        numbers = list(chain.from_iterable(trial.numbers for trial in trials))
        changes = read_changes(connection, numbers, first_day, condition_set)
    shown = [change for change in changes if change["weight"] == MAJOR] if only_major else changes
    if as_json:
        print_json(shown)
        return
    merged = [trial for trial in trials if trial.requested != trial.current]
    notes = [f"{trial.requested} was merged: it is {trial.current} now." for trial in merged]
    lines = list(format_changes(shown)) or [f"nothing {'major ' if only_major else ''}has changed in that time."]
    left_out = [_count_left_out(changes)] if len(shown) < len(changes) else []
    print_lines([*notes, *lines, *left_out])


def _count_left_out(changes: Iterable[Change]) -> str:
    """Return the line that says how many changes `--major` leaves out, by weight."""
    counts = Counter(change["weight"] or "without a weight" for change in changes if change["weight"] != MAJOR)
    words = ", ".join(f"{count} {weight}" for weight, count in counts.most_common())
    return f"left out: {words}. `aclf changes` without --major shows them."
