"""Read what the texts of trials say, and their sites, from the published warehouse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb

from extract.printable import remove_controls_in
from warehouse.connect import fetch_dicts
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from warehouse.reading.trial_summary import Row

TABLES = ("interventions", "outcomes", "criteria", "mentions", "sites")
"""The tables that are read, in the order in which a page names them."""


def read_trial_details(connection: DuckDBPyConnection, nct_ids: Sequence[str]) -> dict[str, dict[str, list[Row]]]:
    """Return the rows of `TABLES` of each trial, without control characters.

    Args:
        connection: A reader's.
        nct_ids: NCT numbers of trials in the warehouse.

    Returns:
        For each trial, by its number: the rows of each table, by its name. A row is without `id` and `nct_id`. Nothing
        is there of a table that the file, which an earlier version published, does not have.
    """
    details: dict[str, dict[str, list[Row]]] = {nct_id: {table: [] for table in TABLES} for nct_id in nct_ids}
    try:
        found = fetch_dicts(connection, read_sql("statements", "trial_details"), [list(nct_ids)])
    except duckdb.CatalogException:
        return {nct_id: {} for nct_id in nct_ids}
    for each in found:
        row = json.loads(each["details"])
        shown = {name: remove_controls_in(value) for name, value in row.items() if name not in {"id", "nct_id"}}
        details[each["nct_id"]][each["table_name"]].append(shown)
    return details
