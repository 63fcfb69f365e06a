"""Serve the pages of a warehouse on a free port, as `aclf serve` does, and ask for them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests

from flows.schedule.pages_address import PagesSettings, get_address, listen
from flows.schedule.pages_server import serve_pages
from warehouse.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Pages:
    """The pages at an address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, method: str = "GET", **headers: str) -> requests.Response:
        """Ask for a page; a header's name may be written with `_`."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, f"{self.address}{path}", headers=fields, timeout=60, allow_redirects=False)


@contextmanager
def open_pages(warehouse: Path, address: str | None = None) -> Iterator[Pages]:
    """Run the block while the pages of a warehouse are served on loopback."""
    settings = PagesSettings("127.0.0.1", 0, address)
    with listen(settings) as listener, serve_pages(Paths.of(warehouse), settings, listener):
        yield Pages(get_address(PagesSettings("127.0.0.1", 0), listener))
