"""Open the registry that the tests of `make test-live` ask, with few, slow and counted requests."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
import requests

from extract.client import api
from extract.client.exchange import Session
from extract.condition_set import ConditionSet
from extract.sample.nights import make_sample_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_REQUESTS = 19
SAMPLE = "sample"
TARGET = os.environ.get("ACLF_LIVE_REGISTRY", api.BASE_URL)


@dataclass
class Live:
    """A registry, and the requests that it received.

    Attributes:
        url: its base URL.
        obsolete: an NCT number that was merged into another there.
        session: the session that sends the requests.
        pause: the seconds between two requests.
        asked: the paths with queries of the requests, in order.
    """

    url: str
    obsolete: str
    session: requests.Session
    pause: float
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, **query: str) -> requests.Response:
        """Ask once; no more often than `pause` allows, and never more than `MOST_REQUESTS` in all."""
        assert len(self.asked) < MOST_REQUESTS, "the canary asks too much"
        # The registry's robots.txt asks for a second between two requests.
        time.sleep(self.pause if self.asked else 0)
        target = f"{path}?{urlencode(query, safe=',|', quote_via=quote)}" if query else path
        self.asked.append(target)
        return self.session.get(self.url + target, allow_redirects=False, timeout=60)

    @cached_property
    def version(self) -> requests.Response:
        """The answer to the first request."""
        return self.get(api.VERSION_PATH)

    @cached_property
    def listing(self) -> requests.Response:
        """The answer with the first page of the set's listing, as a sync asks for it."""
        search = str(ConditionSet.load("aclf").search)
        query = {api.SEARCH: search, api.FIELDS: api.LISTED_FIELDS, api.SORT: api.LISTED_ORDER}
        return self.studies(**query, **{api.COUNT_TOTAL: "true"})

    @cached_property
    def listed(self) -> list[Any]:
        """The studies of the first page."""
        return list(self.listing.json()[api.STUDIES])

    @cached_property
    def ids(self) -> list[str]:
        """The NCT numbers of the first page."""
        return [str(api.get_path(study, api.NCT_ID)) for study in self.listed]

    def studies(self, **query: str) -> requests.Response:
        """Ask for a page of studies, by default of the largest size."""
        return self.get(api.STUDIES_PATH, **{api.PAGE_SIZE: str(api.MAX_PAGE_SIZE), **query})


@pytest.fixture(scope="session")
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """Yield the registry; skip the tests without `-m live`, and where the registry cannot be reached."""
    if request.config.option.markexpr != "live":
        pytest.skip("only `make test-live` asks the registry")
    with ExitStack() as stack:
        is_sample = TARGET == SAMPLE
        url = stack.enter_context(make_sample_registry(2)).url if is_sample else TARGET.rstrip("/")
        obsolete = "NCT09900001" if is_sample else "NCT00105014"
        session = stack.enter_context(Session(url))
        registry = Live(url, obsolete, session, 0 if is_sample else 1 / api.LIVE_RATE)
        try:
            _ = registry.version
        except requests.ConnectionError as error:
            pytest.skip(f"{url} cannot be reached ({type(error).__name__})")
        yield registry
        lines = [f"\n{len(registry.asked)} requests to {url}:", *(target[:150] for target in registry.asked)]
        sys.stdout.write("\n  ".join(lines) + "\n")
