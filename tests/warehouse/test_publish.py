"""A reader who opens the warehouse at any time sees the data of one whole run, and never gets an error."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.warehouses import fetch_rows, make_member_study

OPENS = 100
MOST_NIGHTS = 6
NIGHTS = """
select distinct brief_title from main.trials
union select distinct name from ctgov.keywords
union select distinct brief_title from ctgov.studies
union select distinct document->>'$.protocolSection.identificationModule.briefTitle' from raw.studies
"""
LOOK = f"""
select (select list(night) from ({NIGHTS}) as titles(night)), (select max(run_id) from ops.runs), count(*)
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
    """Serve the registry's next night: one trial more than the night before, and all have the night's name."""
    warehouse.number += 1
    name, updated = f"Night {warehouse.number}", f"{1900 + warehouse.number}-01-31"
    trials = range(1, warehouse.number + 4)
    warehouse.serve(*(make_member_study(trial, title=name, keywords=[name], updated=updated) for trial in trials))


def publish_next(warehouse):
    """Sync the next night, and return the run's number."""
    serve_next(warehouse)
    summary = warehouse.sync()
    assert summary["outcome"] == "published"
    return summary["run_id"]


@pytest.fixture(scope="module")
def nightly(make_warehouse):
    """A warehouse that syncs one night after the other; `number` is the number of its newest night."""
    made = make_warehouse()
    made.number = 0
    publish_next(made)
    return made


@pytest.mark.fault(41)
def test_reader_sees_whole_nights_only(nightly):
    """Of a hundred opens while nights are published, each sees one night in all tables, and none fails."""
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
def test_reader_keeps_what_it_opened(nightly):
    """A connection keeps its night, even after its file is removed; a new one in the same process sees the newest."""
    opened = nightly.number
    with duckdb.connect(str(nightly.path), read_only=True) as open_connection:
        assert fetch_rows(open_connection, "select max(brief_title) from trials") == [(f"Night {opened}",)]
        file = nightly.path.resolve()
        while file.exists():
            publish_next(nightly)
            assert nightly.rows(NIGHTS) == [(f"Night {nightly.number}",)]
        assert fetch_rows(open_connection, NIGHTS) == [(f"Night {opened}",)]
        assert fetch_rows(open_connection, "select count(*) from ctgov.conditions") == [(opened + 3,)]


@pytest.mark.fault(51)
def test_published_file_is_closed_and_read_only(nightly):
    """There is no log beside the file, nobody may write to it, and DuckDB 1.2 can read its format."""
    assert list(nightly.folder.rglob("*.wal")) == []
    assert stat.S_IMODE(nightly.path.stat().st_mode) == 0o444
    assert nightly.rows("select tags['storage_version'] from duckdb_databases() where not internal") == [("v1.2.0+",)]


def test_last_three_published_files_are_kept(nightly):
    """The newest three published files are whole. If the link points to the first of them again, the next run works."""
    published = nightly.folder / ".aclf" / "published"
    runs = [publish_next(nightly) for _ in range(3)]
    files = [published / f"run-{run:06}.duckdb" for run in runs]
    assert sorted(published.iterdir()) == files
    assert nightly.path.resolve() == files[-1].resolve()
    for number, file in zip(range(nightly.number - 2, nightly.number + 1), files, strict=True):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert fetch_rows(connection, NIGHTS) == [(f"Night {number}",)]
    nightly.path.unlink()
    nightly.path.symlink_to(f".aclf/published/{files[0].name}")
    assert nightly.rows(NIGHTS) == [(f"Night {nightly.number - 2}",)]
    publish_next(nightly)
    assert nightly.rows(NIGHTS) == [(f"Night {nightly.number}",)]


@pytest.mark.fault(37)
def test_every_file_is_flushed_before_it_is_named(nightly, monkeypatch):
    """The bytes of each file reach the disk before its name, and its name before the next step: the power may fail."""
    done = []
    flush, rename = os.fsync, os.replace

    def record_flush(descriptor):
        done.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        flush(descriptor)

    def record_rename(source, target):
        done.append(f"{Path(source).name} becomes {Path(target).name}")
        rename(source, target)

    serve_next(nightly)
    monkeypatch.setattr(os, "fsync", record_flush)
    monkeypatch.setattr(os, "replace", record_rename)
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
