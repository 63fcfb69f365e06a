"""Start a real PostgreSQL for tests, and fill it with the tables and views of a warehouse's schema `ctgov`."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncpg import Connection

LONGEST_SECONDS = 100
_INSTALLED = "/usr/lib/postgresql/*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"
_TYPES = {"DOUBLE": "numeric", "BLOB": "bytea"}
"""PostgreSQL's type of a column, where its name differs: AACT has `numeric`."""

_COLUMNS = """
select table_name, column_name, data_type from duckdb_columns()
where schema_name = 'ctgov' and not internal
order by table_name, column_index
"""


class PostgreSQL:
    """A connection to a PostgreSQL server whose search path is `ctgov`."""

    def __init__(self, runner: asyncio.Runner, connection: Connection) -> None:
        self._runner = runner
        self._connection = connection

    def execute(self, script: str) -> None:
        """Run statements without a result."""
        self._runner.run(self._connection.execute(script))

    def fetch(self, script: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run the statements of a script, each of which ends its line, and return the names and rows of the last one.

        JSON comes as text. What the statements made is gone afterwards.
        """
        *before, query = re.split(r";\s*\n", script.strip().removesuffix(";"))
        self.execute("begin")
        try:
            for statement in before:
                self.execute(statement)
            return self._runner.run(self._fetch(query))
        finally:
            self.execute("rollback")

    def refuses(self, statement: str) -> bool:
        """Return whether a statement ends with an error of PostgreSQL."""
        from asyncpg import PostgresError  # noqa: PLC0415 - not every machine has it

        try:
            self.fetch(statement)
        except PostgresError:
            return True
        return False

    def copy_ctgov(self, warehouse: Path) -> None:
        """Make a table of each table and view of the warehouse's `ctgov`, with AACT's types and the same rows."""
        # Open a copy, because DuckDB shares settings among the connections of a process to one file.
        with (
            tempfile.TemporaryDirectory(prefix="aclf-ctgov-") as folder,
            duckdb.connect(shutil.copy(warehouse, folder), read_only=True) as source,
        ):
            source.execute("set timezone = 'UTC'")
            tables: dict[str, list[str]] = {}
            for table, column, data_type in source.execute(_COLUMNS).fetchall():
                tables.setdefault(table, []).append(f'"{column}" {_find_type(table, column, data_type)}')
            for table, columns in tables.items():
                self.execute(f'create table ctgov."{table}" ({", ".join(columns)})')
                self._runner.run(self._copy_rows(table, _read_rows(source, table)))

    async def _fetch(self, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        statement = await self._connection.prepare(query)
        rows = await statement.fetch()
        return [attribute.name for attribute in statement.get_attributes()], [tuple(row.values()) for row in rows]

    async def _copy_rows(self, table: str, rows: bytes) -> None:
        await self._connection.copy_to_table(table, schema_name="ctgov", source=BytesIO(rows), format="csv")


@contextmanager
def run_postgres() -> Iterator[PostgreSQL]:
    """Yield a new PostgreSQL server on a socket in a temporary folder; skip the test where none is installed."""
    programs = _find_programs()
    asyncpg = pytest.importorskip("asyncpg", reason="asyncpg is not installed, so no real PostgreSQL can be asked")
    owner = _find_owner()
    # Not in pytest's folder: the path of a socket has at most 107 bytes, and the server's user must be able to enter.
    with tempfile.TemporaryDirectory(prefix="aclf-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if owner:
            shutil.chown(folder, owner, pwd.getpwnam(owner).pw_gid)
        # Sort texts by their bytes and write UTF-8, as DuckDB does, whatever the machine's language is.
        language = ["--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8"]
        options = ["--username=aact", "--auth=trust", "--no-sync", *language]
        _run_as(owner, folder, [programs / "initdb", "--pgdata", folder / "data", *options])
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c timezone=UTC"
        control = [programs / "pg_ctl", "--pgdata", folder / "data", "--silent"]
        _run_as(owner, folder, [*control, "--wait", "--log", folder / "log", "--options", settings, "start"])
        try:
            with asyncio.Runner() as runner:
                # AACT's SQL may name its database, so the database has AACT's name.
                first = runner.run(asyncpg.connect(host=name, user="aact", database="postgres"))
                runner.run(first.execute("create database aact"))
                runner.run(first.close())
                connection = runner.run(asyncpg.connect(host=name, user="aact", database="aact"))
                postgres = PostgreSQL(runner, connection)
                postgres.execute("create schema ctgov; set search_path = ctgov, public")
                try:
                    yield postgres
                finally:
                    runner.run(connection.close())
        finally:
            _run_as(owner, folder, [*control, "--mode", "immediate", "stop"])


def _find_programs() -> Path:
    """Return the folder of the newest installed PostgreSQL's programs."""
    found = shutil.which("initdb")
    files = [Path(found)] if found else [file for pattern in _INSTALLED for file in Path("/").glob(pattern[1:])]
    if not files:
        pytest.skip("PostgreSQL is not installed; the golden answers hold alone")
    return max(files).parent


def _find_owner() -> str | None:
    """Return the user that the server runs as, or None for this one: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")


def _run_as(owner: str | None, folder: Path, command: list[Any]) -> None:
    # The server would inherit a pipe and keep it open, so the output goes to a file.
    with (folder / "output").open("a+") as output:
        group = pwd.getpwnam(owner).pw_gid if owner else None
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            user=owner,
            group=group,
            extra_groups=[] if owner else None,
            stdout=output,
            stderr=output,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        output.seek(0)
        assert done.returncode == 0, output.read()


def _find_type(table: str, column: str, data_type: str) -> str:
    # The one column of AACT's that has eight bytes of its own.
    if (table, column) == ("outcome_analyses", "p_value"):
        return "double precision"
    return _TYPES.get(data_type, data_type)


def _read_rows(source: duckdb.DuckDBPyConnection, table: str) -> bytes:
    """Return the rows of a table in PostgreSQL's CSV: every value in quotes, and nothing for NULL."""
    names = source.execute(f'select * from ctgov."{table}" limit 0').description
    cells = [_write_cell(column[0], str(column[1])) for column in names]
    lines = source.execute(f"select concat_ws(',', {', '.join(cells)}) from ctgov.\"{table}\"").fetchall()
    return "".join(f"{line}\n" for (line,) in lines).encode()


def _write_cell(name: str, data_type: str) -> str:
    column = f'"{name}"'
    text = f"{column}::varchar"
    if data_type.endswith("[]"):
        # `{"a","b"}`, with a backslash before the quotes and backslashes inside.
        element = """'"' || replace(replace(x, '\\', '\\\\'), '"', '\\"') || '"'"""
        text = f"'{{' || array_to_string([{element} for x in {column}], ',') || '}}'"
    return f"""coalesce('"' || replace({text}, '"', '""') || '"', '')"""
