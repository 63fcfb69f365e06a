"""A very large set is listed by its updates on six nights of seven; what that cannot show waits for the seventh."""

from __future__ import annotations

import pytest

from flows import listings
from tests.support.clock import clock_stands_at
from tests.support.made_studies import make_nct_id, make_study
from tests.support.warehouses import CONDITION_SET

LISTED = "select run_id, listed, first_update_date::varchar from ops.run_sets order by run_id"
ADVANCED = "filter.advanced"


@pytest.fixture
def large(warehouse, monkeypatch):
    """Return a warehouse whose set of six trials counts as very large, after its first night."""
    monkeypatch.setattr(listings, "WHOLE_UP_TO", 5)
    warehouse.serve(*make_night())
    sync_on(11, warehouse)
    return warehouse


def sync_on(day, warehouse, **options):
    """Sync on a day of September 2026."""
    with clock_stands_at(f"2026-09-{day} 12:00"):
        return warehouse.sync(**options)


def make_night(**changed):
    """Make six members, with changes by number: a part of the study, or None for a trial that is gone."""
    parts = {number: changed.get(f"trial_{number}", {}) for number in range(1, 8)}
    parts[7] = changed.get("trial_7")
    return [
        make_study(number, **{"conditions": ["Made disease"], **part})
        for number, part in parts.items()
        if part is not None
    ]


def get_filters(warehouse):
    """Return the filters of the listings since the requests were cleared."""
    return [request.query.get(ADVANCED) for request in warehouse.server.requests if "query.cond" in request.query]


def serve_next_night(warehouse, **changed):
    warehouse.serve(*make_night(**changed))
    warehouse.server.requests.clear()


def test_updates_alone_are_listed(large):
    """A new trial and an updated one are found among the updates; the other members stay without being listed."""
    serve_next_night(
        large, trial_2={"updated": "2026-09-11", "title": "Another title"}, trial_7={"updated": "2026-09-11"}
    )
    summary = sync_on(12, large)
    (updated,) = get_filters(large)
    assert updated.startswith("AREA[LastUpdatePostDate]RANGE[2026-")
    assert (summary["listed"], summary["inserted"], summary["updated"], summary["left"]) == (2, 1, 1, 0)
    assert large.rows("select count(*) from trials where in_condition_set") == [(7,)]
    (_, first), (_, second) = ((run, since) for run, _, since in large.rows(LISTED))
    assert first is None
    assert second in updated
    assert large.rows("select listed, trials from condition_sets") == [(6, 7)]


def test_the_filter_of_the_set_still_counts(large):
    """The updates are those of the set's own filter."""
    large.use_condition_set(CONDITION_SET + 'advanced = "ALL"\n')
    serve_next_night(large)
    sync_on(12, large)
    assert get_filters(large) == ["ALL"]
    serve_next_night(large, trial_2={"updated": "2026-09-12"})
    sync_on(13, large)
    assert get_filters(large)[0].startswith("(ALL) AND AREA[LastUpdatePostDate]RANGE[")


def test_what_has_no_new_date_waits_for_the_whole_listing(large):
    """A trial that left and a status without a new date are found in the seventh night."""
    changed = {
        "trial_1": {"conditions": ["Another illness"]},
        "trial_3": {"updated": "2026-09-11"},
    }
    serve_next_night(large, **changed)
    assert sync_on(12, large, accept_shrink=True)["left"] == 0
    serve_next_night(large, **changed)
    assert sync_on(18, large, accept_shrink=True)["left"] == 1
    assert get_filters(large) == [None]
    assert large.rows(f"select in_condition_set from trials where nct_id = '{make_nct_id(1)}'") == [(False,)]


@pytest.mark.parametrize("night", ["full", "edited"])
def test_a_full_sync_and_an_edited_set_are_listed_wholly(large, night):
    """Both may have members that no update shows."""
    if night == "edited":
        large.use_condition_set(CONDITION_SET.replace("D900001", "D900002"))
    serve_next_night(large, trial_2={"updated": "2026-09-11"})
    sync_on(12, large, full=night == "full")
    assert get_filters(large) == [None]


def test_updates_that_are_empty_are_not_believed(large):
    """With no update at all the whole set is listed: the filter may not work any more."""
    serve_next_night(large, trial_1={"conditions": ["Another illness"]})
    assert sync_on(12, large, accept_shrink=True)["left"] == 1
    assert len(get_filters(large)) == 2
    assert get_filters(large)[1] is None


def test_updates_that_lack_known_ones_are_not_believed(large):
    """Trials that were updated since then, as the warehouse knows, must be among the updates."""
    today = {f"trial_{number}": {"updated": "2026-09-12"} for number in range(1, 7)}
    serve_next_night(large, **today)
    sync_on(12, large)
    assert len(get_filters(large)) == 1
    serve_next_night(large, trial_7={"updated": "2026-09-13"})
    sync_on(13, large)
    assert len(get_filters(large)) == 2
    assert large.rows("select count(*) from trials where in_condition_set") == [(7,)]
