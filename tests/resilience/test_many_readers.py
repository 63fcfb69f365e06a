"""Fifty readers see no error and no mixed data during two hundred publishes; seven runs can start together."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from extract.sample.nights import load_night
from tests.support.command_line import wait_for_end
from tests.support.warehouses import make_member_study
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
    """Publish a night whose number is in the title of every trial, in two tables, and in the run's number."""
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
    """Each query sees one night in all tables; no reader sees an older night later, and no query fails."""
    warehouse.serve(*(make_member_study(number) for number in range(1, TRIALS + 1)))
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
    results = [json.loads(reader.communicate("end\n")[0]) for reader in readers]
    assert [result["errors"] for result in results] == [[]] * PROCESSES

    # Each thread has a list of rows: rows of both tables, different titles, the title, the newest run.
    threads = [rows for result in results for rows in result["seen"]]
    sys.stdout.write(f"{sum(map(len, threads))} queries\n")
    assert len(threads) == PROCESSES * THREADS
    all_nights = set()
    for rows in threads:
        assert all(row == [2 * TRIALS, 1, f"Night {row[3]:06}", row[3]] for row in rows)
        nights = [row[3] for row in rows]
        assert nights == sorted(nights)
        all_nights.update(nights)
    assert len(all_nights) > PUBLISHES / 2


@pytest.mark.slow
@pytest.mark.fault(42)
@pytest.mark.timeout(900)
def test_two_syncs_and_five_backfills_can_start_together(aclf, registry):
    """With --wait the runs take turns: all end well, no two overlap, and the set is complete."""
    registry.contents = load_night(2)
    wait = ("--direct", "--json", "--wait", "600")
    runs = [aclf.start("sync", *wait) for _ in range(2)]
    runs += [aclf.start("backfill", number, *wait) for number in BACKFILLS]
    summaries = [run.document for run in map(wait_for_end, runs)]
    assert {summary["outcome"] for summary in summaries} <= {"published", "unchanged"}, summaries
    assert sorted(summary["run_id"] for summary in summaries) == list(range(1, 8))
    times = aclf.stored("select started_at, finished_at from ops.runs order by run_id")
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))
    assert aclf.rows("select count(*) from trials where in_condition_set") == [(72,)]
    assert not list(Path(aclf.folder).rglob("*.part"))
