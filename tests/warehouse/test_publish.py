"""Whoever opens the warehouse, whenever, has the whole of one run: never half, never two mixed, never an error."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.warehouses import answers, ill

OPENS = 100
MOST_NIGHTS = 6
NIGHTS = """
select distinct brief_title from main.trials
union select distinct name from ctgov.keywords
union select distinct brief_title from ctgov.studies
union select distinct document->>'$.protocolSection.identificationModule.briefTitle' from raw.studies
"""
LOOK = f"""
select (select list(night) from ({NIGHTS}) as told(night)), (select max(run_id) from ops.runs), count(*)
from main.trials
"""
READER = """
import json, sys, duckdb
path, opens, query = sys.argv[1:]
seen = []
for _ in range(int(opens)):
    with duckdb.connect(path, read_only=True) as connection:
        seen += connection.execute(query).fetchall()
print(json.dumps(seen))
"""


def serve_next(warehouse):
    """The registry's next night: three trials and one more each night, all carrying the night's name."""
    warehouse.number += 1
    name, updated = f"Night {warehouse.number}", f"{1900 + warehouse.number}-01-31"
    trials = range(1, warehouse.number + 4)
    warehouse.serve(*(ill(trial, title=name, keywords=[name], updated=updated) for trial in trials))


def publish_next(warehouse):
    """Sync the next night, and give the run's number."""
    serve_next(warehouse)
    report = warehouse.sync()
    assert report["outcome"] == "published"
    return report["run_id"]


@pytest.fixture(scope="module")
def nightly(new_warehouse):
    """A warehouse for one night after the other; `number` is that of the night it holds."""
    made = new_warehouse()
    made.number = 0
    publish_next(made)
    return made


@pytest.mark.fault(41)
def test_a_reader_sees_whole_nights_only(nightly):
    """A hundred opens while one night after the other is published: each sees one night in all tables, none fails."""
    arguments = [sys.executable, "-c", READER, nightly.path, str(OPENS), LOOK]
    last = nightly.number + MOST_NIGHTS
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as reader:
        while reader.poll() is None and nightly.number < last:
            publish_next(nightly)
        seen = json.loads(reader.communicate()[0])
    assert len(seen) == OPENS
    assert all(nights == [f"Night {trials - 3}"] for nights, _, trials in seen)
    runs = [run for _, run, _ in seen]
    assert runs == sorted(runs)
    assert len(set(runs)) > 2


@pytest.mark.fault(41)
def test_a_reader_keeps_what_it_opened(nightly):
    """A connection keeps its night to its end, even a forgotten one; a new one in the same process sees the newest."""
    opened = nightly.number
    with duckdb.connect(str(nightly.path), read_only=True) as held:
        assert answers(held, "select max(brief_title) from trials") == [(f"Night {opened}",)]
        file = nightly.path.resolve()
        while file.exists():
            publish_next(nightly)
            assert nightly.rows(NIGHTS) == [(f"Night {nightly.number}",)]
        assert answers(held, NIGHTS) == [(f"Night {opened}",)]
        assert answers(held, "select count(*) from ctgov.conditions") == [(opened + 3,)]


@pytest.mark.fault(51)
def test_the_published_file_is_closed_and_read_only(nightly):
    """No log lies beside it, nobody may write to it, and DuckDB 1.2 can read its format."""
    assert list(nightly.folder.rglob("*.wal")) == []
    assert stat.S_IMODE(nightly.path.stat().st_mode) == 0o444
    assert nightly.rows("select tags['storage_version'] from duckdb_databases() where not internal") == [("v1.2.0+",)]


def test_the_last_three_versions_are_kept_to_go_back_to(nightly):
    """The newest three published files are there, each whole; turned back to the first, the next run goes on."""
    published = nightly.folder / ".aclf" / "published"
    runs = [publish_next(nightly) for _ in range(3)]
    files = [published / f"run-{run:06}.duckdb" for run in runs]
    assert sorted(published.iterdir()) == files
    assert nightly.path.resolve() == files[-1].resolve()
    for number, file in zip(range(nightly.number - 2, nightly.number + 1), files, strict=True):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert answers(connection, NIGHTS) == [(f"Night {number}",)]
    nightly.path.unlink()
    nightly.path.symlink_to(f".aclf/published/{files[0].name}")
    assert nightly.rows(NIGHTS) == [(f"Night {nightly.number - 2}",)]
    publish_next(nightly)
    assert nightly.rows(NIGHTS) == [(f"Night {nightly.number}",)]


@pytest.mark.fault(37)
def test_everything_is_flushed_before_it_is_named(nightly, monkeypatch):
    """Each file's bytes reach the disk before its name does, and its name before the next step: power may fail."""
    done = []
    flush, rename = os.fsync, os.replace

    def flushed(descriptor):
        done.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        flush(descriptor)

    def renamed(source, target):
        done.append(f"{Path(source).name} becomes {Path(target).name}")
        rename(source, target)

    serve_next(nightly)
    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "replace", renamed)
    run = nightly.sync()["run_id"]
    landed, stored = done.index("store.next.duckdb becomes store.duckdb") - 1, 3
    reply, reply_named, folder = done[:landed]
    assert reply_named.startswith(reply.removeprefix("flush "))
    assert folder.startswith("flush ")
    assert done[landed : landed + stored] == [
        "flush store.next.duckdb",
        "store.next.duckdb becomes store.duckdb",
        "flush .aclf",
    ]
    assert done[landed + stored :] == [
        f"flush run-{run:06}.part",
        f"run-{run:06}.part becomes run-{run:06}.duckdb",
        "flush published",
        "aclf.duckdb.link becomes aclf.duckdb",
        f"flush {nightly.folder.name}",
    ]
