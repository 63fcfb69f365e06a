"""The registry's code lists that ship with the package: one CSV file per enumeration, in `code_lists/`.

The columns are `code`, as the registry's records write it; `label`, as the registry's page words it; `group`, where we
sort the codes into fewer kinds; `order`, counted from 1, for sorting; and `description`, in our own words. Some lists
have a sixth column, `also`: more spellings of the registry, separated by `;`. These are former names, and wordings
that the registry's enumerations list as exceptions.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

COLUMNS = ("code", "label", "group", "order", "description")


@cache
def load_code_lists() -> dict[str, tuple[dict[str, str], ...]]:
    """Return every code list by its name (`overall_status`, `phase`, ...), sorted by name.

    A list is a tuple with one dictionary per code: the texts of the code's row, by column.
    """
    folder = files("transform") / "code_lists"
    lists = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        rows = csv.DictReader(file.read_text("utf-8").splitlines())
        lists[file.name.removesuffix(".csv")] = tuple(rows)
    return lists
