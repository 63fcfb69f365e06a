"""A reader who opens the warehouse at any time sees the data of one whole run, and never gets an error."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.damage import damage_block, find_data_block
from tests.support.warehouses import fetch_rows, make_member_study
from warehouse.connect import open_read_only
from warehouse.errors import NoWarehouse, StoreUnusable
from warehouse.paths import Paths
from warehouse.publish import publish_store
from warehouse.published_files import get_published_run, list_published_files
from warehouse.soundness import find_fault
from warehouse.store import open_store

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


def get_file(warehouse, run):
    """Return the file that a run published."""
    return Paths.of(warehouse.path).get_published_file(run)


def list_files(warehouse):
    """Return the published files, the oldest first."""
    return list_published_files(Paths.of(warehouse.path))[::-1]


def go_back_to(warehouse, file):
    """Turn the link to a published file, as an operator does."""
    warehouse.path.unlink()
    warehouse.path.symlink_to(os.path.relpath(file, warehouse.folder))


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
    runs = [publish_next(nightly) for _ in range(3)]
    files = [get_file(nightly, run) for run in runs]
    assert list_files(nightly) == files
    assert nightly.path.resolve() == files[-1].resolve()
    for number, file in zip(range(nightly.number - 2, nightly.number + 1), files, strict=True):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert fetch_rows(connection, NIGHTS) == [(f"Night {number}",)]
    go_back_to(nightly, files[0])
    assert nightly.rows(NIGHTS) == [(f"Night {nightly.number - 2}",)]
    publish_next(nightly)
    assert nightly.rows(NIGHTS) == [(f"Night {nightly.number}",)]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    """Return the paths of a folder that has an empty store, and nothing published."""
    paths = Paths.of(tmp_path_factory.mktemp("empty") / "aclf.duckdb")
    with open_store(paths):
        pass
    return paths


@pytest.fixture
def paths(empty_store, tmp_path):
    """Return the paths of a copy of the folder with an empty store."""
    shutil.copytree(empty_store.state, tmp_path / ".aclf")
    return Paths.of(tmp_path / "aclf.duckdb")


def test_catalog_has_the_name_of_the_warehouse_every_night(paths):
    """DuckDB names a catalog after its file, so it is `aclf` each night, for any client and for `aclf query`."""
    for run in (1, 2):
        publish_store(paths, run)
        catalog = "select current_catalog() from aclf.main.trials limit 0"
        with duckdb.connect(str(paths.warehouse), read_only=True) as connection:
            assert fetch_rows(connection, catalog) == []
            assert fetch_rows(connection, "select current_catalog()") == [("aclf",)]
        with open_read_only(paths.warehouse) as connection:
            assert fetch_rows(connection, "select current_catalog()") == [("aclf",)]


def test_flat_name_of_earlier_versions_leads_to_the_file(paths):
    """A script that goes back a night by the name that earlier versions gave finds the file, while it is kept."""
    flat = paths.published / "run-000001.duckdb"
    for run in (1, 2, 3):
        publish_store(paths, run)
        assert flat.resolve() == paths.get_published_file(1).resolve()
    publish_store(paths, 4)
    assert not flat.is_symlink()
    assert not paths.get_published_file(1).parent.exists()


def publish_flat(paths, *runs):
    """Publish as earlier versions did: a file without a folder of its own."""
    paths.published.mkdir()
    for run in runs:
        shutil.copyfile(paths.store, paths.published / f"run-{run:06}.duckdb")
    paths.warehouse.symlink_to(f".aclf/published/run-{run:06}.duckdb")


def test_files_of_earlier_versions_are_kept_and_forgotten_in_turn(paths):
    """Each new night takes the place of the oldest file, whichever version published it."""
    publish_flat(paths, 7, 8, 9)
    flat = list_published_files(paths)
    assert get_published_run(paths) == 9
    publish_store(paths, 10)
    assert list_published_files(paths) == [paths.get_published_file(10), *flat[:2]]
    for run in (11, 12):
        publish_store(paths, run)
    assert list_published_files(paths) == [paths.get_published_file(run) for run in (12, 11, 10)]
    assert get_published_run(paths) == 12


def test_damaged_file_of_an_earlier_version_is_forgotten_before_a_sound_one(paths):
    """Earlier versions did not read the whole of a file. The damaged one goes, although a sound one is older."""
    publish_flat(paths, 7, 8, 9)
    newest, damaged, oldest = list_published_files(paths)
    damage_block(damaged)
    publish_store(paths, 10)
    assert list_published_files(paths) == [paths.get_published_file(10), newest, oldest]


@pytest.mark.fault(46)
def test_damaged_store_is_not_published(paths):
    """A damaged block that the night did not read stops the publish: no file changes, and the advice works."""
    publish_store(paths, 1)
    before = sorted(paths.published.rglob("*"))
    damage_block(paths.store, find_data_block(paths.store, "codes.overall_status"))
    with pytest.raises(StoreUnusable, match=r"is damaged .*move \.aclf/store\.duckdb away"):
        publish_store(paths, 2)
    assert sorted(paths.published.rglob("*")) == before
    assert get_published_run(paths) == 1
    paths.store.unlink()
    with open_store(paths):
        pass
    publish_store(paths, 2)
    assert find_fault(paths.warehouse) is None


@pytest.mark.fault(46)
def test_damaged_store_is_not_replaced_by_a_damaged_warehouse(paths):
    """If both are damaged, the sentence leads to `aclf check`, and no store is made from a damaged warehouse."""
    publish_store(paths, 1)
    for file in (paths.store, paths.warehouse.resolve()):
        damage_block(file, find_data_block(file, "codes.overall_status"))
    with pytest.raises(StoreUnusable, match="run `aclf check`"):
        publish_store(paths, 2)
    paths.store.unlink()
    with pytest.raises(NoWarehouse, match="is damaged"), open_store(paths):
        pass
    assert not paths.store.exists()


def test_number_of_a_run_never_comes_twice(nightly, tmp_path):
    """After a return to an earlier night the next file has a new number, whether the store is still there or not."""
    copied = nightly.copy_to(tmp_path)
    copied.number = nightly.number
    newest = publish_next(copied)
    go_back_to(copied, list_files(copied)[0])
    # What the store holds is not new, and is published again under a new number.
    copied.sync()
    assert copied.path.resolve() == get_file(copied, newest + 1).resolve()
    go_back_to(copied, list_files(copied)[0])
    Paths.of(copied.path).store.unlink()
    assert copied.sync()["run_id"] == newest + 2


@pytest.mark.fault(37)
def test_every_file_is_flushed_before_it_is_named(nightly, monkeypatch):
    """The bytes of each file reach the disk before its name, and its name before the next step: the power may fail."""
    done = []
    flush, rename = os.fsync, os.replace

    def record_flush(descriptor):
        done.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        flush(descriptor)

    def record_rename(source, target):
        # A part is not flushed: one that a power failure has spoiled is made again.
        if Path(target).suffix != ".arrow":
            done.append(f"{Path(source).name} becomes {Path(target).name}")
        rename(source, target)

    serve_next(nightly)
    monkeypatch.setattr(os, "fsync", record_flush)
    monkeypatch.setattr(os, "replace", record_rename)
    run = nightly.sync()["run_id"]
    landed, stored = done.index("store.next.duckdb becomes store.duckdb") - 1, 3
    # Two files land: the digest of the reply, and the reply.
    for start in (0, 3):
        file, file_named, folder = done[start : start + 3]
        assert file_named.startswith(file.removeprefix("flush "))
        assert folder.startswith("flush ")
    assert landed == 6
    assert done[landed : landed + stored] == [
        "flush store.next.duckdb",
        "store.next.duckdb becomes store.duckdb",
        "flush .aclf",
    ]
    assert done[landed + stored :] == [
        "flush aclf.duckdb",
        f"flush run-{run:06}.part",
        f"run-{run:06}.part becomes run-{run:06}",
        "flush published",
        f"run-{run:06}.duckdb.link becomes run-{run:06}.duckdb",
        "flush published",
        "aclf.duckdb.link becomes aclf.duckdb",
        f"flush {nightly.folder.name}",
    ]
