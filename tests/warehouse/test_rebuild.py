"""`aclf rebuild` makes every table again from the archive, without the network, and they are the same."""

from __future__ import annotations

import duckdb
import orjson
import pytest

from flows import pipeline
from tests.support.command_line import CommandLine
from tests.support.three_nights import NINE, SEVEN, live_three_nights
from tests.support.warehouses import ill, put, records, whole_tables
from warehouse.errors import CheckFailed

ACCOUNTS = ("ops.problems", "ops.quarantine", "ops.drift", "ops.trial_drift", "ops.run_trials")
START = "protocolSection.statusModule.startDateStruct"
EMPTIED = (
    *("main.trials", "main.trial_history", "main.trial_changes", "ctgov.facilities", "ctgov.studies"),
    *("codes.overall_status", "ops.problems", "ops.trial_drift"),
)


@pytest.fixture(scope="module")
def three_nights(new_warehouse):
    """A warehouse after three nights, and a fourth with a bad date, an unknown key, a record of another shape."""
    warehouse = new_warehouse()
    live_three_nights(warehouse)
    odd = put(put(ill(21), f"{START}.date", "2026-02-30"), "protocolSection.newModule", {"x": 1})
    misfit = put(ill(22), START, ["2026-01-01"])
    warehouse.serve(odd, misfit, *(ill(number) for number in (8, *range(11, 19))))
    warehouse.sync(accept_shrink=True)
    return warehouse


@pytest.fixture
def held(three_nights, tmp_path):
    """A copy of it."""
    return three_nights.copied(tmp_path)


def everything(file):
    """Every table and view, and what was set aside."""
    with duckdb.connect(str(file), read_only=True) as connection:
        accounts = {table: records(connection, f"from {table} order by all") for table in ACCOUNTS}
        return {**dict(whole_tables(connection)), **accounts}


def store(warehouse):
    """The store's file."""
    return warehouse.folder / ".aclf" / "store.duckdb"


def rebuild(warehouse):
    """A rebuild."""
    return pipeline.rebuild(warehouse.job("rebuild"))


def test_a_rebuild_gives_the_same_tables(held):
    """Table for table and view for view, what was made night by night equals what is made again at once."""
    before = everything(held.path)
    assert all(before[table] for table in ("main.trial_changes", "ops.problems", "ops.quarantine", "ops.drift"))
    report = rebuild(held)
    assert (report["outcome"], report["requests"], report["fetched"]) == ("published", 0, 0)
    assert everything(held.path) == before


def test_what_was_lost_is_made_again(held):
    """Tables that were emptied by hand have their rows again; the sightings of what was set aside too."""
    before = everything(held.path)
    with duckdb.connect(str(store(held))) as connection:
        for table in EMPTIED:
            connection.execute(f"delete from {table}")
    rebuild(held)
    assert everything(held.path) == before


def test_nobody_is_asked(held):
    """No request reaches the registry, and the run is noted with the data that it worked on."""
    held.server.requests.clear()
    report = rebuild(held)
    assert held.server.requests == []
    assert (report["command"], report["run_id"], report["condition_set"]) == ("rebuild", 5, "made")
    assert report["message"] == "every table was made again from the archive: 12 trials in 16 versions."
    assert held.sync()["outcome"] in {"unchanged", "published"}


@pytest.mark.slow
def test_the_command_line_rebuilds(held):
    """`aclf rebuild` says what it did and ends with 0; with --json it prints the run's report."""
    aclf = CommandLine(held.folder)
    ended = aclf("rebuild", "--json")
    assert (ended.code, ended.document["outcome"], ended.document["command"]) == (0, "published", "rebuild")
    assert "Every table was made again from the archive" in aclf("rebuild").out


def test_without_a_warehouse_there_is_nothing_to_rebuild(tmp_path):
    """In an empty folder the command ends with 2 and leaves nothing behind."""
    ended = CommandLine(tmp_path / "here")("rebuild")
    assert (ended.code, "there is no warehouse" in ended.err) == (2, True)
    assert not (tmp_path / "here" / ".aclf" / "store.duckdb").exists()


def test_an_archive_that_breaks_a_promise_is_not_published(held):
    """Where a check fails, warehouse and store stay as they were, and the run is noted as failed."""
    with duckdb.connect(str(store(held))) as connection:
        connection.execute(
            "update archive.study_versions set document = replace(document::varchar, 'RECRUITING', 'WEATHER') "
            "where document::varchar like '%RECRUITING%'"
        )
    published = held.path.read_bytes()
    with pytest.raises(CheckFailed, match="nearly every status is known"):
        rebuild(held)
    assert held.path.read_bytes() == published
    assert held.stored("select outcome from ops.runs order by run_id desc limit 1") == [("failed",)]
    assert held.stored("select status_label from trials where nct_id = $1", SEVEN) == [("Completed",)]


def test_a_record_that_no_longer_fits_is_set_aside(held):
    """What the catalog cannot take any more is in ops.quarantine with its version's run, and all others load."""
    unfit = put(ill(9), START, ["2026-01-01"])
    newest = "nct_id = $1 and version = 3"
    with duckdb.connect(str(store(held))) as connection:
        document = orjson.dumps(unfit).decode()
        connection.execute(f"update archive.study_versions set document = $2 where {newest}", [NINE, document])
    rebuild(held)
    assert held.rows("select run_id, path from ops.quarantine where nct_id = $1", NINE) == [(3, START)]
    assert held.rows("select count(*) from trials") == [(11,)]
    assert held.rows("select version from trial_history where nct_id = $1 order by version", NINE) == [(1,), (2,)]
