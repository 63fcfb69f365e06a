"""The schema `ctgov` holds for a record just the rows that AACT's tables hold, and every other value of it besides.

The golden rows in `tests/data/golden/aact` were worked out by hand from AACT's mappings; its README tells how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.folders import DATA
from transform.catalog.model import load_catalog

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = DATA / "golden" / "aact"
FILES = sorted([*GOLDEN.glob("ctgov/*.csv"), *GOLDEN.glob("beyond/*.csv")])
CTGOV = [table for table in load_catalog().tables if table.schema == "ctgov"]
LOAD_TIMES = {"created_at", "updated_at"}


@pytest.fixture(scope="module")
def connection(of_aact):
    """A read-only connection to the warehouse of the golden studies."""
    with duckdb.connect(str(of_aact.path), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}.{file.stem}")
def test_a_tables_rows_are_the_golden_ones(connection, file):
    """Of the golden studies each table has exactly the rows and values written down for it, ids among them."""
    golden = connection.from_csv_auto(
        str(file), auto_detect=False, header=True, allow_quoted_nulls=False, all_varchar=True, columns=_names(file)
    )
    typed = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in _types(connection, file).items())
    order = "nct_id, id" if "id" in golden.columns else "nct_id"
    expected = connection.sql(f"select {typed} from golden order by {order}").fetchall()
    columns = ", ".join(f'"{name}"' for name in golden.columns)
    assert connection.sql(f"select {columns} from ctgov.{file.stem} order by {order}").fetchall() == expected
    assert expected


def test_every_column_has_a_golden_value():
    """No table and no column of `ctgov` is without golden rows, but for the times of loading."""
    written: dict[str, set[str]] = {}
    for file in FILES:
        written.setdefault(file.stem, set()).update(_names(file))
    assert written == {table.name: {column.name for column in table.columns} - LOAD_TIMES for table in CTGOV}


def _names(file: Path) -> dict[str, str]:
    return dict.fromkeys(file.read_text().splitlines()[0].split(","), "VARCHAR")


def _types(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    kinds = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'ctgov' and table_name = $1",
            [file.stem],
        ).fetchall()
    )
    return {name: kinds[name] for name in _names(file)}
