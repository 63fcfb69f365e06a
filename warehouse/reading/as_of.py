"""Open the warehouse as it was known at the end of an earlier day."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from warehouse.connect import fetch_value, open_read_only
from warehouse.errors import BadQuery
from warehouse.paths import Paths
from warehouse.sql.files import run_statements
from warehouse.store import make_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from duckdb import DuckDBPyConnection


@contextmanager
def open_as_of(file: Path, day: date, session: str = "") -> Iterator[DuckDBPyConnection]:
    """Open a read-only connection to the warehouse as it was known at the end of a day (UTC).

    Every table is built again in a temporary file, from the records that the archive held on that day.

    Args:
        file: The published warehouse.
        day: The day.
        session: Statements that run before the settings are locked, as in `open_read_only`.

    Raises:
        NoWarehouse: The file does not exist, or it is not a sound database.
        BadQuery: The warehouse has no archive, or its archive begins after the day.
    """
    _refuse_day_before_archive(file, day)
    with TemporaryDirectory(prefix="aclf-") as folder:
        paths = Paths.of(Path(folder) / file.name)
        # The end of this block builds the tables: `make_store` derives them from the archive that is copied here.
        with make_store(paths, file, "published") as connection:
            run_statements(connection, "copy_until", day=day)
            run_statements(connection, "copy_sets_until" if _has_sets(connection) else "copy_one_set_until")
        # A query may name the catalog, which DuckDB names after the file.
        paths.store.rename(paths.warehouse)
        # Read the temporary file through a second connection, which can neither write nor open another file.
        with open_read_only(paths.warehouse, session) as connection:
            yield connection


def _has_sets(connection: DuckDBPyConnection) -> bool:
    """Return whether the published file knows several condition sets; that of an earlier version does not."""
    tables = (
        "from duckdb_tables() where database_name = 'published' and schema_name = 'ops' and table_name = 'run_sets'"
    )
    return bool(connection.execute(tables).fetchall())


def _refuse_day_before_archive(file: Path, day: date) -> None:
    with open_read_only(file) as connection:
        archive_tables = connection.execute("from duckdb_tables() where schema_name = 'archive'").fetchall()
        if not archive_tables:
            raise BadQuery(
                f"the warehouse {file} was made by a version that kept no archive", next_step="run `aclf sync` first"
            )
        first_day = fetch_value(connection, "select cast(min(first_seen_at) as date) from archive.study_versions")
    if first_day is None or day < first_day:
        raise BadQuery(
            f"the warehouse knows nothing of {day}, because its archive begins on {first_day}",
            next_step="ask for that day or a later one",
        )
