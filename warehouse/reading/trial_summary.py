"""What the summary pages of trials show, read from the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from transform.printable import remove_controls_in
from warehouse.errors import NoWarehouse
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """One trial, as its page shows it.

    Attributes:
        values: the columns of `main.trial_summary`, with `registry` and `data_timestamp` of the record.
        see_also: rows of `main.see_also` without `nct_id`, each with the `source_url` of the related trial.
        asked_for: the numbers that this trial was asked for by.
        obsolete: those of them that are not its number any more, each with whether a last record of its own is kept.
    """

    values: Row
    see_also: tuple[Row, ...]
    asked_for: tuple[str, ...]
    obsolete: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class FoundTrials:
    """What there is of the trials that were asked for.

    Attributes:
        summaries: the trials that are there, each once, in the order in which they were asked for.
        missing: the numbers without a trial, each with the reason where its record was set aside, else None.
    """

    summaries: tuple[TrialSummary, ...]
    missing: Mapping[str, str | None]


def find_trials(connection: DuckDBPyConnection, ids: Sequence[str], related: int) -> FoundTrials:
    """The trials of these NCT numbers, each with so many related trials; an obsolete number gives the current trial.

    What steers a terminal is taken out of every text.

    Raises:
        NoWarehouse: the warehouse was published by a version that had no summary pages.
    """
    try:
        places = {row["asked_for"]: row for row in _rows(connection, "whereabouts", list(ids))}
        shown = {nct_id: number for nct_id in ids if (number := _number(places[nct_id]))}
        numbers = list(dict.fromkeys(shown.values()))
        values = {row["nct_id"]: row for row in _rows(connection, "summaries", numbers)}
        others = _rows(connection, "relations", numbers, related)
    except duckdb.CatalogException as error:
        raise NoWarehouse(
            "the warehouse was published by an older version of aclf-trials, which had no summary pages",
            next_step="run `aclf rebuild`, which makes every table again without the network",
        ) from error
    see_also: dict[str, list[Row]] = {number: [] for number in numbers}
    for row in others:
        see_also[row.pop("nct_id")].append(row)
    summaries = []
    for number in numbers:
        asked_for = tuple(nct_id for nct_id in ids if shown.get(nct_id) == number)
        obsolete = {nct_id: places[nct_id]["is_held"] for nct_id in asked_for if nct_id != number}
        summaries.append(TrialSummary(values[number], tuple(see_also[number]), asked_for, obsolete))
    return FoundTrials(tuple(summaries), {nct_id: places[nct_id]["set_aside"] for nct_id in ids if nct_id not in shown})


def _number(place: Row) -> str | None:
    """The number under which a trial is shown."""
    return place["current_nct_id"] or (place["asked_for"] if place["is_held"] else None)


def _rows(connection: DuckDBPyConnection, statement: str, *parameters: Any) -> list[Row]:
    result = connection.execute(read_sql("statements", statement), list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(remove_controls_in, row), strict=True)) for row in result.fetchall()]
