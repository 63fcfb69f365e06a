"""The warehouse as it was known at the end of an earlier day."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from warehouse.connect import attach_read_only, fetch_value, open_read_only
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
    """A connection that can read the warehouse as it was at the end of a day (UTC), and nothing else.

    All its tables are made from what the archive held then, in a temporary file, as a rebuild makes them.

    Args:
        file: the published warehouse.
        day: the day.
        session: as in `open_read_only`.

    Raises:
        NoWarehouse: there is no such file, or it is not a sound database.
        BadQuery: the warehouse has no archive, or its archive begins later.
    """
    _refuse_earlier(file, day)
    with TemporaryDirectory(prefix="aclf-") as folder:
        paths = Paths(Path(folder) / "as_of.duckdb")
        with make_store(paths) as connection:
            attach_read_only(connection, file, "published")
            run_statements(connection, "copy_until", day=day)
            connection.execute("detach published")
        with open_read_only(paths.store, session) as connection:
            yield connection


def _refuse_earlier(file: Path, day: date) -> None:
    with open_read_only(file) as connection:
        there = connection.execute("from duckdb_tables() where schema_name = 'archive'").fetchall()
        if not there:
            raise BadQuery(
                f"the warehouse {file} was made before there was an archive", next_step="run `aclf sync` first"
            )
        first = fetch_value(connection, "select cast(min(first_seen_at) as date) from archive.study_versions")
    if first is None or day < first:
        raise BadQuery(
            f"nothing is known of {day}, for the archive begins on {first}",
            next_step="ask for that day or a later one",
        )
