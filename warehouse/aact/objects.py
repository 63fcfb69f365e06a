"""What SQL written for AACT looks for in the warehouse: AACT's views, and PostgreSQL's functions as macros."""

from __future__ import annotations

from warehouse.sql.files import read_sql

_FILES = ("views", "topics", "patterns", "dates", "values", "json")
"""In the order in which they use each other."""


def read_aact_objects() -> str:
    """The statements that create them in `ctgov`, whose tables are there."""
    return "\n".join(read_sql("aact", name) for name in _FILES)
