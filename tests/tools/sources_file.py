"""Write `docs/sources.yml`, the sources of dbt, from the data dictionary; `make docs` runs this."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.folders import DOCS
from warehouse.connect import open_read_only
from warehouse.reading.dictionary import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = DOCS / "sources.yml"
CATALOG = "aclf"
_SOURCES = {
    "main": ("aclf", "The trials, normalised, with what changed and what their texts say."),
    "ctgov": ("ctgov", "AACT's tables and views under AACT's names, and what AACT drops."),
}
_HEAD = "# The sources of dbt: copy this file into the folder of your models. `make docs` writes it.\n"


def make_sources(warehouse: Path) -> str:
    """Return the file: a source for each schema, with the meaning of every table and column."""
    with open_read_only(warehouse) as connection:
        entries = read_dictionary(connection)
    sources = []
    for schema, (name, meaning) in _SOURCES.items():
        tables = list(_list_tables([entry for entry in entries if entry["schema"] == schema]))
        sources.append({"name": name, "description": meaning, "database": CATALOG, "schema": schema, "tables": tables})
    return _HEAD + yaml.safe_dump({"version": 2, "sources": sources}, sort_keys=False, allow_unicode=True, width=120)


def _list_tables(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for table, columns in groupby(entries, key=lambda entry: entry["table"]):
        of_table = list(columns)
        described = [{"name": each["column"], "description": each["comment"] or ""} for each in of_table]
        yield {"name": table, "description": of_table[0]["table_comment"], "columns": described}
