"""A copy for the web is whole, its name never changes its content, and a kill leaves what was there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess

import duckdb
import pytest

from tests.support.damage import damage_block
from tests.support.disks import mounted_disk
from tests.support.environments import make_environment
from tests.support.forked_runs import ENDED, KILLED, KillPoint, run_and_kill_at
from tests.support.three_nights import sync_three_nights
from tests.support.warehouses import TIME_COLUMNS, fetch_records, fetch_rows
from tests.support.web_copies import STORE, is_copy, make_older, make_published_file, read_files
from warehouse.errors import NoWarehouse, TargetFailed, TargetNewer, TargetOfAnotherStore
from warehouse.targets.folder import FolderPlace, open_folder
from warehouse.targets.web_copies import publish_copy
from warehouse.targets.web_places import read_latest

KILLS = [
    KillPoint("before", "warehouse.targets.web_copies:make_compact_copy"),
    KillPoint("after", "warehouse.targets.web_copies:make_compact_copy"),
    KillPoint("before", "warehouse.targets.folder:FolderPlace.write"),
    KillPoint("after", "warehouse.targets.folder:shutil.copyfileobj"),
    KillPoint("after", "warehouse.targets.folder:FolderPlace.write"),
    KillPoint("after", "warehouse.targets.web_copies:_put_copy"),
    KillPoint("after", "warehouse.targets.web_copies:export_tables"),
    KillPoint("after", "warehouse.targets.web_copies:_put_parquet"),
    KillPoint("before", "warehouse.targets.web_copies:_remove_old_names"),
    KillPoint("after", "warehouse.targets.web_copies:_remove_old_names"),
]
NAMED_BEFORE = {KILLS[-1], KILLS[-2]}
"""The kills after which `latest.json` already names the new run."""

DISK = 64 << 20
"""The bytes of a small disk."""

READ_ALL = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    names = '''
        select format('{}.{}', schema_name, table_name) from duckdb_tables()
        union all
        select format('{}.{}', schema_name, view_name) from duckdb_views() where not internal
    '''
    for (name,) in connection.execute(names).fetchall():
        connection.execute(f"select bit_xor(hash(entry)) from {name} as entry").fetchall()
    print(duckdb.__version__, *connection.execute("select count(*), 'null'::ctgov.jsonb from main.trials").fetchone())
"""


