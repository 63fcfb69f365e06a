"""The store of every released version can be upgraded, and loses nothing.

`tests/data/stores/README.md` says what the stores hold.
"""

from __future__ import annotations

import gzip

import duckdb
import pytest

from tests.support.clock import clock_stands_at
from tests.support.folders import DATA
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import fetch_rows
from tests.tools.make_store import make_third_night
from warehouse.paths import Paths
from warehouse.schema import SCHEMA_VERSION
from warehouse.store import BLOCK_SIZE, open_store
from warehouse.store_facts import read_store_facts

STORES = sorted((DATA / "stores").glob("schema-*.duckdb.gz"))
FIRST, SECOND, THIRD, LATER = (
    f"2026-09-{day} {time}" for day, time in ((11, "09:30"), (12, "09:30"), (13, "09:30"), (13, "17:00"))
)
VERSIONS = {
    # the trial's number: its versions' valid_from and the run that brought each, and when the newest was last checked
    1: ([(FIRST, 1), (SECOND, 2), (THIRD, 3)], THIRD),
    2: ([(FIRST, 1), (SECOND, 2)], SECOND),
    3: ([(FIRST, 1)], FIRST),
    4: ([(FIRST, 1), (SECOND, 2)], SECOND),
    5: ([(FIRST, 1)], LATER),
    6: ([(FIRST, 1)], FIRST),
    7: ([(SECOND, 2)], SECOND),
    8: ([(LATER, 4)], LATER),
}
FIRST_WITH_ARCHIVE = 3
"""The schema version whose store keeps every version's record."""

MEMBERS = [
    (1, "condition", FIRST, None, None),
    (2, "condition", FIRST, SECOND, "left the search"),
    (3, "condition", FIRST, SECOND, "merged into NCT00000004"),
    (4, "mesh term", FIRST, None, None),
    (5, "keyword", FIRST, None, None),
    (6, "condition", FIRST, None, None),
    (7, "condition", SECOND, None, None),
]


def test_every_released_version_has_its_store():
    """There is a store of each earlier schema version, so that every upgrade is tried."""
    assert [file.name for file in STORES] == [f"schema-{number}.duckdb.gz" for number in range(1, SCHEMA_VERSION)]


@pytest.fixture(scope="module", params=STORES, ids=lambda file: file.name)
def upgraded(request, make_warehouse):
    """A warehouse with the store of a released version, after this version's first run without news."""
    warehouse = make_warehouse()
    paths = Paths.of(warehouse.path)
    paths.state.mkdir()
    paths.store.write_bytes(gzip.decompress(request.param.read_bytes()))
    warehouse.from_version = int(request.param.name.removeprefix("schema-").partition(".")[0])
    warehouse.serve(*make_third_night())
    with clock_stands_at("2026-09-14 09:30"):
        warehouse.run_summary = warehouse.sync()
    return warehouse


def format_minute(moment):
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def test_upgraded_store_is_of_this_version(upgraded):
    """The store's facts name this version, each migration has its record, and the blocks are small."""
    with open_store(Paths.of(upgraded.path)) as store:
        assert read_store_facts(store)["schema_version"] == str(SCHEMA_VERSION)
        applied = store.execute("select version from ops.migrations order by version").fetchall()
        assert applied == [(number,) for number in range(1, SCHEMA_VERSION + 1)]
        assert fetch_rows(store, "select block_size from pragma_database_size() where database_name = 'store'") == [
            (BLOCK_SIZE,)
        ]


def test_times_lose_their_zone_and_keep_their_instant(upgraded):
    """Every time of the store is a TIMESTAMP in UTC after the upgrade; the other tests hold the times themselves."""
    times = "from duckdb_columns() where not internal and data_type like 'TIMESTAMP%'"
    with open_store(Paths.of(upgraded.path)) as store:
        types = fetch_rows(store, f"select distinct data_type {times}")
    assert types == [("TIMESTAMP",)]


