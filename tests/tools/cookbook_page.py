"""Write the answers of the cookbook's statements into `docs/cookbook.md`; `make docs` runs this."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.folders import DOCS
from warehouse.connect import open_read_only
from warehouse.reading.query import run_query

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLine

PAGE = DOCS / "cookbook.md"
SETS = ("--condition-set", "aclf", "--condition-set", str(DOCS / "cirrhosis.toml"))
_RECIPE = re.compile(r"(```sql\n(?P<sql>.*?)```\n)(?P<answer>\n\|.*?\n(?=\n|\Z))?", re.DOTALL)


def sync_all_nights(aclf: CommandLine) -> None:
    """Make the warehouse of the cookbook: the sample's three nights, for two condition sets."""
    for _ in range(3):
        run = aclf("sync", "--registry", "sample", "--direct", *SETS)
        assert run.code == 0, run.err


def fill_answers(page: str, warehouse: Path) -> str:
    """Return the page with this warehouse's answer after each statement, as a Markdown table."""
    return _RECIPE.sub(lambda recipe: f"{recipe[1]}\n{_make_answer(recipe['sql'], warehouse)}", page)


def _make_answer(statement: str, warehouse: Path) -> str:
    with open_read_only(warehouse) as connection:
        names, rows = run_query(connection, statement)
    assert rows, statement
    lines = [names, ["---"] * len(names), *(map(_format_cell, row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _format_cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
