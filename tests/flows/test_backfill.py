"""`aclf backfill` fetches the trials of the given numbers now, in the set or not, and hides nothing from a sync."""

from __future__ import annotations

import pytest

from extract.sample.nights import night
from flows import pipeline
from flows.settings import Settings

SEED, HEPACURE, MERGED, CURRENT = "NCT03863002", "NCT05989958", "NCT09900001", "NCT05985863"


def outcomes(aclf, run_id):
    """What a run did with each trial."""
    query = f"select nct_id, outcome from ops.run_trials where run_id = {run_id} order by all"
    return aclf.stored(query)


def backfilled(aclf, *ids):
    """The report of a backfill from the command line, which ends well."""
    run = aclf("backfill", "--direct", "--json", *ids)
    assert (run.code, run.err) == (0, "")
    return run.document


@pytest.fixture
def settings(aclf, registry):
    """What the command line would be told, for runs in this process."""
    return Settings(warehouse=str(aclf.warehouse), registry=registry.url)


def filled(settings, *ids):
    """The report of a backfill in this process."""
    return pipeline.backfill(settings.job("backfill", ids))


def test_one_trial_makes_a_warehouse(aclf, registry):
    """In an empty folder one number is enough: its trial is fetched by number, published and can be read."""
    report = backfilled(aclf, SEED)
    assert (report["command"], report["outcome"], report["fetched"], report["inserted"]) == (
        "backfill",
        "published",
        1,
        1,
    )
    assert report["listed"] is None
    assert [request.path for request in registry.requests] == ["/api/v2/version", f"/api/v2/studies/{SEED}"]
    assert aclf.rows("select nct_id, phase_label, status_label from trials") == [
        (SEED, "Phase 1/Phase 2", "Not yet recruiting")
    ]


@pytest.mark.slow
@pytest.mark.fault(53)
def test_several_trials_are_fetched_each_once(aclf, registry):
    """Numbers may be in any case, with spaces around, and twice: each trial is asked for once."""
    report = backfilled(aclf, f" {SEED.lower()} ", HEPACURE, SEED)
    assert (report["planned"], report["fetched"], report["inserted"]) == (2, 2, 2)
    assert len(registry.requests) == 3
    assert outcomes(aclf, 1) == [(SEED, "inserted"), (HEPACURE, "inserted")]


def test_a_second_backfill_finds_nothing_new(aclf, settings):
    """The same record again changes nothing, but the time of the last look."""
    filled(settings, SEED)
    before = aclf.published()
    report = filled(settings, SEED)
    assert (report["outcome"], report["fetched"], report["unchanged"]) == ("unchanged", 1, 1)
    assert aclf.published() == before


@pytest.mark.fault(29)
def test_a_merged_number_is_followed(aclf, registry, settings):
    """An obsolete number leads to the current trial; the run tells what became of both."""
    registry.contents = night(2)
    report = filled(settings, MERGED)
    assert (report["fetched"], report["inserted"], report["merged"]) == (1, 1, 1)
    assert outcomes(aclf, 1) == [(CURRENT, "inserted"), (MERGED, "merged")]
    assert aclf.rows("select nct_id from trials") == [(CURRENT,)]


def test_a_merged_number_again_is_nothing_new(aclf, registry, settings):
    """What was found merged before is not news: the second backfill publishes nothing."""
    registry.contents = night(2)
    filled(settings, MERGED)
    before = aclf.published()
    assert filled(settings, MERGED)["outcome"] == "unchanged"
    assert aclf.published() == before


def test_a_merged_number_and_its_successor_are_one_trial(aclf, registry, settings):
    """Asked for both, the warehouse holds one trial, and the counts add up."""
    registry.contents = night(2)
    report = filled(settings, MERGED, CURRENT)
    assert report["fetched"] == report["inserted"] + report["updated"] + report["unchanged"] + report["quarantined"]
    assert (report["inserted"], report["updated"]) == (1, 0)
    assert aclf.rows("select nct_id, version from trials") == [(CURRENT, 1)]


def test_one_missing_number_keeps_all_out(aclf):
    """One number that nobody has, among others that are there, and nothing is loaded or published."""
    run = aclf("backfill", "--direct", SEED, "NCT99999999", HEPACURE)
    assert run.code == 1
    assert not aclf.warehouse.exists()
    assert aclf.stored("select count(*) from trials") == [(0,)]


def test_a_backfilled_trial_is_in_no_set_until_a_sync_lists_it(aclf, settings):
    """A trial joins the set when a listing names it, and not because somebody asked for it."""
    filled(settings, SEED)
    assert aclf.rows("select in_condition_set from trials") == [(False,)]
    assert aclf.rows("select count(*) from condition_set_members") == [(0,)]
    report = pipeline.sync(settings.job("sync"))
    assert (report["fetched"], report["inserted"], report["unchanged"]) == (73, 72, 1)
    assert aclf.rows(f"select in_condition_set, version from trials where nct_id = '{SEED}'") == [(True, 1)]


@pytest.mark.quick(1)
@pytest.mark.parametrize("ids", [[HEPACURE], [MERGED, SEED, "NCT00614146"]], ids=["one", "all that changes its place"])
def test_a_backfill_hides_nothing_from_the_next_sync(held, registry, settings, ids):
    """After a backfill on the second night, a sync of that night still brings all of its changes."""
    registry.contents = night(2)
    filled(settings, *ids)
    assert pipeline.sync(settings.job("sync"))["outcome"] == "published"
    assert held.rows("select count(*), count(*) filter (in_condition_set) from trials") == [(74, 72)]
    assert held.rows("select nct_id, version from trials where version > 1 order by nct_id") == [
        ("NCT00614146", 2),
        (SEED, 2),
        (CURRENT, 2),
        (HEPACURE, 2),
    ]
    assert held.rows("select nct_id from condition_set_members where member_until is not null order by 1") == [
        ("NCT00614146",),
        (MERGED,),
    ]


@pytest.mark.slow
def test_the_sample_is_on_its_second_night_after_a_sync(held):
    """`--registry sample` serves a backfill the night that the next sync would see."""
    report = held("backfill", "--direct", "--json", HEPACURE, ACLF_REGISTRY="sample").document
    assert (report["data_timestamp"], report["updated"]) == ("2026-09-11T09:00:04", 1)
