"""Start a real PostgreSQL that asks for passwords, with a new database for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST_SECONDS = 100
_INSTALLED = "/usr/lib/postgresql/*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"

USER, PASSWORD = "aact", "hunter2-of-the-database"
READER, READER_PASSWORD = "analyst", "hunter2-of-the-reader"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A PostgreSQL on a port of loopback, whose user may create databases; it asks for the password."""

    port: int
    folder: Path
    _control: Callable[..., None]

    def restart_at_once(self) -> None:
        """Kill the server without a chance to end anything, as a failure of its machine does, and start it again."""
        self.stop_at_once()
        self.start()

    def stop_at_once(self) -> None:
        """Kill the server without a chance to end anything."""
        self._control("--mode", "immediate", "stop")

    def start(self) -> None:
        """Start the server."""
        # Every statement is logged, so that a test can look for passwords there.
        settings = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='{self.folder}'"
        options = f"{settings} -c fsync=off -c log_statement=all"
        self._control("--wait", "--log", self.folder / "log", "--options", options, "start")

    @property
    def log(self) -> str:
        """What the server has written to its log."""
        return (self.folder / "log").read_text()

    def create_database(self, name: str = "", options: str = "") -> str:
        """Create a database, with options of `create database`, and return its name: by default a new one."""
        name = name or f"team_{next(_numbers)}"
        with self.connect("postgres", autocommit=True) as connection:
            connection.execute(f"create database {name} {options}".encode())
        return name

    def make_address(self, database: str, user: str = USER, options: str = "") -> str:
        """Return the address of a database, without the password."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{options}"

    def connect(
        self, database: str, user: str = USER, password: str = PASSWORD, **options: Any
    ) -> psycopg.Connection[Any]:
        """Connect to a database."""
        return psycopg.connect(self.make_address(database, user), password=password, **options)


@contextmanager
def run_database_server() -> Iterator[DatabaseServer]:
    """Yield a new PostgreSQL server; skip the test where none is installed."""
    programs, owner = _find_programs(), _find_owner()
    with tempfile.TemporaryDirectory(prefix="aclf-team-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        password_file = folder / "password"
        password_file.write_text(PASSWORD)
        if owner:
            for path in (folder, password_file):
                shutil.chown(path, owner)
        options = [f"--username={USER}", "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync"]
        language = ["--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8"]
        _run_as(owner, folder, [programs / "initdb", "--pgdata", folder / "data", *options, *language])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        control = partial(_run_control, owner, folder, programs / "pg_ctl")
        server = DatabaseServer(port, folder, control)
        server.start()
        (folder / "log").chmod(0o644)
        try:
            with server.connect("postgres") as connection:
                connection.execute(f"create role {READER} login password '{READER_PASSWORD}'".encode())
            yield server
        finally:
            server.stop_at_once()


def _run_control(owner: str | None, folder: Path, pg_ctl: Path, *arguments: str | Path) -> None:
    _run_as(owner, folder, [pg_ctl, "--pgdata", folder / "data", "--silent", *arguments])


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
            timeout=_LONGEST_SECONDS,
            check=False,
        )
        output.seek(0)
        assert done.returncode == 0, output.read()
