"""List the files of views and functions, in the order in which a database can create what is in them.

A view is written once, in SQL that DuckDB and PostgreSQL both read. What the two cannot share is in functions: a DuckDB
macro and a PostgreSQL function of the same name, in files of the same name.
"""

from __future__ import annotations

from typing import Literal

from warehouse.sql.files import read_sql

FunctionFolder = Literal["macros", "postgresql"]
"""The folder with the functions of DuckDB, or of PostgreSQL."""

_FUNCTIONS = "functions"

# Each file may use what the files before it create.
_ORDER = (
    ("views", "aact_texts"),
    ("views", "aact_topics"),
    ("views", "aact_searches"),
    ("views", "archive"),
    ("views", "related_trials"),
    (_FUNCTIONS, "related_trials"),
    ("views", "see_also"),
    (_FUNCTIONS, "see_also_of"),
    ("views", "sites"),
    (_FUNCTIONS, "sites"),
    (_FUNCTIONS, "date_label"),
    ("views", "trial_summary"),
    ("views", "what_changed"),
    ("views", "what_is_new"),
    (_FUNCTIONS, "trials_as_of"),
)


def list_object_files(functions: FunctionFolder) -> list[tuple[str, str]]:
    """Return the folder and the name of each file of views, and of one database's functions, in their order."""
    return [(functions if folder == _FUNCTIONS else folder, name) for folder, name in _ORDER]


def read_object_files(functions: FunctionFolder) -> list[str]:
    """Return the texts of these files."""
    return [read_sql(folder, name) for folder, name in list_object_files(functions)]
