"""The `aclf` command as a person runs it: a process of its own, in a folder of its own."""

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
class Ended:
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


class CommandLine:
    """Runs `aclf` in a folder; nothing of the environment but these settings and the machine's own reaches it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.warehouse = folder / "aclf.duckdb"
        machine = {name: value for name, value in os.environ.items() if not name.startswith(("ACLF_", "PREFECT_"))}
        self.environment = {**machine, "PREFECT_HOME": str(folder.parent / "prefect"), **settings}

    def start(self, *arguments: str | Path, **settings: str) -> subprocess.Popen[str]:
        """Starts a command."""
        return subprocess.Popen(
            [ACLF, *arguments],
            cwd=self.folder,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str | Path, **settings: str) -> Ended:
        """Runs a command to its end."""
        return ended(self.start(*arguments, **settings))

    def on_a_terminal(self, *arguments: str | Path, columns: int = 200) -> str:
        """What a command writes to a terminal that is so many columns wide and knows no colours."""
        ours, its = pty.openpty()
        environment = self.environment | {"TERM": "dumb", "COLUMNS": str(columns)}
        with subprocess.Popen([ACLF, *arguments], cwd=self.folder, env=environment, stdout=its, stderr=its) as process:
            os.close(its)
            text = b""
            try:
                while block := os.read(ours, 4096):
                    text += block
            except OSError:
                pass  # Linux' way of saying that the other side is closed
            finally:
                os.close(ours)
                process.wait(LONGEST_SECONDS)
        return text.decode()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query of the published warehouse gives."""
        return _rows(self.warehouse, query)

    def stored(self, query: str) -> list[tuple[Any, ...]]:
        """What a query of the private store gives."""
        return _rows(self.folder / ".aclf" / "store.duckdb", query)

    def published(self) -> tuple[int, bytes]:
        """The published file: which one it is, and all that is in it."""
        return self.warehouse.stat().st_ino, self.warehouse.read_bytes()

    def files(self) -> set[str]:
        """Every file and folder in the folder, however deep."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}


def ended(process: subprocess.Popen[str]) -> Ended:
    """Waits for a command to end."""
    with process:
        try:
            out, err = process.communicate(timeout=LONGEST_SECONDS)
        finally:
            process.kill()
    return Ended(process.returncode, out, err)


class Stall:
    """A fault: the request is not answered until `let_go` is set; `reached` is set when it has come in."""

    def __init__(self) -> None:
        self.reached = Event()
        self.let_go = Event()

    def fault(self) -> Fault:
        """The fault, for the script of a server."""
        stall = faults.stall_until(self.let_go)

        def fault(handler: RegistryHandler) -> None:
            self.reached.set()
            stall(handler)

        return fault

    def holds(self, process: subprocess.Popen[str]) -> None:
        """Waits until the request has come in; a process that ends before it fails the test."""
        while not self.reached.wait(_LOOK_SECONDS):
            assert process.poll() is None, ended(process)


def _rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()
