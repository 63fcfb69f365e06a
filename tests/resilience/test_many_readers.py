"""Fifty readers through two hundred publishes, and seven runs begun together: no error, and nothing mixed."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from extract.sample.nights import night
from tests.support.command_line import ended
from tests.support.warehouses import ill
from warehouse.paths import Paths
from warehouse.publish import publish_store
from warehouse.store import open_store
from warehouse.store_facts import DATA_FACT, set_store_fact

PUBLISHES = 200
PROCESSES, THREADS = 5, 10
TRIALS = 20
READERS = """
import json, sys, threading, duckdb

path, threads = sys.argv[1], int(sys.argv[2])
over, errors, seen = threading.Event(), [], []
LOOK = '''
select count(*), count(distinct title), max(title), (select max(run_id) from ops.runs)
from (select brief_title as title from main.trials union all select brief_title from ctgov.studies)
'''

def read():
    mine = []
    while not over.is_set():
        try:
            with duckdb.connect(path, read_only=True) as connection:
                mine += connection.execute(LOOK).fetchall()
        except Exception as error:
            errors.append(repr(error))
        over.wait(0.05)
    seen.append(mine)

readers = [threading.Thread(target=read) for _ in range(threads)]
for reader in readers:
    reader.start()
print("reading", flush=True)
sys.stdin.readline()
over.set()
for reader in readers:
    reader.join()
print(json.dumps({"errors": errors, "seen": seen}))
"""
BACKFILLS = ("NCT03863002", "NCT05985863", "NCT00614146", "NCT05989958", "NCT07329036")


def publish_next(paths: Paths, number: int) -> None:
    """Publish a night in which every trial carries its number, in two tables; its run is noted."""
    with open_store(paths) as store:
        store.execute("begin")
        for table in ("main.trials", "ctgov.studies"):
            store.execute(f"update {table} set brief_title = $1", [f"Night {number:06}"])
        store.execute("update ops.runs set run_id = $1", [number])
        set_store_fact(store, DATA_FACT, str(number))
        store.execute("commit; checkpoint store")
    publish_store(paths, number)


@pytest.mark.slow
@pytest.mark.fault(41)
@pytest.mark.timeout(3600)
def test_fifty_readers_through_two_hundred_publishes(warehouse):
    """Each query sees one night in all tables, no reader ever goes back, and not one fails."""
    warehouse.serve(*(ill(number) for number in range(1, TRIALS + 1)))
    warehouse.sync()
    paths = Paths.of(warehouse.path)
    publish_next(paths, 2)
    arguments = [sys.executable, "-c", READERS, warehouse.path, str(THREADS)]
    readers = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "reading\n"
    for number in range(3, PUBLISHES + 3):
        publish_next(paths, number)
    told = [json.loads(reader.communicate("end\n")[0]) for reader in readers]
    assert [error for process in told for error in process["errors"]] == []
    seen = [queries for process in told for queries in process["seen"]]
    sys.stdout.write(f"{sum(map(len, seen))} queries\n")
    assert len(seen) == PROCESSES * THREADS
    for queries in seen:
        assert all(row == [2 * TRIALS, 1, f"Night {row[3]:06}", row[3]] for row in queries)
        nights = [row[3] for row in queries]
        assert nights == sorted(nights)
    assert len({row[3] for queries in seen for row in queries}) > PUBLISHES / 2


@pytest.mark.slow
@pytest.mark.fault(42)
@pytest.mark.timeout(900)
def test_two_syncs_and_five_backfills_begun_together(aclf, registry):
    """With --wait each has its turn: all end well, none meets another, and the set is whole."""
    registry.contents = night(2)
    wait = ("--direct", "--json", "--wait", "600")
    runs = [aclf.start("sync", *wait) for _ in range(2)]
    runs += [aclf.start("backfill", number, *wait) for number in BACKFILLS]
    reports = [run.document for run in map(ended, runs)]
    assert {report["outcome"] for report in reports} <= {"published", "unchanged"}, reports
    assert sorted(report["run_id"] for report in reports) == list(range(1, 8))
    times = aclf.stored("select started_at, finished_at from ops.runs order by run_id")
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))
    assert aclf.rows("select count(*) from trials where in_condition_set") == [(72,)]
    assert not list(Path(aclf.folder).rglob("*.part"))
