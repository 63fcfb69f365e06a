"""What tests share: no network but loopback, and warehouses that are kept in step with a made registry."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import hypothesis
import pytest
import pytest_socket

from extract.client.registry import Registry
from extract.sample.nights import night
from extract.sample.server import RegistryServer
from flows import run
from tests.support.clock import Clock
from tests.support.command_line import CommandLine
from tests.support.made_studies import made_contents
from tests.support.warehouses import CONDITION_SET, EVERYTHING, WITHHELD, Warehouse, golden_studies, written_studies
from warehouse.paths import Paths
from warehouse.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.warehouses import Study

hypothesis.settings.register_profile("promises", deadline=None)  # a machine at work is no failure
hypothesis.settings.load_profile("promises")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a test that is marked `quick(n)` all but the first n are slow."""
    seen: Counter[str] = Counter()
    for item in items:
        marker = item.get_closest_marker("quick")
        if marker:
            test = item.nodeid.partition("[")[0]
            seen[test] += 1
            if seen[test] > marker.args[0]:
                item.add_marker("slow")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse every address but loopback; pytest-socket lifts it after the test. The canary asks the registry itself."""
    if item.get_closest_marker("live"):
        return
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_is_heard() -> Iterator[None]:
    """Where the tests run in the background Ctrl-C is ignored, and a child would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def studies() -> dict[str, Study]:
    """The studies of `tests/data/studies`, by the name of their file."""
    return written_studies()


@pytest.fixture(scope="session")
def blank(tmp_path_factory) -> Path:
    """A folder with a store that has every table and no trial; to be copied, for its tables take longer than a sync."""
    folder = tmp_path_factory.mktemp("blank")
    with open_store(Paths.of(folder / "aclf.duckdb")):
        return folder


@pytest.fixture
def warehouse(tmp_path, blank) -> Iterator[Warehouse]:
    """An empty warehouse whose registry has no study yet."""
    shutil.copytree(blank, tmp_path, dirs_exist_ok=True)
    with RegistryServer(made_contents()) as server:
        yield Warehouse(tmp_path, server)


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory) -> Iterator[Callable[[], Warehouse]]:
    """Makes empty warehouses, each in a folder and with a registry of its own that is there until the session ends."""
    with ExitStack() as servers:

        def new() -> Warehouse:
            server = servers.enter_context(RegistryServer(made_contents()))
            return Warehouse(tmp_path_factory.mktemp("warehouse"), server)

        yield new


@pytest.fixture(scope="session")
def synced(new_warehouse) -> Warehouse:
    """A warehouse that was synced once with the studies of `tests/data/studies`; to be read, never changed."""
    made = new_warehouse()
    made.follow(f'{CONDITION_SET}include = ["{WITHHELD}"]\n')
    made.serve(*written_studies().values())
    made.sync()
    return made


@pytest.fixture(scope="session")
def of_aact(new_warehouse) -> Warehouse:
    """A warehouse that was synced once with the studies of `tests/data/golden/aact`; to be read, never changed."""
    made = new_warehouse()
    made.follow(EVERYTHING)
    made.serve(*golden_studies())
    made.sync()
    return made


@pytest.fixture
def published(synced) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the warehouse of `synced`."""
    with duckdb.connect(str(synced.path), read_only=True) as connection:
        yield connection


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The clock of every run in this process, which moves on at once when a run waits for the registry."""
    made = Clock()
    monkeypatch.setattr(run, "Registry", partial(Registry, sleep=made.sleep, clock=made))
    return made


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """A registry on loopback that serves the sample's first night."""
    with RegistryServer(night(1)) as server:
        yield server


@pytest.fixture
def aclf(tmp_path, registry) -> CommandLine:
    """The command line in an empty folder, asking `registry`."""
    return CommandLine(tmp_path / "here", ACLF_REGISTRY=registry.url)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory) -> Path:
    """A folder with a warehouse that was synced once, from the sample's first night; to be copied, never changed."""
    aclf = CommandLine(tmp_path_factory.mktemp("first") / "here")
    assert aclf("sync", "--registry", "sample", "--direct").code == 0
    return aclf.folder


@pytest.fixture(scope="session")
def both_nights(tmp_path_factory, first_night) -> CommandLine:
    """The command line in a folder with the sample's two nights; to be read, never changed."""
    aclf = CommandLine(tmp_path_factory.mktemp("both") / "here")
    shutil.copytree(first_night, aclf.folder, symlinks=True, dirs_exist_ok=True)
    assert aclf("sync", "--registry", "sample", "--direct").code == 0
    return aclf


@pytest.fixture
def held(aclf, first_night) -> CommandLine:
    """The command line in a folder whose warehouse holds the first night; the registry is asked at another address."""
    shutil.copytree(first_night, aclf.folder, symlinks=True, dirs_exist_ok=True)
    return aclf
