"""Define the fixtures that all tests share: no network except loopback, and warehouses beside a made registry."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import hypothesis
import pytest
import pytest_socket

from extract.client.registry import Registry
from extract.sample.nights import load_night
from extract.sample.server import RegistryServer
from flows import run
from tests.support.clock import Clock
from tests.support.command_line import CommandLine
from tests.support.database_server import run_database_server
from tests.support.made_studies import make_contents
from tests.support.postgres import publish_to_postgres
from tests.support.warehouses import (
    CONDITION_SET,
    EVERYTHING,
    WITHHELD,
    Warehouse,
    read_golden_studies,
    read_test_studies,
)
from warehouse.paths import Paths
from warehouse.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.database_server import DatabaseServer
    from tests.support.postgres import PostgreSQL
    from tests.support.warehouses import Study

THOROUGH = Path(__file__).with_name("thorough.txt")
"""The tests that take a second or more each, by their ids without cases; `python -m tests.tools.thorough` writes it."""

# Without a deadline a busy machine cannot fail a property test.
hypothesis.settings.register_profile("promises", deadline=None)
hypothesis.settings.load_profile("promises")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of `thorough.txt`, and as slow all cases of a test with the mark `quick(n)` except the first n."""
    thorough = set(THOROUGH.read_text().splitlines())
    seen: Counter[str] = Counter()
    for item in items:
        if item.nodeid.partition("[")[0] in thorough:
            item.add_marker("thorough")
        marker = item.get_closest_marker("quick")
        if marker:
            test = item.nodeid.partition("[")[0]
            seen[test] += 1
            if seen[test] > marker.args[0]:
                item.add_marker("slow")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse every address except loopback; pytest-socket lifts the block after the test."""
    # The tests of `make test-live` send their requests to the registry itself.
    if item.get_closest_marker("live"):
        return
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True, scope="session")
def _catch_ctrl_c() -> Iterator[None]:
    """Handle Ctrl-C: a shell ignores it for background jobs, and child processes would inherit that."""
    previous_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous_handler)


@pytest.fixture
def studies() -> dict[str, Study]:
    """Return the studies of `tests/data/studies`, by file name without its ending."""
    return read_test_studies()


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory) -> Path:
    """Return a folder whose store has every table and no trial.

    Tests copy it, because making the tables takes longer than a sync.
    """
    folder = tmp_path_factory.mktemp("blank")
    with open_store(Paths.of(folder / "aclf.duckdb")):
        return folder


@pytest.fixture
def warehouse(tmp_path, blank_store) -> Iterator[Warehouse]:
    """Yield an empty warehouse whose registry has no study yet."""
    shutil.copytree(blank_store, tmp_path, dirs_exist_ok=True)
    with RegistryServer(make_contents()) as server:
        yield Warehouse(tmp_path, server)


@pytest.fixture(scope="session")
def make_warehouse(tmp_path_factory) -> Iterator[Callable[[], Warehouse]]:
    """Yield a function that makes empty warehouses.

    Each warehouse has its own folder and its own registry, which runs until the session ends.
    """
    with ExitStack() as servers:

        def make() -> Warehouse:
            server = servers.enter_context(RegistryServer(make_contents()))
            return Warehouse(tmp_path_factory.mktemp("warehouse"), server)

        yield make


@pytest.fixture(scope="session")
def synced_warehouse(make_warehouse) -> Warehouse:
    """Return a warehouse after one sync of the studies of `tests/data/studies`; tests only read it."""
    made = make_warehouse()
    made.use_condition_set(f'{CONDITION_SET}include = ["{WITHHELD}"]\n')
    made.serve(*read_test_studies().values())
    made.sync()
    return made


@pytest.fixture(scope="session")
def aact_warehouse(make_warehouse) -> Warehouse:
    """Return a warehouse after one sync of the studies of `tests/data/golden/aact`; tests only read it."""
    made = make_warehouse()
    made.use_condition_set(EVERYTHING)
    made.serve(*read_golden_studies())
    made.sync()
    return made


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """Yield a real PostgreSQL; skip the test where none is installed."""
    with run_database_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres(database_server, aact_warehouse) -> Iterator[PostgreSQL]:
    """Yield a real PostgreSQL to which `aact_warehouse` is published, with the search path of AACT's own database."""
    # AACT's SQL may name its database, so the database has AACT's name.
    with publish_to_postgres(database_server, aact_warehouse, "ctgov, public", name="aact") as published:
        yield published


@pytest.fixture
def published(synced_warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the warehouse of `synced_warehouse`."""
    with duckdb.connect(str(synced_warehouse.path), read_only=True) as connection:
        yield connection


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """Return the clock of every run in this process; it moves at once when a run waits for the registry."""
    made = Clock()
    monkeypatch.setattr(run, "Registry", partial(Registry, sleep=made.sleep, clock=made))
    return made


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """Yield a registry on loopback that serves the sample's first night."""
    with RegistryServer(load_night(1)) as server:
        yield server


@pytest.fixture
def aclf(tmp_path, registry) -> CommandLine:
    """Return the command line in an empty folder; its runs ask `registry`."""
    return CommandLine(tmp_path / "here", ACLF_REGISTRY=registry.url)


@pytest.fixture(scope="session")
def first_night_folder(tmp_path_factory) -> Path:
    """Return a folder with a warehouse after a sync of the sample's first night; tests copy it and never change it."""
    aclf = CommandLine(tmp_path_factory.mktemp("first") / "here")
    assert aclf("sync", "--registry", "sample", "--direct").code == 0
    return aclf.folder


@pytest.fixture(scope="session")
def aclf_after_both_nights(tmp_path_factory, first_night_folder) -> CommandLine:
    """Return the command line in a folder with the sample's two nights; tests only read it."""
    aclf = CommandLine(tmp_path_factory.mktemp("both") / "here")
    shutil.copytree(first_night_folder, aclf.folder, symlinks=True, dirs_exist_ok=True)
    assert aclf("sync", "--registry", "sample", "--direct").code == 0
    return aclf


@pytest.fixture(scope="session")
def aclf_after_all_nights(tmp_path_factory, aclf_after_both_nights) -> CommandLine:
    """Return the command line in a folder with the sample's three nights; tests only read it."""
    aclf = CommandLine(tmp_path_factory.mktemp("all") / "here")
    shutil.copytree(aclf_after_both_nights.folder, aclf.folder, symlinks=True, dirs_exist_ok=True)
    assert aclf("sync", "--registry", "sample", "--direct").code == 0
    return aclf


@pytest.fixture
def sync_studies(warehouse) -> Callable[..., CommandLine]:
    """Return a function that serves studies as the next night, syncs, and returns the command line."""

    def synced(*studies: Study) -> CommandLine:
        warehouse.serve(*studies)
        warehouse.sync()
        return CommandLine(warehouse.folder)

    return synced


@pytest.fixture
def synced_aclf(aclf, first_night_folder) -> CommandLine:
    """Return the command line in a folder whose warehouse holds the first night; its runs ask `registry`.

    The first night was synced from the sample, so the warehouse knows the registry under another address.
    """
    shutil.copytree(first_night_folder, aclf.folder, symlinks=True, dirs_exist_ok=True)
    return aclf
