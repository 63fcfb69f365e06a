"""Read the news of the condition sets from the published warehouse."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.connect import fetch_dicts, fetch_value
from warehouse.errors import NoWarehouse
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class News:
    """What one run found of one trial; or that a condition set began.

    Attributes:
        run_id: the run.
        moment: its time; aware.
        nct_id: the trial; None for a set that began.
        title: the trial's short title now.
        address: the trial's page at the registry.
        status: the trial's status now, in the registry's wording.
        events: those of `EVENTS` that happened, in that order; or `began` alone.
        number: how many sites were added, or how many trials a set began with.
        condition_sets: the names of the sets that it is about.
        changes: rows of `main.changes` of the trial and the run, without administrative ones.
    """

    run_id: int
    moment: datetime
    nct_id: str | None
    title: str
    address: str
    status: str
    events: tuple[str, ...]
    number: int | None
    condition_sets: tuple[str, ...]
    changes: tuple[dict[str, Any], ...]


def read_news(connection: DuckDBPyConnection, *, after_run: int = 0, days: int | None = None) -> list[News]:
    """Return the news, the newest run first; within a run by NCT number.

    Args:
        connection: A reader's, of the published warehouse.
        after_run: Only what later runs found.
        days: Only what was found from so many days before the day of the newest run on; None for all.

    Raises:
        NoWarehouse: An earlier version published the file, and it has no news.
    """
    try:
        rows = fetch_dicts(connection, read_sql("statements", "news"), [after_run, days])
    except duckdb.CatalogException:
        raise NoWarehouse(
            "an earlier version of aclf-trials published the warehouse, which has no news",
            next_step="run `aclf sync`: the first run of this version makes them",
        ) from None
    changes = _read_changes(connection, rows)
    return [
        News(
            run_id=row["run_id"],
            moment=row["changed_at"],
            nct_id=row["nct_id"],
            title=row["brief_title"] or "",
            address=row["source_url"] or "",
            status=row["status_label"] or "",
            events=tuple(row["events"]),
            number=row["number"],
            condition_sets=tuple(row["all_sets"]),
            changes=tuple(changes[row["nct_id"], row["changed_at"]]),
        )
        for row in rows
    ]


def read_newest_run(connection: DuckDBPyConnection) -> int:
    """Return the number of the newest run that a published file knows; 0 if it knows none."""
    return int(fetch_value(connection, "select coalesce(max(run_id), 0) from ops.runs"))


def _read_changes(
    connection: DuckDBPyConnection, rows: list[dict[str, Any]]
) -> dict[tuple[str | None, datetime], list[dict[str, Any]]]:
    """Return the changes of the trials of these news, by NCT number and the time of the run."""
    changes = defaultdict(list)
    nct_ids = sorted({row["nct_id"] for row in rows if row["nct_id"]})
    if nct_ids:
        first = min(row["changed_at"] for row in rows).replace(tzinfo=None)
        for change in fetch_dicts(connection, read_sql("statements", "news_changes"), [nct_ids, first]):
            changes[change["nct_id"], change["changed_at"]].append(change)
    return changes
