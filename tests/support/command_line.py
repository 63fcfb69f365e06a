"""Run the `aclf` command as a user does: in its own process and its own folder."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import duckdb

from tests.support import faults

if TYPE_CHECKING:
    from extract.sample.server import Fault, RegistryHandler

ACLF = Path(sys.executable).with_name("aclf")
LONGEST_SECONDS = 100
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The exit code of a command, its standard output and its standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)


class CommandLine:
    """The `aclf` command in one folder.

    Its environment is these settings and this process's environment without the variables of `aclf` and Prefect.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.warehouse = folder / "aclf.duckdb"
        machine = {name: value for name, value in os.environ.items() if not name.startswith(("ACLF_", "PREFECT_"))}
        self.environment = {**machine, "PREFECT_HOME": str(folder.parent / "prefect"), **settings}

    def start(self, *arguments: str | Path, **settings: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [ACLF, *arguments],
            cwd=self.folder,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str | Path, **settings: str) -> CommandResult:
        """Run a command to its end."""
        return wait_for_end(self.start(*arguments, **settings))

    def on_a_terminal(self, *arguments: str | Path, columns: int = 200) -> str:
        """Return what a command writes to a terminal of this width without colours."""
        reader, terminal = pty.openpty()
        environment = self.environment | {"TERM": "dumb", "COLUMNS": str(columns)}
        with subprocess.Popen(
            [ACLF, *arguments], cwd=self.folder, env=environment, stdout=terminal, stderr=terminal
        ) as process:
            os.close(terminal)
            text = b""
            try:
                while block := os.read(reader, 4096):
                    text += block
            except OSError:
                pass  # On Linux a read fails when the other side of the terminal is closed.
            finally:
                os.close(reader)
                process.wait(LONGEST_SECONDS)
        return text.decode()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the published warehouse."""
        return _fetch_rows(self.warehouse, query)

    def stored(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the private store."""
        return _fetch_rows(self.folder / ".aclf" / "store.duckdb", query)

    def published(self) -> tuple[int, bytes]:
        """Return the inode and the bytes of the published file."""
        return self.warehouse.stat().st_ino, self.warehouse.read_bytes()

    def files(self) -> set[str]:
        """Return the relative path of every file and folder below the folder."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}


def wait_for_end(process: subprocess.Popen[str], seconds: float = LONGEST_SECONDS) -> CommandResult:
    """Wait for a command to end, and kill it after some seconds."""
    with process:
        try:
            out, err = process.communicate(timeout=seconds)
        finally:
            process.kill()
    return CommandResult(process.returncode, out, err)


class Stall:
    """A fault that leaves a request without an answer until `let_go` is set; `reached` is set when the request came."""

    def __init__(self) -> None:
        self.reached = Event()
        self.let_go = Event()

    def fault(self) -> Fault:
        """Return the fault for the script of a server."""
        stall = faults.stall_until(self.let_go)

        def note_and_stall(handler: RegistryHandler) -> None:
            self.reached.set()
            stall(handler)

        return note_and_stall

    def wait_for_request(self, process: subprocess.Popen[str]) -> None:
        """Wait until the request has come in; fail the test if the process ends before that."""
        while not self.reached.wait(_LOOK_SECONDS):
            assert process.poll() is None, wait_for_end(process)


def _fetch_rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()
