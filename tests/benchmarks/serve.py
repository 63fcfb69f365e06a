"""A made registry: studies generated once for each size, and served by a process of its own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import urlopen

from extract.client import api

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def generate_studies(count: int, folder: Path) -> Path:
    """The file of so many made studies, generated unless this generator has made it before."""
    sources = sorted([HERE / "generate.py", *(HERE / "made").glob("*.*")])
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    file = folder / f"studies-{count}-{digest}.ndjson"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "tests.benchmarks.generate", str(count), str(file)], cwd=ROOT, check=True)
    return file


@contextmanager
def serve_studies(studies: Path) -> Iterator[str]:
    """The base URL of a registry that serves the file, while the block runs.

    The first listing makes the server parse every record; it is asked for once here, so that no contender pays for it.
    """
    command = [sys.executable, "-m", "extract.sample", "--studies", str(studies)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().partition(" ")[0]
            if not url:
                raise RuntimeError(f"`{' '.join(command)}` did not start; its own words are above")
            _list_once(url)
            yield url
        finally:
            server.terminate()


def _list_once(url: str) -> None:
    query = {api.ADVANCED: "ALL", api.FIELDS: api.LISTED_FIELDS, api.PAGE_SIZE: str(api.MAX_PAGE_SIZE)}
    token = ""
    while token is not None:
        more = {api.PAGE_TOKEN: token} if token else {}
        with urlopen(f"{url}{api.STUDIES_PATH}?{urlencode(query | more)}") as page:
            token = json.load(page).get(api.NEXT_PAGE_TOKEN)
