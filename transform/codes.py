"""The registry's code lists as they are shipped: one CSV file an enumeration, in `codes/`.

`code` as the registry's records write it, `label` as its page words it, `group` where we sort the codes into fewer
kinds, `order` from 1 for sorting, and `description` in our own words. A sixth column, `also`, holds further spellings
of the registry, separated by `;`: former names and the wordings that its enumerations list as exceptions.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

COLUMNS = ("code", "label", "group", "order", "description")


@cache
def load_code_lists() -> dict[str, tuple[dict[str, str], ...]]:
    """Every code list by name (`overall_status`, `phase`, ...), sorted by name: a dictionary of texts a code."""
    folder = sorted((files("transform") / "code_lists").iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".csv"): tuple(csv.DictReader(file.read_text().splitlines())) for file in folder}
