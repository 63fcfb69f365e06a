"""The runs that are killed at each of their steps, and the stages that they must reach."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tests.support.clock import clock_stands_at
from tests.support.folders import DATA
from tests.support.warehouses import CONDITION_SET
from tests.tools.make_store import make_first_night, make_second_night, make_third_night
from warehouse.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.settings import Job
    from tests.support.warehouses import Warehouse

FIRST, SECOND, THIRD = "2026-10-01 03:00", "2026-10-02 03:00", "2026-10-03 03:00"

STAGES = {
    # The stage: the run of `RUNS` that must reach it, and a part of the names of its steps.
    "fetch": ("sync", "extract.client.exchange."),
    "land": ("sync", "extract.files.write_aside < extract.files.write_whole"),
    "write a part": ("sync", "extract.files.write_aside < warehouse.part_files.write_part"),
    "begin a round": ("sync", "warehouse.loading.load.load_round < "),
    "archive": ("sync", "keep_records.sql < "),
    "insert rows": ("sync", "warehouse.loading.rows._insert < "),
    "normalise": ("sync", "warehouse.loading.trials._register_rows < "),
    "note history": ("sync", "keep_history.sql < "),
    "remove a loaded part": ("sync", "flows.loading.Loading._load_ready < "),
    "note members": ("sync", "note_members.sql < "),
    "check": ("sync", "flows.next_store._note_checks < "),
    "load": ("sync", "flows.steps.load"),
    "replace the store": ("sync", "warehouse.store._move_into_place < "),
    "publish": ("sync", "warehouse.publish._copy_store < "),
    "turn the link": ("sync", "warehouse.publish._make_link < "),
    "remove landed replies": ("sync", "extract.landing.Landing.clear < "),
    "start a worker": ("sync with a worker", "flows.workers._Worker._start < "),
    "hand a part to a worker": (
        "sync with a worker",
        "flows.workers._Worker.make < flows.workers.WorkerPool._make: write",
    ),
    "take a part from a worker": (
        "sync with a worker",
        "flows.workers._Worker.make < flows.workers.WorkerPool._make: read",
    ),
    "fetch one": ("backfill", "extract.client.exchange."),
    "rebuild": ("rebuild", "flows.steps.rebuild_from_archive"),
    "keep other rules": ("other rules", "warehouse.kept_rules."),
    "read the texts again": ("other rules", "warehouse.loading.normalised_tables.remake_normalised_tables < "),
    "create": ("first", "warehouse.schema.create_tables < "),
    "create a lost store": ("store lost", "warehouse.store._create_store < "),
    "write in other blocks": ("version 1", "warehouse.store._open_copy < warehouse.store.replace_store: copy from"),
    "migrate": ("version 1", "warehouse.schema.migrate < "),
    "upgrade": ("version 2", "warehouse.store._upgrade_tables < "),
    "rebuild in an upgrade": ("version 2", "warehouse.loading.rebuild."),
}

QUICK_STAGES = {"write a part", "archive", "load", "replace the store", "publish", "turn the link"}
"""`make test` kills a sync at the first step of these stages; `make test-all` kills each run at every step."""

# Each function prepares a warehouse for a run that will be killed.


def prepare_one_night(warehouse: Warehouse) -> None:
    """Sync the first night, and serve the second."""
    warehouse.serve(*make_first_night())
    with clock_stands_at(FIRST):
        warehouse.sync()
    warehouse.serve(*make_second_night())


def prepare_other_rules(warehouse: Warehouse) -> None:
    """Sync the first night, serve the second, and let the condition set name rules that it did not name before."""
    prepare_one_night(warehouse)
    warehouse.use_condition_set(CONDITION_SET + 'rules = ["aclf"]\n')


def prepare_lost_store(warehouse: Warehouse) -> None:
    """Sync the first night, serve the second, and remove the store."""
    prepare_one_night(warehouse)
    Paths.of(warehouse.path).store.unlink()


def prepare_nothing(warehouse: Warehouse) -> None:
    """Serve the first night without a run."""
    warehouse.serve(*make_first_night())


def prepare_release(number: int) -> Callable[[Warehouse], None]:
    """Return a function that prepares the store of an older release, with its published copy."""

    def prepare(warehouse: Warehouse) -> None:
        paths = Paths.of(warehouse.path)
        paths.published.mkdir(parents=True)
        store = gzip.decompress((DATA / f"stores/schema-{number}.duckdb.gz").read_bytes())
        paths.store.write_bytes(store)
        # Earlier versions published a file without a folder of its own.
        (paths.published / "run-000004.duckdb").write_bytes(store)
        warehouse.path.symlink_to(".aclf/published/run-000004.duckdb")
        warehouse.serve(*make_third_night())

    return prepare


RUNS = {
    # How the warehouse is prepared, and the run that is killed.
    "sync": (prepare_one_night, ("sync",)),
    "sync with a worker": (prepare_one_night, ("sync",)),
    "backfill": (prepare_one_night, ("backfill", "NCT00000001", "NCT00000008")),
    "rebuild": (prepare_one_night, ("rebuild",)),
    "other rules": (prepare_other_rules, ("sync",)),
    "first": (prepare_nothing, ("sync",)),
    "store lost": (prepare_lost_store, ("sync",)),
    "version 1": (prepare_release(1), ("sync",)),
    "version 2": (prepare_release(2), ("sync",)),
}


def make_job(name: str, warehouse: Warehouse) -> Job:
    """Make the job of a run of `RUNS` on a warehouse."""
    _, command = RUNS[name]
    return warehouse.job(*command, accept_shrink=True, workers=int(name == "sync with a worker"))
