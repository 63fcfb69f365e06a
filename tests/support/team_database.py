"""Give a warehouse a database of a team on a real PostgreSQL, and compare the two."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.database_rows import find_differing_tables
from warehouse.targets.addresses import parse_address
from warehouse.targets.publishing import publish_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.support.database_server import DatabaseServer
    from tests.support.warehouses import Warehouse
    from warehouse.targets.publishing import Published


@dataclass(slots=True)
class TeamDatabase:
    """A database that a warehouse is published to, and a connection that reads it."""

    server: DatabaseServer
    name: str
    reader: psycopg.Connection[Any]

    @property
    def address(self) -> str:
        """Its address."""
        return self.server.make_address(self.name)

    def publish(self, warehouse: Warehouse, *, is_full: bool = False, options: str = "") -> Published:
        """Publish the warehouse to it."""
        return publish_to(warehouse.job("sync").paths, parse_address(self.address + options), is_full=is_full)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        cursor = self.reader.execute(query.encode())
        return cursor.fetchall() if cursor.description else []

    def differs_from(self, warehouse: Warehouse) -> dict[str, str]:
        """Return the tables whose rows are not those of the published file."""
        return find_differing_tables(warehouse.path, self.fetch)


@contextmanager
def create_team_database(server: DatabaseServer) -> Iterator[TeamDatabase]:
    """Yield an empty database with a connection that reads it."""
    name = server.create_database()
    with server.connect(name, autocommit=True) as reader:
        reader.execute(b"set timezone = 'UTC'")
        yield TeamDatabase(server, name, reader)
