"""`aclf sync --dry-run` prints the plan of a sync: it fetches no record and changes neither warehouse nor runs."""

from __future__ import annotations

import pytest

from extract.sample.nights import night
from tests.support.made_studies import made_contents

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
def second_night(held, registry):
    """A warehouse that holds the first night, and a registry that serves the second."""
    registry.contents = night(2)
    return held


def test_the_plan_is_printed(second_night):
    """What is new, changed or not listed any more is named, the rest counted."""
    run = second_night("sync", "--dry-run")
    assert (run.code, run.err) == (0, "")
    words = [line.split() for line in run.out.splitlines()]
    for reason in ("new", "changed", "vanished"):
        assert [reason, str(len(PLANNED[reason]))] in words
        assert [line[0] for line in words if line[1:] == [reason]] == PLANNED[reason]
    assert ["members", "72"] in words
    assert ["unchanged", "69"] in words


def test_the_plan_is_one_json_document(second_night):
    """With --json the plan is an object of lists, all that are members now among them."""
    plan = second_night("sync", "--dry-run", "--json").document
    assert {name: plan[name] for name in PLANNED} == PLANNED
    assert len(plan["members"]) == 72
    assert plan["members"] == sorted(plan["members"])


def test_nothing_is_fetched_and_nothing_changes(second_night, registry):
    """The registry is asked for a listing of ids and dates alone; the published file and the runs stay."""
    before = second_night.published(), second_night.stored(RUNS)
    assert second_night("sync", "--dry-run").code == 0
    assert (second_night.published(), second_night.stored(RUNS)) == before
    listings = [request for request in registry.requests if request.path.endswith("/studies")]
    assert len(listings) == 1
    assert all("fields" in request.query and "filter.ids" not in request.query for request in listings)


def test_the_sync_after_it_does_what_it_said(second_night, registry):
    """A dry run hides nothing from the sync that follows."""
    second_night("sync", "--dry-run")
    report = second_night("sync", "--direct", "--json").document
    assert (report["planned"], report["inserted"], report["outcome"]) == (5, 1, "published")


def test_a_full_one_plans_every_trial(second_night):
    """With --full the unchanged trials are in the plan too."""
    plan = second_night("sync", "--dry-run", "--full", "--json").document
    assert (len(plan["forced"]), plan["unchanged"]) == (69, 0)


def test_it_publishes_nothing_where_nothing_is(aclf):
    """In an empty folder all 73 trials are new, and there is no warehouse afterwards."""
    plan = aclf("sync", "--dry-run", "--json").document
    assert (len(plan["new"]), aclf.warehouse.exists()) == (73, False)


def test_a_listing_that_is_not_believed_fails_it(held, registry):
    """What a sync would refuse, its dry run refuses too, in the same sentence."""
    registry.contents = made_contents()
    run = held("sync", "--dry-run")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("aclf: the registry lists no study at all")
