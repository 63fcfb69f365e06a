"""Start a real PostgreSQL for tests, and fill it with tables of a warehouse."""

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
    from collections.abc import Iterator, Mapping

    from asyncpg import Connection

LONGEST_SECONDS = 100
ENGLISH = "template template0 locale_provider icu icu_locale 'en-US'"
"""Options of `create database` by which texts are sorted as in English, for example `a` before `B`."""

_BYTES = ""
_INSTALLED = "/usr/lib/postgresql/*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"
_AACT_TYPES = {"DOUBLE": "numeric", "BLOB": "bytea"}
"""PostgreSQL's type of a column, where its name differs: AACT has `numeric`."""

_TYPES = {
    **_AACT_TYPES,
    "VARCHAR": "text",
    "VARCHAR[]": "text[]",
    "JSON": "jsonb",
    "MAP(VARCHAR, DOUBLE)": "jsonb",
    "UBIGINT": "numeric",
    "TINYINT": "smallint",
}
"""The same for the tables of all schemas."""

_COLUMNS = """
select schema_name || '."' || table_name || '"', column_name, data_type from duckdb_columns()
where not internal and {rows}
order by schema_name, table_name, column_index
"""
_CTGOV = "schema_name = 'ctgov'"
_ALL_TABLES = "table_oid in (select table_oid from duckdb_tables())"


class PostgreSQL:
    """A connection to a database of a PostgreSQL server."""

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
        self.execute("create schema ctgov; set search_path = ctgov, public")
        self._copy(warehouse, _CTGOV, _AACT_TYPES)

    def copy_tables(self, warehouse: Path) -> None:
        """Make the tables of all schemas of the warehouse, with the same rows, and an empty schema for the sets."""
        schemas = ("main", "ctgov", "codes", "archive", "raw", "ops", "sets")
        self.execute("; ".join(f"create schema {schema}" for schema in schemas))
        self._copy(warehouse, _ALL_TABLES, _TYPES)

    def _copy(self, warehouse: Path, chosen: str, types: Mapping[str, str]) -> None:
        # Open a copy, because DuckDB shares settings among the connections of a process to one file.
        with (
            tempfile.TemporaryDirectory(prefix="aclf-copied-") as folder,
            duckdb.connect(shutil.copy(warehouse, folder), read_only=True) as source,
        ):
            source.execute("set timezone = 'UTC'")
            tables: dict[str, list[str]] = {}
            for table, column, data_type in source.execute(_COLUMNS.format(rows=chosen)).fetchall():
                in_postgres = _find_type(table, column, types.get(data_type, data_type))
                tables.setdefault(table, []).append(f'"{column}" {in_postgres}')
            for table, columns in tables.items():
                self.execute(f"create table {table} ({', '.join(columns)})")
                self._runner.run(self._copy_rows(table, _read_rows(source, table)))

    async def _fetch(self, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        statement = await self._connection.prepare(query)
        rows = await statement.fetch()
        return [attribute.name for attribute in statement.get_attributes()], [tuple(row.values()) for row in rows]

    async def _copy_rows(self, table: str, rows: bytes) -> None:
        schema, name = table.replace('"', "").split(".")
        await self._connection.copy_to_table(name, schema_name=schema, source=BytesIO(rows), format="csv")


@contextmanager
def run_postgres(sorting: str = _BYTES) -> Iterator[PostgreSQL]:
    """Yield a database of a new PostgreSQL server on a socket; skip the test where none is installed.

    Args:
        sorting: the options of `create database` that say how texts are sorted; by default by their bytes.
    """
    programs = find_programs()
    asyncpg = pytest.importorskip("asyncpg", reason="asyncpg is not installed, so no real PostgreSQL can be asked")
    owner = find_owner()
    # Not in pytest's folder: the path of a socket has at most 107 bytes, and the server's user must be able to enter.
    with tempfile.TemporaryDirectory(prefix="aclf-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if owner:
            shutil.chown(folder, owner, pwd.getpwnam(owner).pw_gid)
        # Sort texts by their bytes and write UTF-8, as DuckDB does, whatever the machine's language is.
        language = ["--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8"]
        options = ["--username=aact", "--auth=trust", "--no-sync", *language]
        run_as(owner, folder, [programs / "initdb", "--pgdata", folder / "data", *options])
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c timezone=UTC"
        control = [programs / "pg_ctl", "--pgdata", folder / "data", "--silent"]
        run_as(owner, folder, [*control, "--wait", "--log", folder / "log", "--options", settings, "start"])
        try:
            with asyncio.Runner() as runner:
                # AACT's SQL may name its database, so the database has AACT's name.
                first = runner.run(asyncpg.connect(host=name, user="aact", database="postgres"))
                runner.run(first.execute(f"create database aact {sorting}"))
                runner.run(first.close())
                connection = runner.run(asyncpg.connect(host=name, user="aact", database="aact"))
                try:
                    yield PostgreSQL(runner, connection)
                finally:
                    runner.run(connection.close())
        finally:
            run_as(owner, folder, [*control, "--mode", "immediate", "stop"])


def find_programs() -> Path:
    """Return the folder of the newest installed PostgreSQL's programs."""
    found = shutil.which("initdb")
    files = [Path(found)] if found else [file for pattern in _INSTALLED for file in Path("/").glob(pattern[1:])]
    if not files:
        pytest.skip("PostgreSQL is not installed; the golden answers hold alone")
    return max(files).parent


def find_owner() -> str | None:
    """Return the user that the server runs as, or None for this one: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")


def run_as(owner: str | None, folder: Path, command: list[Any]) -> None:
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
    if (table, column) == ('ctgov."outcome_analyses"', "p_value"):
        return "double precision"
    return data_type


def _read_rows(source: duckdb.DuckDBPyConnection, table: str) -> bytes:
    """Return the rows of a table in PostgreSQL's CSV: every value in quotes, and nothing for NULL."""
    names = source.execute(f"select * from {table} limit 0").description
    cells = [_write_cell(column[0], str(column[1])) for column in names]
    lines = source.execute(f"select concat_ws(',', {', '.join(cells)}) from {table}").fetchall()
    return "".join(f"{line}\n" for (line,) in lines).encode()


def _write_cell(name: str, data_type: str) -> str:
    column = f'"{name}"'
    text = f"{column}::varchar"
    if data_type == "VARCHAR[]":
        # `{"a","b"}`, with a backslash before the quotes and backslashes inside.
        element = """coalesce('"' || replace(replace(x, '\\', '\\\\'), '"', '\\"') || '"', 'NULL')"""
        text = f"'{{' || array_to_string([{element} for x in {column}], ',') || '}}'"
    elif data_type.endswith("[]"):
        text = f"'{{' || array_to_string({column}, ',') || '}}'"
    elif data_type.startswith("MAP("):
        text = f"to_json({column})::varchar"
    elif data_type == "BLOB":
        text = rf"'\x' || hex({column})"
    return f"""coalesce('"' || replace({text}, '"', '""') || '"', '')"""
