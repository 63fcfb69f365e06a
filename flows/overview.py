"""`aclf report`: one page to look at, put in place whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
from jinja2 import TemplateError

from extract.files import write_whole
from flows.overview_html import render
from warehouse.errors import ReportNotWritten
from warehouse.overview import read_overview
from warehouse.query import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from extract.condition_set import ConditionSet


def write_overview(warehouse: Path, file: Path, condition_set: ConditionSet) -> dict[str, Any]:
    """Write the report of the published warehouse, by rename: a reader sees the whole page or the one before.

    Args:
        warehouse: the published file.
        file: where the page shall stand; its folder exists.
        condition_set: gives the set its name in words, where it is the one that the warehouse holds.

    Returns:
        What was written: `report` (its path), `trials` and `bytes` (how many), `data_timestamp` (of its data, UTC).

    Raises:
        NoWarehouse: there is nothing to read.
        ReportNotWritten: the page could not be made, or could not be put in place.
    """
    try:
        with open_read_only(warehouse) as connection:
            overview = read_overview(connection)
        name = overview.night["condition_set"]
        page = render(overview, condition_set.title if name == condition_set.name else name).encode()
        write_whole(file, page)
    except (duckdb.Error, TemplateError, ValueError, OSError) as error:
        raise ReportNotWritten(f"the report {file} could not be written ({error})") from error
    return {
        "report": str(file),
        "trials": overview.figures["trials"],
        "bytes": len(page),
        "data_timestamp": overview.night["data_timestamp"],
    }
