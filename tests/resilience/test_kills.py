"""Killed at any step, a run leaves the warehouse old or new, and the next run heals it without help."""

from __future__ import annotations

import gzip
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import duckdb
import pytest

from extract.errors import AclfError
from extract.landing import _digest as digest
from tests.support.clock import at
from tests.support.folders import DATA
from tests.support.killed_runs import kill, killed_by_size, live, steps
from tests.support.warehouses import Warehouse, records, whole_tables
from tests.tools.make_store import first_night, second_night, third_night
from warehouse.errors import LoadFailed, PublishFailed
from warehouse.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from flows.settings import Job

FIRST, SECOND, THIRD = "2026-10-01 03:00", "2026-10-02 03:00", "2026-10-03 03:00"
ACCOUNTS = ("ops.problems", "ops.quarantine", "ops.drift", "ops.trial_drift", "ops.run_trials", "ops.checks")
KEPT = {"aclf.duckdb", "made.toml", ".aclf", ".aclf/lock", ".aclf/store.duckdb", ".aclf/published"}
STAGES = {
    # what is done: the run that must come to it, and what the names of its steps have in them
    "fetch": ("sync", "extract.client.exchange."),
    "land": ("sync", "extract.files.write_whole < extract.landing."),
    "stage": ("sync", "stage.sql < "),
    "archive": ("sync", "keep_records.sql < "),
    "shred": ("sync", "warehouse.loading.rows._add_rows < "),
    "normalise": ("sync", "warehouse.loading.rows._fill < "),
    "note history": ("sync", "keep_history.sql < "),
    "note members": ("sync", "note_members.sql < "),
    "check": ("sync", "flows.steps._note_checks < "),
    "load": ("sync", "flows.steps.load"),
    "replace the store": ("sync", "warehouse.store._take_its_place < "),
    "publish": ("sync", "warehouse.publish._copy < "),
    "turn the link": ("sync", "warehouse.publish._point < "),
    "let go of what landed": ("sync", "extract.landing.Landing.clear < "),
    "fetch one": ("backfill", "extract.client.exchange."),
    "rebuild": ("rebuild", "flows.steps.rebuild_from_archive"),
    "create": ("first", "warehouse.schema.create_tables < "),
    "begin anew": ("store lost", "warehouse.store._begin_anew < "),
    "write in other blocks": ("version 1", "warehouse.store._write_anew < "),
    "migrate": ("version 1", "warehouse.schema.migrate < "),
    "bring up": ("version 2", "warehouse.store._bring_up < "),
    "remake": ("version 2", "warehouse.loading.rebuild."),
}

TRIED_FIRST = {"archive", "load", "replace the store", "publish", "turn the link"}
"""The stages at whose beginning `make test` kills; `make test-all` does at every step of all."""


def one_night(warehouse: Warehouse) -> None:
    """The first night is held, and the registry has its second."""
    warehouse.serve(*first_night())
    with at(FIRST):
        warehouse.sync()
    warehouse.serve(*second_night())


def without_store(warehouse: Warehouse) -> None:
    """The same, and the store is lost."""
    one_night(warehouse)
    Paths.of(warehouse.path).store.unlink()


def nothing(warehouse: Warehouse) -> None:
    """No run yet."""
    warehouse.serve(*first_night())


def released(number: int) -> Callable[[Warehouse], None]:
    """A release's store, and its published copy."""

    def prepare(warehouse: Warehouse) -> None:
        paths = Paths.of(warehouse.path)
        paths.versions.mkdir(parents=True)
        store = gzip.decompress((DATA / f"stores/schema-{number}.duckdb.gz").read_bytes())
        paths.store.write_bytes(store)
        paths.version(4).write_bytes(store)
        warehouse.path.symlink_to(f".aclf/published/{paths.version(4).name}")
        warehouse.serve(*third_night())

    return prepare


