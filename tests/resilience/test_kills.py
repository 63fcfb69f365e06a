"""After a kill at any step the published warehouse is the old or the new one, and the next run needs no help."""

from __future__ import annotations

import re
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
from extract.landing import _hash_texts
from tests.support.killed_runs import kill_at_size, kill_at_step, list_steps, run_job
from tests.support.swept_runs import QUICK_STAGES, RUNS, SECOND, STAGES, THIRD, make_job
from tests.support.warehouses import Warehouse, fetch_all_tables, fetch_records
from warehouse.errors import LoadFailed, PublishFailed
from warehouse.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from flows.settings import Job

RUN_TABLES = ("ops.problems", "ops.quarantine", "ops.drift", "ops.trial_drift", "ops.run_trials", "ops.checks")
KEPT = {"aclf.duckdb", "made.toml", ".aclf", ".aclf/lock", ".aclf/store.duckdb", ".aclf/published"}


@dataclass(frozen=True)
class End:
    """Every table of a warehouse after the last run, and the trials that the runs may ask for after the kill."""

    tables: dict[str, Any]
    asked: set[str]


@dataclass(frozen=True)
class SweptRun:
    """A run that is killed in many ways.

    Attributes:
        name: its name in `RUNS`.
        before: the warehouse before the run.
        command: the command and its arguments.
        steps: the steps that the run takes when it is not killed, in order.
        ends: the states that the run and the run after it may end in, by a name.
    """

    name: str
    before: Warehouse
    command: tuple[str, ...]
    steps: list[str]
    ends: dict[str, End]

    def job(self, warehouse: Warehouse) -> Job:
        """Make the job of the run on a warehouse."""
        return make_job(self.name, warehouse)


@pytest.fixture(scope="module")
def swept_run(request, make_warehouse, tmp_path_factory):
    """Prepare a run that is killed in many ways, and find the states that it may end in."""
    prepare, command = RUNS[request.param]
    before = make_warehouse()
    prepare(before)
    steps: list[str] = []

    def find_end(run_first: Callable[[Job], object]) -> End:
        """Let a function do the run in a copy, do the run after it, and return the state of the copy."""
        twin = before.copy_to(tmp_path_factory.mktemp("twin"))
        job = make_job(request.param, twin)
        run_first(job)
        asked = take_trials_asked(twin)
        run_job(THIRD, job)
        return End(fetch_everything(twin), asked | take_trials_asked(twin))

    def run_failing(function: str, error: AclfError, job: Job) -> None:
        with mock.patch(function, side_effect=error), pytest.raises(type(error)):
            run_job(SECOND, job)

    def run_and_record_steps(job: Job) -> None:
        steps.extend(list_steps(SECOND, job))

    ends = {
        "as if it had not begun": find_end(lambda job: None),
        "as if it had failed to load": find_end(partial(run_failing, "flows.steps.run_checks", LoadFailed("tried"))),
        "as if it had failed to publish": find_end(
            partial(run_failing, "flows.steps.publish_store", PublishFailed("tried"))
        ),
        "as if it had gone well": find_end(run_and_record_steps),
    }
    return SweptRun(request.param, before, command, steps, ends)


def fetch_everything(warehouse: Warehouse) -> dict[str, Any]:
    """Return the rows of every published table and view, and of the tables about runs."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        run_tables = {table: fetch_records(connection, f"from {table} order by all") for table in RUN_TABLES}
        return {**dict(fetch_all_tables(connection)), **run_tables}


def take_trials_asked(warehouse: Warehouse) -> set[str]:
    """Return the trials that the registry was asked for since the last call; those of a batch in one text."""
    asked = {request.query.get("filter.ids", request.path.rpartition("/")[2]) for request in warehouse.server.requests}
    warehouse.server.requests.clear()
    return {ids for ids in asked if ids.startswith("NCT")}


def list_landed(paths: Paths) -> set[str]:
    """Return the names of the replies on disk, without their ending."""
    return {file.stem for file in paths.landing.rglob("*.json")}


def read_bytes(file: Path) -> bytes | None:
    """Return the bytes of a file, or None where there is no file."""
    return file.read_bytes() if file.exists() else None


def list_leftovers(warehouse: Warehouse) -> set[str]:
    """Return the files and folders that are of no use any more; an empty folder does not count."""
    paths = {path for path in warehouse.folder.rglob("*") if not path.is_dir() or any(path.iterdir())}
    names = {str(path.relative_to(warehouse.folder)) for path in paths}
    published = re.compile(r"\.aclf/published/run-\d+(/aclf)?(\.duckdb)?")
    return {name for name in names - KEPT if not published.fullmatch(name)}


def kill_and_recover(swept_run: SweptRun, warehouse: Warehouse, kill: Callable[[str, Job], Any]) -> None:
    """Kill the run, run it again, and assert what must be true after each."""
    paths, old = Paths.of(warehouse.path), read_bytes(warehouse.path)
    kill(SECOND, swept_run.job(warehouse))

    # After the kill the published file is the old one or the new one, and it opens.
    published = read_bytes(warehouse.path)
    if published is not None:
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            connection.execute("from main.trials").fetchall()
    assert published in (old, read_bytes(paths.store)), "the published file is neither old nor new"

    landed = list_landed(paths)
    take_trials_asked(warehouse)
    summary = run_job(THIRD, swept_run.job(warehouse))
    assert summary["outcome"] in {"published", "unchanged"}

    # After the next run the tables are those of one of the possible ends.
    asked, tables = take_trials_asked(warehouse), fetch_everything(warehouse)
    end = next((end for end in swept_run.ends.values() if end.tables == tables), None)
    assert end, f"other tables: {find_differences(swept_run, tables)}"

    # The next run does not ask for replies that it does not need or that have landed.
    assert asked <= end.asked, f"asked needlessly for {asked - end.asked}"
    if "sync" in swept_run.command:
        asked_twice = [ids for ids in asked if _hash_texts(sorted(ids.split(","))) in landed]
        assert not asked_twice, f"asked again for {asked_twice}"
    assert list_leftovers(warehouse) == set()
    assert warehouse.stored("select run_id from ops.runs where outcome = 'running'") == []


def find_differences(swept_run: SweptRun, tables: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the name of the most similar end, and the tables that differ from it."""
    differences = {}
    for name, end in swept_run.ends.items():
        all_tables = end.tables.keys() | tables.keys()
        differences[name] = [table for table in all_tables if end.tables.get(table) != tables.get(table)]
    return min(differences.items(), key=lambda item: len(item[1]))


