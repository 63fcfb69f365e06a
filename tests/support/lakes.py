"""DuckLakes for tests: an environment that has DuckDB's extensions, and readers and publishers that run in it.

The extensions can be had as packages for DuckDB 1.5.5 and not for the locked one, so no test of this process opens a
lake.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.database_server import PASSWORD, USER
from tests.support.environments import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.database_server import DatabaseServer

VERSION = "1.5.5"
ROOT = Path(__file__).parents[2]
_PACKAGES = ("duckdb", "duckdb-extension-ducklake", "duckdb-extension-postgres-scanner")

# Answers each line of JSON, a query, with its rows or the text of its error; pickled, after their length.
_READER = """
import json, pickle, sys
from pathlib import Path
import duckdb, duckdb_extension_ducklake, duckdb_extension_postgres_scanner
catalog, data_path, wants_use, may_write = json.loads(sys.argv[1])
connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
for package in (duckdb_extension_ducklake, duckdb_extension_postgres_scanner):
    (file,) = Path(package.__path__[0]).glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension")
    connection.execute(f"load '{file}'")
connection.execute("set timezone = 'UTC'")
options = f"data_path '{data_path}'" + ("" if may_write else ", read_only")
connection.execute(f"attach 'ducklake:postgres:{catalog}' as aclf ({options})")
if wants_use:
    connection.execute("use aclf")
for line in sys.stdin:
    try:
        answer = None, connection.execute(json.loads(line)).fetchall()
    except duckdb.Error as error:
        answer = str(error), None
    data = pickle.dumps(answer)
    sys.stdout.buffer.write(len(data).to_bytes(8, "big") + data)
    sys.stdout.buffer.flush()
"""

# Publishes, and dies at a function, or some seconds after it.
_KILLED = """
import os, signal, sys, threading
from pathlib import Path
from warehouse.paths import Paths
from warehouse.targets import ducklake
from warehouse.targets.addresses import parse_address
from warehouse.targets.publishing import publish_to
file, address, seconds = sys.argv[1:]
finish = ducklake.DuckLake.finish

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def finish_and_die(self, *arguments, **options):
    finish(self, *arguments, **options)
    if float(seconds):
        threading.Timer(float(seconds), die).start()
    else:
        die()

ducklake.DuckLake.finish = finish_and_die
publish_to(Paths.of(Path(file)), parse_address(address), is_full=True)
signal.pause()
"""


class ReaderRefused(Exception):  # noqa: N818 - a name says what happened
    """DuckDB refused a query."""


class LakeReader:
    """A process that has a lake attached as `aclf`, to read."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            ReaderRefused: DuckDB refused it; the text is DuckDB's.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(query).encode() + b"\n")
        self._process.stdin.flush()
        length = int.from_bytes(self._process.stdout.read(8), "big")
        refusal, rows = pickle.loads(self._process.stdout.read(length))
        if refusal:
            raise ReaderRefused(refusal)
        return rows


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake: the Python that can open it, the database of its catalog, and the folder of its files."""

    python: Path
    server: DatabaseServer
    database: str
    folder: Path

    @property
    def catalog(self) -> str:
        """The database as libpq takes it."""
        return f"host=127.0.0.1 port={self.server.port} user={USER} dbname={self.database}"

    @property
    def address(self) -> str:
        """The address, as `aclf publish --to` takes it."""
        return f"ducklake:postgres:{self.server.make_address(self.database)}?data_path={self.folder}"

    def publish(self, warehouse: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Publish a warehouse to the lake by the command, and return how it ended."""
        command = [self.python.with_name("aclf"), "publish", "--warehouse", warehouse, "--to", self.address, *options]
        return subprocess.run(command, env=_make_environment(), capture_output=True, text=True, check=False)

    def publish_and_kill(self, warehouse: Path, seconds: float) -> int:
        """Publish all rows in a process that is killed so long after the rows are written; return its exit code."""
        command = [self.python, "-c", _KILLED, warehouse, self.address, str(seconds)]
        return subprocess.run(command, env=_make_environment(), check=False).returncode

    @contextmanager
    def read(self, *, wants_use: bool = True, may_write: bool = False) -> Iterator[LakeReader]:
        """Yield a reader in another process; with `use`, names need no catalog."""
        arguments = json.dumps([self.catalog, str(self.folder), wants_use, may_write])
        with subprocess.Popen(
            [self.python, "-c", _READER, arguments],
            env=_make_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            yield LakeReader(process)
            assert process.stdin
            process.stdin.close()

    def list_files(self) -> list[Path]:
        """Return the files of the lake."""
        return sorted(file for file in self.folder.rglob("*") if file.is_file())


def make_lake_environment(folder: Path) -> Path:
    """Make an environment with this package and DuckDB's extensions; skip the test where they cannot be had."""
    packages = [f"{package}=={VERSION}" for package in _PACKAGES]
    return make_environment(folder, [*packages, "--editable", f"{ROOT}[postgres]"])


def make_lake(python: Path, server: DatabaseServer, folder: Path) -> Lake:
    """Make an empty database for the catalog of a lake whose files are to be in a folder."""
    return Lake(python, server, server.create_database(), folder)


def _make_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ACLF_", "PG"))}
    return kept | {"PGPASSWORD": PASSWORD}