RUNS = {
    # what there is, then the run that is killed
    "sync": (one_night, ("sync",)),
    "backfill": (one_night, ("backfill", "NCT00000001", "NCT00000008")),
    "rebuild": (one_night, ("rebuild",)),
    "first": (nothing, ("sync",)),
    "store lost": (without_store, ("sync",)),
    "version 1": (released(1), ("sync",)),
    "version 2": (released(2), ("sync",)),
}


@dataclass(frozen=True)
class End:
    """Every table of a warehouse in the end, and the trials that the runs on the way may ask for after the kill."""

    tables: dict[str, Any]
    asked: set[str]


@dataclass(frozen=True)
class Swept:
    """A warehouse before a run, the steps of that run, and the warehouses that may come of it and the run after it."""

    name: str
    before: Warehouse
    command: tuple[str, ...]
    taken: list[str]
    ends: dict[str, End]

    def job(self, warehouse: Warehouse) -> Job:
        """The run, on this warehouse."""
        return warehouse.job(*self.command, accept_shrink=True)


@pytest.fixture(scope="module")
def swept(request, new_warehouse, tmp_path_factory):
    """A run to be killed, and what it may come to."""
    prepare, command = RUNS[request.param]
    before = new_warehouse()
    prepare(before)

    def ended(first=None, error=None) -> End:
        """The end of the run and the one after it, where the first goes well, is never begun, or fails at a place."""
        twin = before.copied(tmp_path_factory.mktemp("twin"))
        job = twin.job(*command, accept_shrink=True)
        if first is steps:
            taken.extend(steps(SECOND, job))
        elif first:
            with mock.patch(first, side_effect=error), pytest.raises(type(error)):
                live(SECOND, job)
        asked = trials_asked(twin)
        live(THIRD, job)
        return End(everything(twin), asked | trials_asked(twin))

    taken: list[str] = []
    ends = {
        "as if it had not begun": ended(),
        "as if it had failed to load": ended("flows.steps.run_checks", LoadFailed("tried")),
        "as if it had failed to publish": ended("flows.steps.publish_store", PublishFailed("tried")),
        "as if it had gone well": ended(steps),
    }
    return Swept(request.param, before, command, taken, ends)