@pytest.fixture(scope="module")
def nightly(make_warehouse):
    """Return a warehouse after three nights of a small set; tests only read it."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return warehouse


@pytest.fixture
def place(tmp_path):
    """Return a folder for copies, which is not there yet."""
    return open_folder(str(tmp_path / "web"))


@pytest.fixture
def scratch(tmp_path):
    """Return a folder for temporary files, which is not there yet."""
    return tmp_path / "scratch"


@pytest.fixture
def publish_run(nightly, tmp_path, place, scratch):
    """Return a function that publishes the file of a run, and returns the copy."""

    def publish(run, store=STORE, **options):
        file = make_published_file(nightly.path, tmp_path / f"{store} {run}", run, store)
        return publish_copy(file, place, scratch, **options)

    return publish


def test_copy_is_the_warehouse(nightly, tmp_path, place, scratch):
    """Every table, view, macro, comment and row is in it, and `latest.json` says what it is."""
    copy = publish_copy(nightly.path, place, scratch)
    file = tmp_path / "web" / copy.file
    assert is_copy(file, nightly.path)
    ((run,),) = nightly.rows("select max(run_id) from ops.runs where outcome = 'published'")
    assert (copy.run_id, copy.file, copy.parquet) == (run, f"run-{run:06}.duckdb", None)
    assert (copy.sha256, copy.bytes) == (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size)
    ((timestamp,),) = nightly.rows("select arg_max(data_timestamp, run_id) from ops.runs")
    assert copy.data_timestamp == timestamp
    document = json.loads((tmp_path / "web" / "latest.json").read_text())
    assert document["file"] == copy.file
    assert read_latest(place) == copy
    assert list(scratch.iterdir()) == []


def test_copy_has_large_blocks_and_nobody_may_write_it(nightly, tmp_path, place, scratch):
    """It has blocks of 256 KB, the format of DuckDB 1.2, AACT's type jsonb, and no log beside it."""
    file = tmp_path / "web" / publish_copy(nightly.path, place, scratch).file
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    with duckdb.connect(str(file), read_only=True) as connection:
        assert fetch_rows(connection, "select block_size from pragma_database_size()") == [(262_144,)]
        tags = "select tags['storage_version'] from duckdb_databases() where not internal"
        assert fetch_rows(connection, tags) == [("v1.2.0+",)]
        assert fetch_rows(connection, "select '{}'::ctgov.jsonb") == [("{}",)]
    assert {entry.name for entry in (tmp_path / "web").iterdir()} == {file.name, "latest.json"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_duckdb_1_2_reads_every_table(nightly, tmp_path, place, scratch):
    """A DuckDB of 1.2 reads every table and view of the copy."""
    python = make_environment(tmp_path / "venv", ["duckdb==1.2.2"])
    file = tmp_path / "web" / publish_copy(nightly.path, place, scratch).file
    printed = subprocess.run([python, "-c", READ_ALL, file], capture_output=True, text=True, check=True).stdout
    ((trials,),) = nightly.rows("select count(*) from main.trials")
    assert printed.split() == ["1.2.2", str(trials), "null"]


def test_warehouse_begins_again_from_a_copy(nightly, tmp_path, place, scratch):
    """A copy under the warehouse's name is a whole backup: a sync makes the store from it and changes nothing."""
    file = tmp_path / "web" / publish_copy(nightly.path, place, scratch).file
    twin = nightly.copy_to(tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere" / ".aclf")
    twin.path.unlink()
    shutil.copy(file, twin.path)
    summary = twin.sync()
    assert (summary["inserted"], summary["updated"]) == (0, 0)
    assert twin.tables(without=TIME_COLUMNS) == nightly.tables(without=TIME_COLUMNS)


def test_same_run_is_not_published_again(publish_run, tmp_path):
    """The second publish of a run writes nothing, and returns the same."""
    first = publish_run(21)
    before = read_files(tmp_path / "web")
    assert publish_run(21) == first
    assert read_files(tmp_path / "web") == before


def test_next_run_has_a_name_of_its_own(publish_run, tmp_path, place):
    """The earlier file stays as it was, and `latest.json` names the new one."""
    publish_run(21)
    earlier = read_files(tmp_path / "web")["run-000021.duckdb"]
    assert publish_run(22).file == "run-000022.duckdb"
    assert read_files(tmp_path / "web")["run-000021.duckdb"] == earlier
    assert read_latest(place).run_id == 22


def test_night_that_publishes_meanwhile_changes_nothing(nightly, tmp_path, scratch):
    """The copy is of the file that the link led to when the publish began."""
    files = {run: make_published_file(nightly.path, tmp_path / str(run), run) for run in (21, 22)}
    link = tmp_path / "aclf.duckdb"
    link.symlink_to(files[21])

    class BusyPlace(FolderPlace):
        def clean(self):
            link.unlink()
            link.symlink_to(files[22])

    copy = publish_copy(link, BusyPlace(tmp_path / "web"), scratch)
    assert copy.run_id == 21
    assert is_copy(tmp_path / "web" / copy.file, files[21])


def test_older_run_is_refused(publish_run, tmp_path):
    """A warehouse that went back to an earlier night does not replace a newer one."""
    publish_run(22)
    before = read_files(tmp_path / "web")
    with pytest.raises(TargetNewer, match=r"holds run 22, and the warehouse holds run 21; .*the target is as it was"):
        publish_run(21)
    assert read_files(tmp_path / "web") == before


def test_another_warehouse_is_refused(publish_run, tmp_path):
    """A newer run of another store does not replace this one."""
    publish_run(21)
    before = read_files(tmp_path / "web")
    with pytest.raises(TargetOfAnotherStore, match="copies of another warehouse"):
        publish_run(22, store="another")
    assert read_files(tmp_path / "web") == before


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"file": "../secret.duckdb"}', "\xff"])
def test_foreign_latest_file_is_refused(publish_run, tmp_path, text):
    """A `latest.json` of something else stays as it is."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "latest.json").write_text(text, encoding="latin-1")
    before = read_files(tmp_path / "web")
    with pytest.raises(TargetOfAnotherStore, match="did not write"):
        publish_run(21)
    assert read_files(tmp_path / "web") == before


def test_missing_warehouse_is_refused(tmp_path, place, scratch):
    """Without a warehouse nothing is made there."""
    with pytest.raises(NoWarehouse):
        publish_copy(tmp_path / "aclf.duckdb", place, scratch)
    assert not (tmp_path / "web").exists()


@pytest.mark.quick(3)
@pytest.mark.parametrize("kill_point", KILLS, ids=str)
def test_kill_leaves_what_was_there_and_the_next_publish_heals(
    nightly, publish_run, tmp_path, place, scratch, kill_point
):
    """After a kill `latest.json` names a whole file, and the next publish leaves nothing half written."""
    earlier = publish_run(21, as_parquet=True)
    file = make_published_file(nightly.path, tmp_path / "next", 22)

    def publish():
        return publish_copy(file, place, scratch, as_parquet=True)

    assert run_and_kill_at(kill_point, publish) == KILLED
    named = read_latest(place)
    assert named.run_id == (22 if kill_point in NAMED_BEFORE else 21)
    for run in {21, named.run_id}:
        assert is_copy(
            tmp_path / "web" / f"run-{run:06}.duckdb", file if run == 22 else tmp_path / f"{STORE} 21/aclf.duckdb"
        )
    found = tmp_path / "web" / "run-000022.duckdb"
    announced = hashlib.sha256(found.read_bytes()).hexdigest() if found.exists() else None

    copy = publish()
    assert copy.run_id == 22
    assert is_copy(found, file)
    # A name that was there has the content that it had.
    assert announced in {None, copy.sha256}
    names = {"latest.json", earlier.file, copy.file, *earlier.parquet, *copy.parquet}
    names |= {f"run-{run:06}/manifest.json" for run in (21, 22)}
    assert read_files(tmp_path / "web").keys() == names


def test_kill_point_that_is_not_reached_ends_well(publish_run, place):
    """A publish of a run that is there makes no copy, so that a kill there does not happen."""
    publish_run(21)
    assert run_and_kill_at(KILLS[0], lambda: publish_run(21)) == ENDED


def test_full_disk_leaves_what_was_there(publish_run, tmp_path, place):
    """If the folder's disk is full, the sentence says so, nothing is half written, and the next publish succeeds."""
    (tmp_path / "web").mkdir()
    with mounted_disk(tmp_path / "web", size=DISK):
        first = publish_run(21)
        filling = tmp_path / "web" / "filling"
        with filling.open("wb") as opened:
            # Room for half of another copy.
            os.posix_fallocate(opened.fileno(), 0, DISK - first.bytes - first.bytes // 2)
        before = read_files(tmp_path / "web")
        with pytest.raises(TargetFailed, match=r"run-000022\.duckdb could not be written there .*free some space in"):
            publish_run(22)
        assert read_files(tmp_path / "web") == before
        assert read_latest(place) == first
        filling.unlink()
        assert publish_run(22) == read_latest(place)


def test_name_of_another_warehouse_is_not_taken(nightly, publish_run, tmp_path):
    """A file of this name that `latest.json` does not name and that holds other data stays, and is not named."""
    publish_run(20)
    other = make_published_file(nightly.path, tmp_path / "other", 21, "another")
    shutil.copyfile(other, tmp_path / "web" / "run-000021.duckdb")
    before = read_files(tmp_path / "web")
    with pytest.raises(TargetOfAnotherStore, match=r"has a run-000021\.duckdb of another warehouse"):
        publish_run(21)
    assert read_files(tmp_path / "web") == before


def test_damaged_file_is_not_named(publish_run, tmp_path, place):
    """A damaged file under the name is not named, and the sentence says to remove it; then the publish succeeds."""
    file = tmp_path / "web" / publish_run(21).file
    (tmp_path / "web" / "latest.json").unlink()
    file.chmod(0o644)
    damage_block(file)
    with pytest.raises(TargetFailed, match=r"is not sound.*remove run-000021\.duckdb there"):
        publish_run(21)
    assert read_latest(place) is None
    file.unlink()
    assert publish_run(21) == read_latest(place)


def test_lost_latest_file_is_written_again(publish_run, tmp_path, place):
    """If only `latest.json` is lost, the file that is there is named again and not made again."""
    first = publish_run(21)
    before = read_files(tmp_path / "web")[first.file]
    (tmp_path / "web" / "latest.json").unlink()
    assert publish_run(21).sha256 == first.sha256
    assert read_files(tmp_path / "web")[first.file] == before


def test_name_stays_for_a_week_after_the_next_one(publish_run, tmp_path):
    """A run that was the newest until today stays, however old it is; what is not ours always stays."""
    web = tmp_path / "web"
    publish_run(21, as_parquet=True)
    for name in ("index.html", "run-000001.txt", "run-000001.duckdb.bak", "run-1.duckdb"):
        (web / name).write_text("not ours")
    (web / "notes").mkdir()
    (web / "notes" / "run-000001.duckdb").write_text("not ours")
    foreign = read_files(web).keys() - {"latest.json", "run-000021.duckdb"}
    make_older(web, days=30)
    publish_run(22)
    assert (web / "run-000021.duckdb").exists()
    make_older(web, days=6.9)
    publish_run(23)
    assert (web / "run-000021.duckdb").exists()
    make_older(web, days=0.2)
    publish_run(24)
    foreign = {name for name in foreign if not name.startswith("run-000021/")}
    runs = {f"run-0000{number}.duckdb" for number in (22, 23, 24)}
    assert read_files(web).keys() == {"latest.json", *runs, *foreign}
    assert not (web / "run-000021").exists()


def test_newest_name_is_never_removed(publish_run, tmp_path):
    """A copy that was not replaced for years is still there after another look."""
    publish_run(21)
    make_older(tmp_path / "web", days=1000)
    publish_run(21)
    assert (tmp_path / "web" / "run-000021.duckdb").exists()


def test_parquet_is_beside_the_copy(nightly, publish_run, tmp_path):
    """Each table has a file with the same rows, and the manifest has the hash of each."""
    copy = publish_run(21, as_parquet=True)
    web = tmp_path / "web"
    manifest = json.loads((web / "run-000021" / "manifest.json").read_text())
    assert copy.parquet == [f"run-000021/{table['file']}" for table in manifest["tables"]]
    for table in manifest["tables"]:
        data = (web / "run-000021" / table["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == table["sha256"]
    with duckdb.connect(str(web / copy.file), read_only=True) as connection:
        rows = fetch_records(connection, "from main.trials order by all")
    with duckdb.connect() as connection:
        read = f"from read_parquet('{web}/run-000021/main.trials.parquet') order by all"
        assert fetch_records(connection, read) == rows


def test_parquet_can_come_later(publish_run, tmp_path):
    """A run that is there gets its Parquet files when they are asked for, and its copy stays."""
    first = publish_run(21)
    before = read_files(tmp_path / "web")[first.file]
    later = publish_run(21, as_parquet=True)
    assert later.parquet
    assert (later.sha256, read_files(tmp_path / "web")[first.file]) == (first.sha256, before)
    whole = read_files(tmp_path / "web")
    assert publish_run(21) == publish_run(21, as_parquet=True) == later
    assert read_files(tmp_path / "web") == whole