def sweep(swept_run: SweptRun, kills: Collection[Callable[[str, Job], Any]], folder: Path) -> None:
    """Kill the run in each of these ways, from the same beginning each time; raise all failures together."""
    failures = []
    for number, kill in enumerate(kills):
        warehouse = swept_run.before.copy_to(folder / str(number))
        try:
            kill_and_recover(swept_run, warehouse, kill)
        except (AssertionError, AclfError, duckdb.Error, OSError) as error:
            failures.append(f"{kill}: {type(error).__name__}: {str(error).splitlines()[0]}")
        shutil.rmtree(warehouse.folder)
    steps = swept_run.steps
    sys.stdout.write(
        f"{swept_run.name}: {len(kills)} kills, at {len(set(steps))} steps that were taken {len(steps)} times\n"
    )
    assert not failures, f"{len(failures)} of {len(kills)} kills:\n" + "\n".join(failures)


def count_steps(swept_run: SweptRun) -> list[tuple[str, int]]:
    """Return each step with the number 1, for its first time; for a sync also with the number of its last time."""
    counts = Counter(swept_run.steps)
    last = {(step, count) for step, count in counts.items() if "sync" in swept_run.name}
    return sorted({(step, 1) for step in counts} | last)


def group_by_stage(swept_run: SweptRun) -> dict[str, list[str]]:
    """Return the stages that a run must reach, each with the steps that the run took in it, in order."""
    stages = {}
    for stage, (run, name_part) in STAGES.items():
        if run == swept_run.name:
            stages[stage] = [step for step in dict.fromkeys(swept_run.steps) if name_part in step]
    return stages


@pytest.mark.fault(35, 43)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("swept_run", ["sync"], indirect=True)
def test_a_kill_at_each_stage_heals(swept_run, tmp_path):
    """After a kill at the first step of a stage an old or new file opens, and the next run fetches nothing twice."""
    first_steps = [steps[0] for stage, steps in group_by_stage(swept_run).items() if stage in QUICK_STAGES]
    sweep(swept_run, [partial(kill_at_step, step, 1) for step in first_steps], tmp_path)


@pytest.mark.slow
@pytest.mark.fault(35, 43, 50)
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("swept_run", RUNS, indirect=True)
def test_a_kill_at_any_step_heals(swept_run, tmp_path):
    """A kill at any step of any run heals in the same way."""
    assert all(group_by_stage(swept_run).values()), "the run did not come to a stage that it has"
    sweep(swept_run, [partial(kill_at_step, step, count) for step, count in count_steps(swept_run)], tmp_path)


@pytest.mark.slow
@pytest.mark.fault(35)
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("swept_run", ["sync"], indirect=True)
def test_a_kill_in_the_middle_of_a_write_heals(swept_run, tmp_path):
    """A kill in the middle of a write, also of DuckDB's, heals: at the byte that makes a file exceed a size."""
    store_size = Paths.of(swept_run.before.path).store.stat().st_size
    sizes = [0, 200, 2000, 20_000, 200_000, 1_000_000, *range(store_size - 200_000, store_size + 400_000, 50_000)]
    sweep(swept_run, [partial(kill_at_size, size) for size in sizes], tmp_path)
