"""`aclf sync --dry-run` prints the plan of a sync: it fetches no record and changes neither warehouse nor runs."""

from __future__ import annotations

import pytest

from extract.sample.nights import load_night
from tests.support.made_studies import make_contents

RUNS = "select * from ops.runs"
PLANNED = {
    "new": ["NCT07329036"],
    "changed": ["NCT03863002", "NCT05989958"],
    "stale": [],
    "forced": [],
    "vanished": ["NCT00614146", "NCT09900001"],
    "excluded": [],
    "unchanged": 69,
}


@pytest.fixture
def second_night(synced_aclf, registry):
    """Return the command line of a warehouse with the first night; the registry serves the second."""
    registry.contents = load_night(2)
    return synced_aclf


def test_the_plan_is_printed(second_night):
    """New, changed and no longer listed trials are named; the others are counted."""
    run = second_night("sync", "--dry-run")
    assert (run.code, run.err) == (0, "")
    words = [line.split() for line in run.out.splitlines()]
    for reason in ("new", "changed", "vanished"):
        assert [reason, str(len(PLANNED[reason]))] in words
        assert [line[0] for line in words if line[1:] == [reason]] == PLANNED[reason]
    assert ["members", "72"] in words
    assert ["unchanged", "69"] in words


def test_the_plan_is_one_json_document(second_night):
    """With --json the plan is an object of lists; one of them has all members."""
    plan = second_night("sync", "--dry-run", "--json").document
    assert {name: plan[name] for name in PLANNED} == PLANNED
    assert len(plan["members"]) == 72
    assert plan["members"] == sorted(plan["members"])


def test_nothing_is_fetched_and_nothing_changes(second_night, registry):
    """The only request is for a listing of ids and dates; the published file and the runs stay as they are."""
    before = second_night.published(), second_night.stored(RUNS)
    assert second_night("sync", "--dry-run").code == 0
    assert (second_night.published(), second_night.stored(RUNS)) == before
    listings = [request for request in registry.requests if request.path.endswith("/studies")]
    assert len(listings) == 1
    assert all("fields" in request.query and "filter.ids" not in request.query for request in listings)


def test_the_next_sync_does_what_the_plan_says(second_night, registry):
    """After a dry run a sync finds the same trials as without it."""
    second_night("sync", "--dry-run")
    summary = second_night("sync", "--direct", "--json").document
    assert (summary["planned"], summary["inserted"], summary["outcome"]) == (5, 1, "published")


def test_full_plans_every_trial(second_night):
    """With --full the unchanged trials are in the plan too."""
    plan = second_night("sync", "--dry-run", "--full", "--json").document
    assert (len(plan["forced"]), plan["unchanged"]) == (69, 0)


def test_a_first_dry_run_publishes_nothing(aclf):
    """In an empty folder all 73 trials are new, and there is no warehouse afterwards."""
    plan = aclf("sync", "--dry-run", "--json").document
    assert (len(plan["new"]), aclf.warehouse.exists()) == (73, False)


def test_an_unbelievable_listing_fails_the_dry_run(synced_aclf, registry):
    """A dry run refuses what a sync would refuse, with the same message."""
    registry.contents = make_contents()
    run = synced_aclf("sync", "--dry-run")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("aclf: the registry lists no study at all")
