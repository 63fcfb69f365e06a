"""A web server on loopback that answers range requests and counts them, and a DuckDB that reads from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from tests.support.environments import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUCKDB = "1.5.5"
"""The newest DuckDB whose extension httpfs is a package."""

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_EXTENSION = """
import duckdb, duckdb_extension_httpfs, pathlib
((platform,),) = duckdb.execute("pragma platform").fetchall()
folder = pathlib.Path(duckdb_extension_httpfs.__file__).parent
(file,) = folder.glob("extensions/*/httpfs.duckdb_extension")
print(file, f"{file.parent.name}/{platform}", sep="\\n")
"""
_READER = """
import json, sys, duckdb
connection = duckdb.connect()
for line in sys.stdin:
    print(json.dumps(connection.execute(json.loads(line)).fetchall(), default=str), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the server answered: its method, the name of the file, and the bytes that were sent."""

    method: str
    name: str
    bytes: int


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, folder: Path, requests: list[Request]) -> None:
        self.folder, self.requests = folder, requests
        super().__init__(*arguments)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        file = self.folder / self.path.lstrip("/")
        data = file.read_bytes() if file.is_file() else b""
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        first, last = (int(asked[1]), int(asked[2] or len(data) - 1)) if asked else (0, len(data) - 1)
        part = data[first : last + 1]
        self.send_response(404 if not file.is_file() else 206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
        self.end_headers()
        sent = part if with_body else b""
        self.requests.append(Request(self.command, self.path.lstrip("/"), len(sent)))
        self.wfile.write(sent)


@contextmanager
def serve_ranges(folder: Path) -> Iterator[tuple[str, list[Request]]]:
    """Serve a folder, and yield the address and the growing list of answered requests."""
    requests: list[Request] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, folder=folder, requests=requests))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class WebReader:
    """A Python whose DuckDB has the extension httpfs.

    Attributes:
        python: the program.
        home: its home folder, where DuckDB finds the extension by itself.
    """

    python: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        return {"HOME": str(self.home), "PATH": f"{self.python.parent}:/usr/bin:/bin"}

    @contextmanager
    def open_session(self) -> Iterator[Session]:
        """Yield a session: an in-memory database in a process of its own."""
        with subprocess.Popen(
            [self.python, "-c", _READER],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield Session(process)
            process.communicate()


@dataclass(frozen=True, slots=True)
class Session:
    """An open DuckDB in another process."""

    process: subprocess.Popen[str]

    def fetch_rows(self, query: str) -> list[list[Any]]:
        """Return the rows of a query, with times as texts."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(query), file=self.process.stdin, flush=True)
        rows: list[list[Any]] = json.loads(self.process.stdout.readline())
        return rows


def make_web_reader(folder: Path, *more_packages: str) -> WebReader:
    """Install a DuckDB that reads over HTTP; skip the test where its packages cannot be had."""
    packages = [f"duckdb=={DUCKDB}", f"duckdb-extension-httpfs=={DUCKDB}", *more_packages]
    python = make_environment(folder / "venv", packages)
    file, target = subprocess.check_output([python, "-c", _EXTENSION], text=True).splitlines()
    extensions = folder / "home" / ".duckdb" / "extensions" / target
    extensions.mkdir(parents=True)
    shutil.copy(file, extensions)
    return WebReader(python, folder / "home")
