"""Ask a real PostgreSQL that a warehouse is published to, with AACT's own words."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

import psycopg
from psycopg.types.json import set_json_loads

from tests.support.database_server import PASSWORD
from warehouse.paths import Paths
from warehouse.targets.addresses import parse_address
from warehouse.targets.publishing import publish_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.database_server import DatabaseServer
    from tests.support.warehouses import Warehouse

ENGLISH = "template template0 locale_provider icu icu_locale 'en-US'"
"""Options of `create database` by which texts are sorted as in English, for example `a` before `B`."""


class PostgreSQL:
    """A connection to a database of a PostgreSQL server; JSON comes as text, and times are in UTC."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        set_json_loads(bytes.decode, context=connection)
        self.execute("set timezone = 'UTC'")

    def execute(self, script: str) -> None:
        """Run statements without a result."""
        self._connection.execute(script.encode())

    def fetch(self, script: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run statements, and return the names and rows of the last one; what they made is gone afterwards."""
        with self._connection.transaction(force_rollback=True), self._connection.cursor() as cursor:
            cursor.execute(script.encode())
            while cursor.nextset():
                pass
            assert cursor.description is not None, "the last statement has no result"
            return [column.name for column in cursor.description], cursor.fetchall()

    def refuses(self, statement: str) -> bool:
        """Return whether a statement ends with an error of PostgreSQL."""
        try:
            self.fetch(statement)
        except psycopg.Error:
            return True
        return False


@contextmanager
def publish_to_postgres(
    server: DatabaseServer, warehouse: Warehouse, search_path: str, **database: str
) -> Iterator[PostgreSQL]:
    """Publish a warehouse to a new database, and yield a connection to it.

    Args:
        server: the PostgreSQL.
        warehouse: the warehouse.
        search_path: the schemas whose tables can be named alone, with commas.
        database: its `name` and `options`, if it has some.
    """
    name = server.create_database(**database)
    # Publish a copy, because DuckDB shares settings among the connections of a process to one file.
    with TemporaryDirectory(prefix="aclf-copied-") as folder, mock.patch.dict(os.environ, PGPASSWORD=PASSWORD):
        copied = Path(shutil.copy(warehouse.path, folder))
        publish_to(Paths.of(copied), parse_address(server.make_address(name)))
    with server.connect(name, autocommit=True) as connection:
        connection.execute(f"set search_path = {search_path or repr('')}".encode())
        yield PostgreSQL(connection)
