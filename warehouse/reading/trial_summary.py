"""Read what the summary pages of trials show from the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from extract.printable import remove_controls_in
from warehouse.connect import fetch_dicts
from warehouse.errors import NoWarehouse
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

RELATED = 10
"""Trials under "See also" on a trial's page, unless a reader asks for another number."""


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """One trial, as its page shows it.

    Attributes:
        values: The columns of `main.trial_summary`, with `registry` and `data_timestamp` of the record.
        see_also: Rows of `main.see_also` without `nct_id`, each with the `source_url` of the related trial.
        asked_for: The NCT numbers in the request that lead to this trial.
        obsolete: Those of them that are obsolete, each with whether the warehouse keeps a last record under it.
    """

    values: Row
    see_also: tuple[Row, ...]
    asked_for: tuple[str, ...]
    obsolete: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class FoundTrials:
    """The result of a search for trials by their NCT numbers.

    Attributes:
        summaries: The trials in the warehouse, each once, in the order of the request.
        missing: The numbers without a trial, each with the reason if its record was quarantined, else None.
    """

    summaries: tuple[TrialSummary, ...]
    missing: Mapping[str, str | None]


def find_trials(connection: DuckDBPyConnection, ids: Sequence[str], related: int = RELATED) -> FoundTrials:
    """Return the trials with these NCT numbers; an obsolete number leads to the current trial.

    Control characters, which steer a terminal, are removed from every text.

    Args:
        connection: A reader's.
        ids: NCT numbers, each once.
        related: How many related trials each summary has at most.

    Raises:
        NoWarehouse: A version that had no summary pages published the warehouse.
    """
    try:
        locations = {row["asked_for"]: row for row in read_printable_rows(connection, "whereabouts", list(ids))}
        numbers = _map_to_shown_numbers(ids, locations)
        # A merged trial is shown once, also if both its old and its current number were requested.
        shown = list(dict.fromkeys(numbers.values()))
        values = {row["nct_id"]: row for row in read_printable_rows(connection, "summaries", shown)}
        related_rows = _read_related_trials(connection, shown, related)
    # The views of the summary pages are missing.
    except duckdb.CatalogException as error:
        raise NoWarehouse(
            "the warehouse was published by an older version of aclf-trials, which had no summary pages",
            next_step="run `aclf rebuild`, which builds every table again without the network",
        ) from error
    see_also = _group_by_trial(shown, related_rows)
    summaries = []
    for number in shown:
        asked_for = tuple(nct_id for nct_id in ids if numbers.get(nct_id) == number)
        obsolete = {nct_id: locations[nct_id]["is_held"] for nct_id in asked_for if nct_id != number}
        summaries.append(TrialSummary(values[number], see_also[number], asked_for, obsolete))
    missing = {nct_id: locations[nct_id]["set_aside"] for nct_id in ids if nct_id not in numbers}
    return FoundTrials(tuple(summaries), missing)


def name_missing(nct_id: str, reason: str | None) -> str:
    """Return how a sentence names a trial without a page: its number, and the reason if its record was quarantined."""
    return f"{nct_id} (its record was set aside: {reason})" if reason else nct_id


def read_printable_rows(
    connection: DuckDBPyConnection, name: str, *parameters: Any, folder: str = "statements"
) -> list[Row]:
    """Return the rows of a query in `warehouse/sql`, without control characters.

    Args:
        connection: A reader's.
        name: The query's file, without its ending.
        parameters: The values of `$1`, `$2` and so on.
        folder: The folder of the file.
    """
    rows = fetch_dicts(connection, read_sql(folder, name), parameters)
    return [make_printable(row) for row in rows]


def make_printable(row: Row) -> Row:
    """Return the row without control characters in its values."""
    return {name: remove_controls_in(value) for name, value in row.items()}


def _read_related_trials(connection: DuckDBPyConnection, numbers: Sequence[str], most: int) -> list[Row]:
    """Return the rows of `main.see_also` of these trials, each with the `source_url` of the related trial."""
    try:
        return read_printable_rows(connection, "relations", list(numbers), most)
    except duckdb.CatalogException:
        # An earlier version published the file. It had no macro for a list of trials, but kept the ranking as a table.
        return read_printable_rows(connection, "relations_of_table", list(numbers), most)


def _map_to_shown_numbers(ids: Iterable[str], locations: Mapping[str, Row]) -> dict[str, str]:
    """Return the number under which each requested trial is shown; a number without a trial is left out."""
    numbers: dict[str, str] = {}
    for nct_id in ids:
        location = locations[nct_id]
        if location["current_nct_id"]:
            numbers[nct_id] = location["current_nct_id"]
        elif location["is_held"]:
            numbers[nct_id] = nct_id
    return numbers


def _group_by_trial(numbers: Iterable[str], rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """Return the rows of each trial in their order, without `nct_id`."""
    groups: dict[str, list[Row]] = {number: [] for number in numbers}
    for row in rows:
        groups[row.pop("nct_id")].append(row)
    return {number: tuple(group) for number, group in groups.items()}
