"""Read what the records of trials say beyond their summaries from the published warehouse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb

from extract.printable import remove_controls_in
from warehouse.connect import fetch_dicts
from warehouse.reading.changes import read_changes
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from warehouse.reading.trial_summary import Row

LISTS = (
    *("interventions", "outcomes", "criteria", "mentions", "sites", "arms", "contacts", "removed_countries"),
    *("sponsors", "officials", "references", "links", "documents", "versions", "changes"),
)
"""The lists of a trial, in the order in which JSON names them."""

OBJECTS = ("eligibility", "results")
"""What a trial has once."""

Details = dict[str, Any]
"""The lists and objects of one trial, by name.

The rows of `contacts` of a site are in the site; those of the whole trial are in the list. `results` has what the
registry posted in `sections`, as the record has it, or an empty object.
"""

_RESULTS_SECTIONS = {
    "participantFlowModule": "participant_flow",
    "baselineCharacteristicsModule": "baseline",
    "outcomeMeasuresModule": "outcome_measures",
    "adverseEventsModule": "adverse_events",
}
_KEYS = {"id", "nct_id", "facility_id", "brief_title"}


def read_trial_details(connection: DuckDBPyConnection, nct_ids: Sequence[str]) -> dict[str, Details]:
    """Return the details of each trial, without control characters.

    Args:
        connection: A reader's.
        nct_ids: NCT numbers of trials in the warehouse.

    Returns:
        For each trial, by its number: its `LISTS` and `OBJECTS`, by name. A row is without its keys. Nothing is there
        of a trial in a file that an earlier version published, and that lacks one of the tables.
    """
    if not nct_ids:
        return {}
    try:
        rows = fetch_dicts(connection, read_sql("statements", "trial_details"), [list(nct_ids)])
    except duckdb.CatalogException:
        return {nct_id: {} for nct_id in nct_ids}
    found: dict[str, dict[str, list[Row]]] = {nct_id: {name: [] for name in (*LISTS, *OBJECTS)} for nct_id in nct_ids}
    for row in rows:
        found[row["nct_id"]][row["list_name"]].append(_make_printable(json.loads(row["details"])))
    for change in read_changes(connection, nct_ids, None):
        found[change["nct_id"]]["changes"].append(_make_printable(change))
    sections = _read_results(connection, found)
    return {nct_id: _make_details(lists, sections.get(nct_id, {})) for nct_id, lists in found.items()}


def _read_results(connection: DuckDBPyConnection, found: dict[str, dict[str, list[Row]]]) -> dict[str, Row]:
    """Return the sections of the results of each trial that has some, by our names."""
    posted = [nct_id for nct_id, lists in found.items() if any(row["has_results"] for row in lists["results"])]
    if not posted:
        return {}
    sections = {}
    for row in fetch_dicts(connection, read_sql("statements", "results_sections"), [posted]):
        results = _make_printable(json.loads(row["results"]))
        sections[row["nct_id"]] = {
            name: results[module] for module, name in _RESULTS_SECTIONS.items() if module in results
        }
    return sections


def _make_details(lists: dict[str, list[Row]], sections: Row) -> Details:
    """Return the lists and objects of one trial, with the contacts of each site in the site, and without the keys."""
    sites = [
        site | {"contacts": [_drop_keys(row) for row in lists["contacts"] if row["facility_id"] == site["id"]]}
        for site in lists["sites"]
    ]
    general = [row for row in lists["contacts"] if row["facility_id"] is None]
    details: Details = {
        name: [_drop_keys(row) for row in rows]
        for name, rows in (lists | {"sites": sites, "contacts": general}).items()
        if name in LISTS
    }
    for name in OBJECTS:
        details[name] = _drop_keys(lists[name][0]) if lists[name] else {}
    details["results"] |= {"sections": sections}
    return details


def _drop_keys(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _KEYS}


def _make_printable(value: Any) -> Any:
    """Return the value without control characters in any text of its lists and objects."""
    if isinstance(value, dict):
        return {name: _make_printable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_make_printable(part) for part in value]
    return remove_controls_in(value)
