"""Run the registry client against a server on loopback that follows a script of faults."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from extract.client import api
from extract.client.registry import Registry
from extract.condition_set import ConditionSet
from extract.nct import NctId
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.clock import Clock
from tests.support.made_studies import make_contents, make_study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extract.client.listing import Listing
    from extract.sample.contents import Contents
    from extract.sample.server import Fault

IDS = [NctId("NCT00000001"), NctId("NCT00000002")]
STUDIES = [make_study(1), make_study(2, title="Łódź \u200fעברית\u200e 🙂 e\u0301 <b>bold</b> \x00")]
"""The default studies of a registry."""

SET = ConditionSet("test", "Test", search="ACLF")


@contextmanager
def open_client(
    *script: Fault, patience: float = 120.0, rate: float | None = None
) -> Iterator[tuple[Registry, RegistryServer, Clock]]:
    """Yield a client, its server that follows a script, and the clock that the client sleeps by."""
    clock = Clock()
    with (
        RegistryServer(make_contents(*STUDIES), faults=script) as server,
        Registry(server.url, requests_per_second=rate, patience=patience, sleep=clock.sleep, clock=clock) as registry,
    ):
        yield registry, server, clock


def fetch_studies(
    *script: Fault, ids: Sequence[NctId] = IDS, contents: Contents | None = None, compress: bool = False
) -> tuple[bytes, RegistryServer]:
    """Return the body that a client fetches from a server that follows a script, and the server."""
    with (
        RegistryServer(contents or make_contents(*STUDIES), faults=script, compress=compress) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        return registry.fetch_studies(ids).body, server


def fetch_listing(
    contents: Contents, *script: Fault, condition_set: ConditionSet = SET
) -> tuple[Listing, RegistryServer]:
    """Return the listing that a client fetches from a server that follows a script, and the server."""
    with (
        RegistryServer(contents, faults=script) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        try:
            return registry.fetch_listing(condition_set), server
        finally:
            assert registry.requests_sent == len(server.requests)


def make_aclf_study(number: int, **parts: Any) -> dict[str, Any]:
    """Make a study that the search of `SET` finds."""
    return make_study(number, conditions=["ACLF"], **parts)


def make_five_contents() -> Contents:
    """Make the contents of a registry with five studies that `SET` finds."""
    return make_contents(*map(make_aclf_study, range(1, 6)))


def make_study_of_night(number: int, version: str) -> dict[str, Any]:
    """Make a study with the given `versionHolder`, the day of the registry's data."""
    made = make_aclf_study(number)
    made["derivedSection"]["miscInfoModule"]["versionHolder"] = version
    return made


def listing_page(*studies: object, total: object = None, token: object = None) -> Fault:
    """Return a page of a listing as a fault, so that a test can serve a page that no sound registry would."""
    document: dict[str, Any] = {api.STUDIES: list(studies)}
    if total is not None:
        document[api.TOTAL_COUNT] = total
    if token is not None:
        document[api.NEXT_PAGE_TOKEN] = token
    return faults.json(document)
