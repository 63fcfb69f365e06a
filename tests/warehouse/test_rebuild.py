"""`aclf rebuild` makes every table again from the archive, without the network, and with the same rows."""

from __future__ import annotations

import shutil

import duckdb
import orjson
import pytest

from flows import pipeline
from tests.support.command_line import CommandLine
from tests.support.three_nights import NINE, SEVEN, sync_three_nights
from tests.support.warehouses import fetch_all_tables, fetch_records, fetch_rows, make_member_study, with_value
from warehouse.errors import CheckFailed
from warehouse.paths import Paths
from warehouse.sql.files import run_statements
from warehouse.store import open_store

ACCOUNTS = ("ops.problems", "ops.quarantine", "ops.drift", "ops.trial_drift", "ops.run_trials")
START = "protocolSection.statusModule.startDateStruct"
EMPTIED = (
    *("main.trials", "main.trial_history", "main.trial_changes", "ctgov.facilities", "ctgov.studies"),
    *("codes.overall_status", "ops.problems", "ops.trial_drift"),
)


@pytest.fixture(scope="module")
def three_nights(make_warehouse):
    """A warehouse after three nights, and a fourth with a bad date, an unknown key and a record of another shape."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    odd = with_value(
        with_value(make_member_study(21), f"{START}.date", "2026-02-30"), "protocolSection.newModule", {"x": 1}
    )
    unfit = with_value(make_member_study(22), START, ["2026-01-01"])
    warehouse.serve(odd, unfit, *(make_member_study(number) for number in (8, *range(11, 19))))
    warehouse.sync(accept_shrink=True)
    return warehouse


@pytest.fixture
def copied_warehouse(three_nights, tmp_path):
    """A copy of this warehouse."""
    return three_nights.copy_to(tmp_path)


def read_tables(file):
    """Read every table and view, and what was set aside."""
    with duckdb.connect(str(file), read_only=True) as connection:
        accounts = {table: fetch_records(connection, f"from {table} order by all") for table in ACCOUNTS}
        return {**dict(fetch_all_tables(connection)), **accounts}


def get_store_file(warehouse):
    """Return the path of the store."""
    return warehouse.folder / ".aclf" / "store.duckdb"


def run_rebuild(warehouse):
    """Rebuild the warehouse, and return the run's summary."""
    return pipeline.rebuild(warehouse.job("rebuild"))


def test_rebuild_makes_the_same_tables(copied_warehouse):
    """Every table and view that was made night by night equals the one that a rebuild makes at once."""
    before = read_tables(copied_warehouse.path)
    assert all(before[table] for table in ("main.trial_changes", "ops.problems", "ops.quarantine", "ops.drift"))
    summary = run_rebuild(copied_warehouse)
    assert (summary["outcome"], summary["requests"], summary["fetched"]) == ("published", 0, 0)
    assert read_tables(copied_warehouse.path) == before


def test_lost_rows_are_made_again(copied_warehouse):
    """Tables that were emptied by hand have their rows again, also the first sightings of what was set aside."""
    before = read_tables(copied_warehouse.path)
    with duckdb.connect(str(get_store_file(copied_warehouse))) as connection:
        for table in EMPTIED:
            connection.execute(f"delete from {table}")
    run_rebuild(copied_warehouse)
    assert read_tables(copied_warehouse.path) == before


def test_rebuild_sends_no_request(copied_warehouse):
    """No request reaches the registry, and the run is recorded with the condition set of the data."""
    copied_warehouse.server.requests.clear()
    summary = run_rebuild(copied_warehouse)
    assert copied_warehouse.server.requests == []
    assert (summary["command"], summary["run_id"], summary["condition_set"]) == ("rebuild", 5, "made")
    assert summary["message"] == "every table was made again from the archive: 12 trials in 16 versions."
    assert copied_warehouse.sync()["outcome"] in {"unchanged", "published"}


@pytest.mark.slow
def test_rebuild_command(copied_warehouse):
    """`aclf rebuild` says what it did and ends with 0; with --json it prints the run's summary."""
    aclf = CommandLine(copied_warehouse.folder)
    ended = aclf("rebuild", "--json")
    assert (ended.code, ended.document["outcome"], ended.document["command"]) == (0, "published", "rebuild")
    assert "Every table was made again from the archive" in aclf("rebuild").out


def test_rebuild_without_a_warehouse_is_refused(tmp_path):
    """In an empty folder the command ends with 2 and creates no store."""
    ended = CommandLine(tmp_path / "here")("rebuild")
    assert (ended.code, "there is no warehouse" in ended.err) == (2, True)
    assert not (tmp_path / "here" / ".aclf" / "store.duckdb").exists()


def test_archive_that_fails_a_check_is_not_published(copied_warehouse):
    """If a check fails, the warehouse and the store do not change, and the run is recorded as failed."""
    with duckdb.connect(str(get_store_file(copied_warehouse))) as connection:
        connection.execute(
            "update archive.study_versions set document = replace(document::varchar, 'RECRUITING', 'WEATHER') "
            "where document::varchar like '%RECRUITING%'"
        )
    published = copied_warehouse.path.read_bytes()
    with pytest.raises(CheckFailed, match="nearly every status is known"):
        run_rebuild(copied_warehouse)
    assert copied_warehouse.path.read_bytes() == published
    assert copied_warehouse.stored("select outcome from ops.runs order by run_id desc limit 1") == [("failed",)]
    assert copied_warehouse.stored("select status_label from trials where nct_id = $1", SEVEN) == [("Completed",)]


def test_record_that_no_longer_fits_is_quarantined(copied_warehouse):
    """A record that no longer fits the catalog goes to ops.quarantine with its version's run, and all others load."""
    unfit = with_value(make_member_study(9), START, ["2026-01-01"])
    newest = "nct_id = $1 and version = 3"
    with duckdb.connect(str(get_store_file(copied_warehouse))) as connection:
        document = orjson.dumps(unfit).decode()
        connection.execute(f"update archive.study_versions set document = $2 where {newest}", [NINE, document])
    run_rebuild(copied_warehouse)
    assert copied_warehouse.rows("select run_id, path from ops.quarantine where nct_id = $1", NINE) == [(3, START)]
    assert copied_warehouse.rows("select count(*) from trials") == [(11,)]
    assert copied_warehouse.rows("select version from trial_history where nct_id = $1 order by version", NINE) == [
        (1,),
        (2,),
    ]


def test_a_rebuild_lists_the_archive_without_its_documents(blank_store, tmp_path):
    """The versions are listed within a memory that their records would fill twice; lost records are told apart."""
    shutil.copytree(blank_store, tmp_path, dirs_exist_ok=True)
    with open_store(Paths.of(tmp_path / "aclf.duckdb")) as store:
        store.execute(
            "insert into archive.study_versions "
            "(nct_id, version, content_hash, document, first_seen_at, last_seen_at, run_id) "
            "select printf('NCT%08d', number // 2), 1 + number % 2, 'hash', "
            "case when number <> 20000 then json_object('a', repeat(md5(number::varchar), 125)) end, "
            "now(), now(), 1 from range(25000) as numbers(number)"
        )
        store.execute("checkpoint; set memory_limit = '60MB'")
        run_statements(store, "list_archived")
        assert fetch_rows(store, "select is_current, count(*) from archived_versions group by all order by all") == [
            (False, 12_500),
            (True, 12_500),
        ]
        lost = fetch_rows(store, "select position, nct_id, version from archived_versions where not has_record")
    assert lost == [(20_000, "NCT00010000", 1)]
