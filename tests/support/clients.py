"""Clients of registries on loopback that follow a script: what they are asked, and what comes of it."""

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
from tests.support.made_studies import made_contents, made_study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extract.client.listing import Listing
    from extract.sample.contents import Contents
    from extract.sample.server import Fault

IDS = [NctId("NCT00000001"), NctId("NCT00000002")]
STUDIES = [made_study(1), made_study(2, title="Łódź \u200fעברית\u200e 🙂 e\u0301 <b>bold</b> \x00")]
"""What a registry serves unless a test says otherwise."""

SET = ConditionSet("test", "Test", search="ACLF")


@contextmanager
def asking(
    *script: Fault, patience: float = 120.0, rate: float | None = None
) -> Iterator[tuple[Registry, RegistryServer, Clock]]:
    """A client of a server that follows a script, and the clock that the client sleeps by."""
    clock = Clock()
    with (
        RegistryServer(made_contents(*STUDIES), faults=script) as server,
        Registry(server.url, requests_per_second=rate, patience=patience, sleep=clock.sleep, clock=clock) as registry,
    ):
        yield registry, server, clock


def fetched(
    *script: Fault, ids: Sequence[NctId] = IDS, contents: Contents | None = None, compress: bool = False
) -> tuple[bytes, RegistryServer]:
    """The studies that a client gets of a server that follows a script, and the server."""
    with (
        RegistryServer(contents or made_contents(*STUDIES), faults=script, compress=compress) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        return registry.studies(ids).body, server


def listed(contents: Contents, *script: Fault, condition_set: ConditionSet = SET) -> tuple[Listing, RegistryServer]:
    """The listing that a client gets of a server that follows a script, and the server."""
    with (
        RegistryServer(contents, faults=script) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        try:
            return registry.listing(condition_set), server
        finally:
            assert registry.requests_sent == len(server.requests)


def study(number: int, **parts: Any) -> dict[str, Any]:
    """A study that `SET` finds."""
    return made_study(number, conditions=["ACLF"], **parts)


def five() -> Contents:
    """A registry of five studies that `SET` finds."""
    return made_contents(*map(study, range(1, 6)))


def of_night(number: int, version: str) -> dict[str, Any]:
    """A study as the registry's data of that day has it."""
    made = study(number)
    made["derivedSection"]["miscInfoModule"]["versionHolder"] = version
    return made


def page(*studies: object, total: object = None, token: object = None) -> Fault:
    """A page as a fault, so that a test can write what no sound registry would."""
    document: dict[str, Any] = {api.STUDIES: list(studies)}
    if total is not None:
        document[api.TOTAL_COUNT] = total
    if token is not None:
        document[api.NEXT_PAGE_TOKEN] = token
    return faults.json(document)
