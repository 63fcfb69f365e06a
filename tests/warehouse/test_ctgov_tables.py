"""The schema `ctgov` holds exactly the rows of AACT's tables for a record, and every other value of the record.

The golden rows in `tests/data/golden/aact` were worked out by hand from AACT's mappings; the README there says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.folders import DATA
from transform.catalog.files import load_catalog

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = DATA / "golden" / "aact"
FILES = sorted([*GOLDEN.glob("ctgov/*.csv"), *GOLDEN.glob("beyond/*.csv")])
CTGOV = [table for table in load_catalog().tables if table.schema == "ctgov"]
LOAD_TIMES = {"created_at", "updated_at"}


@pytest.fixture(scope="module")
def connection(aact_warehouse):
    """A read-only connection to the warehouse of the golden studies."""
    with duckdb.connect(str(aact_warehouse.path), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}.{file.stem}")
def test_table_has_the_golden_rows(connection, file):
    """For the golden studies each table has exactly the rows and values in its golden file, with the same ids."""
    golden = connection.from_csv_auto(
        str(file),
        auto_detect=False,
        header=True,
        allow_quoted_nulls=False,
        all_varchar=True,
        columns=_read_text_columns(file),
    )
    typed = ", ".join(
        f'cast("{name}" as {type_name}) as "{name}"' for name, type_name in _read_types(connection, file).items()
    )
    order = "nct_id, id" if "id" in golden.columns else "nct_id"
    expected = connection.sql(f"select {typed} from golden order by {order}").fetchall()
    columns = ", ".join(f'"{name}"' for name in golden.columns)
    assert connection.sql(f"select {columns} from ctgov.{file.stem} order by {order}").fetchall() == expected
    assert expected


def test_every_column_has_a_golden_value():
    """Every table and column of `ctgov` has golden values, except the load times."""
    golden_columns: dict[str, set[str]] = {}
    for file in FILES:
        golden_columns.setdefault(file.stem, set()).update(_read_text_columns(file))
    catalog_columns = {table.name: {column.name for column in table.columns} - LOAD_TIMES for table in CTGOV}
    assert golden_columns == catalog_columns


def _read_text_columns(file: Path) -> dict[str, str]:
    """Return the columns of a golden file, all with the type VARCHAR."""
    return dict.fromkeys(file.read_text().splitlines()[0].split(","), "VARCHAR")


def _read_types(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """Return the types of the same columns in the warehouse."""
    types = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'ctgov' and table_name = $1",
            [file.stem],
        ).fetchall()
    )
    return {name: types[name] for name in _read_text_columns(file)}
