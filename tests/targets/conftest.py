"""Define an empty database on the real PostgreSQL for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.database_server import PASSWORD
from tests.support.team_database import create_team_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.team_database import TeamDatabase


@pytest.fixture
def team_database(database_server, monkeypatch) -> Iterator[TeamDatabase]:
    """Yield an empty database; this process has its password as a user has it, in PGPASSWORD."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with create_team_database(database_server) as database:
        yield database
