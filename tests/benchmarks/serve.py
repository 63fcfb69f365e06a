"""Generate made studies once for each size, and serve them from another process."""

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
from tests.benchmarks.generate import write_changed_studies

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def generate_studies(count: int, folder: Path) -> Path:
    """Return the file of this number of made studies; generate it where this generator has not made it before."""
    # The digest of the generator is in the file's name, so that a changed generator makes another file.
    sources = sorted([HERE / "generate.py", *(HERE / "made").glob("*.*")])
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    file = folder / f"studies-{count}-{digest}.ndjson"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "tests.benchmarks.generate", str(count), str(file)], cwd=ROOT, check=True)
    return file


def generate_nights(studies: Path) -> tuple[Path, Path]:
    """Return the files of the two nights after: with 1 % of the studies changed, and with one more; make what lacks."""
    changed, changed_once = studies.with_suffix(".changed.ndjson"), studies.with_suffix(".changed_once.ndjson")
    if not changed.exists():
        write_changed_studies(studies, changed)
    if not changed_once.exists():
        write_changed_studies(changed, changed_once, only_one=True)
    return changed, changed_once


@contextmanager
def serve_studies(studies: Path) -> Iterator[str]:
    """Run the block while a registry serves the file; yield its base URL.

    The first listing makes the server parse every record. One listing is requested here, so that this time does not
    count for any contender.
    """
    command = [sys.executable, "-m", "extract.sample", "--studies", str(studies)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().partition(" ")[0]
            if not url:
                raise RuntimeError(f"`{' '.join(command)}` did not start; its own message is above")
            _request_listing(url)
            yield url
        finally:
            server.terminate()


def _request_listing(url: str) -> None:
    # The same request as a sync's, because the server keeps what one request finds.
    query = {
        api.ADVANCED: "ALL",
        api.FIELDS: api.LISTED_FIELDS,
        api.SORT: api.LISTED_ORDER,
        api.PAGE_SIZE: str(api.MAX_PAGE_SIZE),
    }
    token = ""
    while token is not None:
        page_query = {api.PAGE_TOKEN: token} if token else {}
        with urlopen(f"{url}{api.STUDIES_PATH}?{urlencode(query | page_query)}") as page:
            token = json.load(page).get(api.NEXT_PAGE_TOKEN)