def everything(warehouse: Warehouse) -> dict[str, Any]:
    """Every published table and view, and the accounts."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        accounts = {table: records(connection, f"from {table} order by all") for table in ACCOUNTS}
        return {**dict(whole_tables(connection)), **accounts}


def trials_asked(warehouse: Warehouse) -> set[str]:
    """The trials asked for since this was asked last, those of a batch with commas between them."""
    asked = {request.query.get("filter.ids", request.path.rpartition("/")[2]) for request in warehouse.server.requests}
    warehouse.server.requests.clear()
    return {ids for ids in asked if ids.startswith("NCT")}


def landed(paths: Paths) -> set[str]:
    """The names of the replies that lie on disk."""
    return {file.stem for file in paths.landing.rglob("*.json")}


def whole(file: Path) -> bytes | None:
    """What the published file holds, or None where there is none."""
    return file.read_bytes() if file.exists() else None


def left_over(warehouse: Warehouse) -> set[str]:
    """Files and folders that nobody needs; an empty folder is none."""
    there = {path for path in warehouse.folder.rglob("*") if not path.is_dir() or any(path.iterdir())}
    names = {str(path.relative_to(warehouse.folder)) for path in there}
    return {name for name in names - KEPT if not name.startswith(".aclf/published/run-") or ".duckdb." in name}


def heals(swept: Swept, warehouse: Warehouse, dies: Callable[[str, Job], Any]) -> None:
    """Kill the run, run it again, and look at what there is after each."""
    paths, old = Paths.of(warehouse.path), whole(warehouse.path)
    dies(SECOND, swept.job(warehouse))
    held = whole(warehouse.path)
    if held is not None:
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            connection.execute("from main.trials").fetchall()
    assert held in (old, whole(paths.store)), "the published file is neither old nor new"
    there = landed(paths)
    trials_asked(warehouse)
    report = live(THIRD, swept.job(warehouse))
    assert report["outcome"] in {"published", "unchanged"}
    asked, tables = trials_asked(warehouse), everything(warehouse)
    end = next((end for end in swept.ends.values() if end.tables == tables), None)
    assert end, f"other tables: {differences(swept, tables)}"
    assert asked <= end.asked, f"asked needlessly for {asked - end.asked}"
    if "sync" in swept.command:
        twice = [ids for ids in asked if digest(sorted(ids.split(","))) in there]
        assert not twice, f"asked again for {twice}"
    assert left_over(warehouse) == set()
    assert warehouse.stored("select run_id from ops.runs where outcome = 'running'") == []


def differences(swept: Swept, tables: dict[str, Any]) -> tuple[str, list[str]]:
    """What a warehouse is most like, and the tables in which it is not."""
    others = {
        name: [table for table in end.tables.keys() | tables.keys() if end.tables.get(table) != tables.get(table)]
        for name, end in swept.ends.items()
    }
    return min(others.items(), key=lambda item: len(item[1]))


def sweep(swept: Swept, kills: Collection[Callable[[str, Job], Any]], folder: Path) -> None:
    """Kill the run in each of these ways, from the same beginning each time; all failures are told together."""
    failures = []
    for number, dies in enumerate(kills):
        warehouse = swept.before.copied(folder / str(number))
        try:
            heals(swept, warehouse, dies)
        except (AssertionError, AclfError, duckdb.Error, OSError) as error:
            failures.append(f"{dies}: {type(error).__name__}: {str(error).splitlines()[0]}")
        shutil.rmtree(warehouse.folder)
    sys.stdout.write(
        f"{swept.name}: {len(kills)} kills, at {len(set(swept.taken))} steps that were taken {len(swept.taken)} times\n"
    )
    assert not failures, f"{len(failures)} of {len(kills)} kills:\n" + "\n".join(failures)


def all_steps(swept: Swept) -> list[tuple[str, int]]:
    """Each step where the run takes it first; those of a sync also where it takes them last."""
    counts = Counter(swept.taken)
    last = {(step, count) for step, count in counts.items() if swept.name == "sync"}
    return sorted({(step, 1) for step in counts} | last)


def stages_of(swept: Swept) -> dict[str, list[str]]:
    """The stages that a run must come to, with the steps of each that it took, in their order."""
    return {
        stage: [step for step in dict.fromkeys(swept.taken) if name in step]
        for stage, (run, name) in STAGES.items()
        if run == swept.name
    }


@pytest.mark.fault(35, 43)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("swept", ["sync"], indirect=True)
def test_a_kill_at_each_stage_heals(swept, tmp_path):
    """Killed where a stage begins: an old or a new file that opens; then all heals, and nothing is fetched twice."""
    begins = [steps[0] for stage, steps in stages_of(swept).items() if stage in TRIED_FIRST]
    sweep(swept, [partial(kill, step, 1) for step in begins], tmp_path)


@pytest.mark.slow
@pytest.mark.fault(35, 43, 50)
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("swept", RUNS, indirect=True)
def test_a_kill_at_any_step_heals(swept, tmp_path):
    """The same at every step that a run takes."""
    assert all(stages_of(swept).values()), "the run did not come to a stage that it has"
    sweep(swept, [partial(kill, step, count) for step, count in all_steps(swept)], tmp_path)


@pytest.mark.slow
@pytest.mark.fault(35)
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("swept", ["sync"], indirect=True)
def test_a_kill_in_the_middle_of_a_write_heals(swept, tmp_path):
    """The same in the middle of a write, DuckDB's own among them: at the byte that makes a file exceed a size."""
    store = Paths.of(swept.before.path).store.stat().st_size
    sizes = [0, 200, 2000, 20_000, 200_000, 1_000_000, *range(store - 200_000, store + 400_000, 50_000)]
    sweep(swept, [partial(killed_by_size, size) for size in sizes], tmp_path)
