"""What SQL written for AACT looks for in the warehouse: AACT's views, and PostgreSQL's functions as macros."""

from __future__ import annotations

from warehouse.sql import sql

_FILES = ("views", "topics", "patterns", "dates", "values", "json")
"""In the order in which they use each other."""


def aact_objects() -> str:
    """The statements that create them in `ctgov`, whose tables are there."""
    return "\n".join(sql("aact", name) for name in _FILES)
