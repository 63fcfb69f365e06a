"""`aclf backfill` fetches the trials of the given NCT numbers now, in the set or not, and hides nothing from a sync."""

from __future__ import annotations

import pytest

from extract.sample.nights import load_night
from flows import pipeline
from flows.settings import Settings

SEED, HEPACURE, MERGED, CURRENT = "NCT03863002", "NCT05989958", "NCT09900001", "NCT05985863"


def read_outcomes(aclf, run_id):
    """Return what a run did with each trial."""
    query = f"select nct_id, outcome from ops.run_trials where run_id = {run_id} order by all"
    return aclf.stored(query)


def backfill_by_command(aclf, *nct_ids):
    """Run a backfill from the command line, which must end well, and return its summary."""
    run = aclf("backfill", "--direct", "--json", *nct_ids)
    assert (run.code, run.err) == (0, "")
    return run.document


@pytest.fixture
def settings(aclf, registry):
    """The settings that the command line would use, for runs in this process."""
    return Settings(warehouse=str(aclf.warehouse), registry=registry.url)


def backfill(settings, *nct_ids):
    """Run a backfill in this process, and return its summary."""
    return pipeline.backfill(settings.make_job("backfill", nct_ids))


def test_one_trial_makes_a_warehouse(aclf, registry):
    """One number is enough in an empty folder: its trial is fetched, published and can be read."""
    summary = backfill_by_command(aclf, SEED)
    assert (summary["command"], summary["outcome"], summary["fetched"], summary["inserted"]) == (
        "backfill",
        "published",
        1,
        1,
    )
    assert summary["listed"] is None
    assert [request.path for request in registry.requests] == ["/api/v2/version", f"/api/v2/studies/{SEED}"]
    assert aclf.rows("select nct_id, phase_label, status_label from trials") == [
        (SEED, "Phase 1/Phase 2", "Not yet recruiting")
    ]


@pytest.mark.slow
@pytest.mark.fault(53)
def test_each_trial_is_fetched_once(aclf, registry):
    """Numbers may be in any case, have spaces around them and come twice: each trial is requested once."""
    summary = backfill_by_command(aclf, f" {SEED.lower()} ", HEPACURE, SEED)
    assert (summary["planned"], summary["fetched"], summary["inserted"]) == (2, 2, 2)
    assert len(registry.requests) == 3
    assert read_outcomes(aclf, 1) == [(SEED, "inserted"), (HEPACURE, "inserted")]


def test_a_second_backfill_finds_nothing_new(aclf, settings):
    """The same record again changes nothing except the time of the last check."""
    backfill(settings, SEED)
    before = aclf.published()
    summary = backfill(settings, SEED)
    assert (summary["outcome"], summary["fetched"], summary["unchanged"]) == ("unchanged", 1, 1)
    assert aclf.published() == before


@pytest.mark.fault(29)
def test_a_merged_number_is_followed(aclf, registry, settings):
    """An obsolete number leads to the current trial, and the run says what it did with both."""
    registry.contents = load_night(2)
    summary = backfill(settings, MERGED)
    assert (summary["fetched"], summary["inserted"], summary["merged"]) == (1, 1, 1)
    assert read_outcomes(aclf, 1) == [(CURRENT, "inserted"), (MERGED, "merged")]
    assert aclf.rows("select nct_id from trials") == [(CURRENT,)]


def test_a_merged_number_again_is_nothing_new(aclf, registry, settings):
    """A trial that is known to be merged is not news: the second backfill publishes nothing."""
    registry.contents = load_night(2)
    backfill(settings, MERGED)
    before = aclf.published()
    assert backfill(settings, MERGED)["outcome"] == "unchanged"
    assert aclf.published() == before


def test_a_merged_number_and_its_successor_are_one_trial(aclf, registry, settings):
    """When both numbers are requested, the warehouse holds one trial and the counts add up."""
    registry.contents = load_night(2)
    summary = backfill(settings, MERGED, CURRENT)
    assert (
        summary["fetched"] == summary["inserted"] + summary["updated"] + summary["unchanged"] + summary["quarantined"]
    )
    assert (summary["inserted"], summary["updated"]) == (1, 0)
    assert aclf.rows("select nct_id, version from trials") == [(CURRENT, 1)]


def test_one_unknown_number_stops_the_whole_backfill(aclf):
    """If the registry does not have one of the numbers, nothing is loaded or published."""
    run = aclf("backfill", "--direct", SEED, "NCT99999999", HEPACURE)
    assert run.code == 1
    assert not aclf.warehouse.exists()
    assert aclf.stored("select count(*) from trials") == [(0,)]


def test_a_backfilled_trial_is_in_no_set_until_a_sync_lists_it(aclf, settings):
    """A trial joins the set when a listing names it, and not because it was requested."""
    backfill(settings, SEED)
    assert aclf.rows("select in_condition_set from trials") == [(False,)]
    assert aclf.rows("select count(*) from condition_set_members") == [(0,)]
    summary = pipeline.sync(settings.make_job("sync"))
    assert (summary["fetched"], summary["inserted"], summary["unchanged"]) == (73, 72, 1)
    assert aclf.rows(f"select in_condition_set, version from trials where nct_id = '{SEED}'") == [(True, 1)]


@pytest.mark.quick(1)
@pytest.mark.parametrize("nct_ids", [[HEPACURE], [MERGED, SEED, "NCT00614146"]], ids=["one", "all that join or leave"])
def test_a_backfill_hides_nothing_from_the_next_sync(synced_aclf, registry, settings, nct_ids):
    """After a backfill on the second night, a sync of that night still loads all of its changes."""
    registry.contents = load_night(2)
    backfill(settings, *nct_ids)
    assert pipeline.sync(settings.make_job("sync"))["outcome"] == "published"
    assert synced_aclf.rows("select count(*), count(*) filter (in_condition_set) from trials") == [(74, 72)]
    assert synced_aclf.rows("select nct_id, version from trials where version > 1 order by nct_id") == [
        ("NCT00614146", 2),
        (SEED, 2),
        (CURRENT, 2),
        (HEPACURE, 2),
    ]
    assert synced_aclf.rows("select nct_id from condition_set_members where member_until is not null order by 1") == [
        ("NCT00614146",),
        (MERGED,),
    ]


@pytest.mark.slow
def test_the_sample_is_on_its_second_night_after_a_sync(synced_aclf):
    """With `--registry sample` a backfill reads the night that the next sync would read."""
    summary = synced_aclf("backfill", "--direct", "--json", HEPACURE, ACLF_REGISTRY="sample").document
    assert (summary["data_timestamp"], summary["updated"]) == ("2026-09-11T09:00:04", 1)