@pytest.mark.fault(50, 51)
def test_upgrade_is_published(upgraded):
    """The first run publishes the upgraded tables, although it adds no trial and updates none."""
    assert upgraded.run_summary["run_id"] == 5
    assert upgraded.run_summary["outcome"] == "published"
    assert (upgraded.run_summary["inserted"], upgraded.run_summary["updated"]) == (0, 0)
    assert upgraded.rows("select count(*) from main.trials") == [(8,)]


def test_changes_of_an_earlier_version_are_weighed(upgraded):
    """Where the store kept the records of earlier versions, each of their changes has a weight after the upgrade."""
    weights = {weight for (weight,) in upgraded.rows("select weight from main.trial_changes")}
    assert weights == ({"major", "minor", "administrative"} if upgraded.from_version >= FIRST_WITH_ARCHIVE else set())


@pytest.mark.parametrize("number", VERSIONS)
def test_every_version_keeps_its_time_and_run(upgraded, number):
    """A version that was replaced before the archive existed keeps its time and run; only its record is lost."""
    versions, checked = VERSIONS[number]
    had_archive = upgraded.from_version >= FIRST_WITH_ARCHIVE
    rows = upgraded.rows(
        "select version, first_seen_at, run_id, document is not null, last_seen_at "
        "from archive.study_versions where nct_id = $1 order by version",
        make_nct_id(number),
    )
    expected = [
        (version, valid_from, run, had_archive or version == len(versions))
        for version, (valid_from, run) in enumerate(versions, 1)
    ]
    assert [(version, format_minute(seen), run, kept) for version, seen, run, kept, _ in rows] == expected
    assert format_minute(rows[-1][-1]) == checked


def test_members_stay_the_same(upgraded):
    """Each trial keeps what it was matched by, when it joined and left the set, and why it left."""
    rows = upgraded.rows(
        "select nct_id, matched_by, member_since, member_until, left_reason from condition_set_members order by nct_id"
    )
    assert [(*row[:2], format_minute(row[2]), format_minute(row[3]), row[4]) for row in rows] == [
        (make_nct_id(number), *others) for number, *others in MEMBERS
    ]


def test_values_and_records_set_aside_are_kept(upgraded):
    """The bad date, the record of another shape, and the unknown key and code keep their first sightings."""
    query = "select nct_id, raw_value, run_id, first_seen_at from ops.problems"
    assert [(*row[:3], format_minute(row[3])) for row in upgraded.rows(query)] == [
        (make_nct_id(7), "2026-02-30", 2, SECOND)
    ]
    query = "select nct_id, run_id, first_seen_at from ops.quarantine"
    assert [(*row[:2], format_minute(row[2])) for row in upgraded.rows(query)] == [(make_nct_id(6), 2, SECOND)]
    query = "select kind, value, first_seen_at, example_nct_id from ops.drift order by kind"
    assert [(*row[:2], format_minute(row[2]), row[3]) for row in upgraded.rows(query)] == [
        ("code", "WEATHER", FIRST, make_nct_id(5)),
        ("key", None, FIRST, make_nct_id(5)),
    ]


def test_earlier_runs_are_kept(upgraded):
    """Every earlier run is in `ops.runs`, and the new run has the next number."""
    rows = upgraded.rows("select run_id, command, started_at from ops.runs order by run_id")
    assert [(run, command, format_minute(moment)) for run, command, moment in rows] == [
        (1, "sync", FIRST),
        (2, "sync", SECOND),
        (3, "sync", THIRD),
        (4, "backfill", LATER),
        (5, "sync", "2026-09-14 09:30"),
    ]


@pytest.mark.fault(50)
def test_failed_upgrade_leaves_the_old_store(upgraded, tmp_path, monkeypatch):
    """If a migration fails, the store stays as it was before, byte for byte."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    paths.state.mkdir()
    old = gzip.decompress(STORES[1].read_bytes())
    paths.store.write_bytes(old)
    monkeypatch.setattr("warehouse.schema.read_sql", lambda folder, name: "select 1 / 'x'")
    with pytest.raises(duckdb.Error), open_store(paths):
        pass
    assert paths.store.read_bytes() == old
    assert not paths.next_store.exists()
