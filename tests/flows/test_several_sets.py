"""One warehouse follows several condition sets: each keeps its own members, and a trial is fetched once."""

from __future__ import annotations

import pytest

from extract.errors import BadConditionSet, ListingRefused
from flows import pipeline
from flows.status import format_status, read_status
from tests.support.made_studies import make_nct_id, make_study
from tests.support.warehouses import CONDITION_SET
from warehouse.errors import OtherConditionSet
from warehouse.paths import Paths

MADE, RARE, BOTH = [["Made disease"]] * 3, [["Rare disease"]] * 2, [["Made disease", "Rare disease"]]
RARE_SET = 'name = "rare"\ntitle = "Rare disease"\nsearch = "\\"rare disease\\""\n'
SETS = "select nct_id, condition_sets from trials order by nct_id"
MEMBERS = "select condition_set, nct_id from condition_set_memberships where member_until is null order by all"


def make_studies(**conditions):
    """Make three trials of the made disease, one of both diseases and two of the rare one, and change some."""
    of_trials = dict(enumerate(MADE + BOTH + RARE, start=1))
    of_trials |= {int(number.removeprefix("trial_")): words for number, words in conditions.items()}
    return [make_study(number, conditions=words) for number, words in of_trials.items() if words]


@pytest.fixture
def both(warehouse):
    """Return a warehouse that has synced both sets; `both.sets` are their files."""
    rare = warehouse.folder / "rare.toml"
    rare.write_text(RARE_SET)
    warehouse.sets = [str(warehouse.folder / "made.toml"), str(rare)]
    warehouse.serve(*make_studies())
    warehouse.summary = warehouse.sync(condition_sets=warehouse.sets)
    return warehouse


def list_ids(*numbers):
    return [make_nct_id(number) for number in numbers]


def count_fetches(warehouse):
    """Return how often each trial was requested by its number since the server's list was cleared."""
    requested = [
        request.query.get("filter.ids", request.path.rpartition("/")[2]) for request in warehouse.server.requests
    ]
    return {nct_id: sum(nct_id in ids for ids in requested) for nct_id in list_ids(*range(1, 7))}


def test_a_trial_of_two_sets_is_fetched_and_stored_once(both):
    """The trial of both diseases has one record, one row, and both sets in the order of the command."""
    assert (both.summary["listed"], both.summary["fetched"], both.summary["inserted"]) == (6, 6, 6)
    assert set(count_fetches(both).values()) == {1}
    assert both.rows(SETS) == [
        *((nct_id, ["made"]) for nct_id in list_ids(1, 2, 3)),
        (make_nct_id(4), ["made", "rare"]),
        *((nct_id, ["rare"]) for nct_id in list_ids(5, 6)),
    ]
    assert both.rows("select nct_id, matched_text from condition_set_memberships where condition_set = 'rare'") == [
        (nct_id, "Rare disease") for nct_id in list_ids(4, 5, 6)
    ]
    assert both.rows("select count(*), bool_and(in_condition_set) from trials") == [(6, True)]
    assert both.summary["condition_set"] == "made, rare"
    assert both.summary["condition_sets"] == [
        {"name": "made", "listed": 4, "refused": None},
        {"name": "rare", "listed": 3, "refused": None},
    ]
    # A second night asks for the version alone.
    both.server.requests.clear()
    assert both.sync(condition_sets=both.sets)["outcome"] == "unchanged"
    assert len(both.server.requests) == 1


def test_each_set_has_a_view_of_its_trials(both):
    """`sets.NAME` has the columns of `trials`, with comments."""
    assert both.rows("select nct_id from sets.rare order by 1") == [(nct_id,) for nct_id in list_ids(4, 5, 6)]
    assert both.rows("select count(*) from sets.made") == [(4,)]
    columns = "select column_name, comment from duckdb_columns() where schema_name = '{}' and table_name = '{}'"
    assert both.rows(columns.format("sets", "rare")) == both.rows(columns.format("main", "trials"))
    assert both.rows("select comment from duckdb_views() where schema_name = 'sets' order by view_name")[1] == (
        "The trials of the condition set rare (Rare disease). Grain: one row per trial in the set.",
    )


def test_aact_has_a_search_per_set(both):
    """AACT's searches are the sets, and their results the trials of each."""
    assert both.rows("select id, term from ctgov.search_terms order by id") == [(1, "made"), (2, "rare")]
    results = both.rows("select search_term_id, count(*) from ctgov.search_term_results group by all order by 1")
    assert results == [(1, 4), (2, 3)]


def test_a_trial_that_leaves_one_set_stays_in_the_other(both):
    """The other set's listing shows that the trial is there, so it is not asked for one by one."""
    both.serve(*make_studies(trial_4=["Rare disease"]))
    both.server.requests.clear()
    summary = both.sync(condition_sets=both.sets, accept_shrink=True)
    assert summary["left"] == 1
    assert count_fetches(both)[make_nct_id(4)] == 0
    assert both.rows(f"select condition_sets from trials where nct_id = '{make_nct_id(4)}'") == [(["rare"],)]
    assert both.rows(
        "select condition_set, left_reason from condition_set_memberships where member_until is not null"
    ) == [("made", "left the search")]
    # It is still a member of a set, so the table of one row a trial has it as a member.
    assert both.rows("select count(*) from condition_set_members where member_until is not null") == [(0,)]
    assert both.rows("select change, reason, condition_set from membership_changes where run_id = 2 order by all") == [
        ("left", "left the search", "made")
    ]


def test_a_trial_that_no_set_lists_is_asked_for(both):
    """It leaves every set that listed it, after its own answer."""
    both.serve(*make_studies(trial_4=["Another illness"]))
    both.server.requests.clear()
    summary = both.sync(condition_sets=both.sets, accept_shrink=True)
    assert count_fetches(both)[make_nct_id(4)] == 1
    assert summary["left"] == 1
    assert both.rows(f"select condition_sets, in_condition_set from trials where nct_id = '{make_nct_id(4)}'") == [
        ([], False)
    ]


def test_a_trial_that_is_gone_leaves_every_set(both):
    """A trial that the registry no longer has leaves both sets."""
    both.serve(*make_studies(trial_4=None))
    both.sync(condition_sets=both.sets, accept_shrink=True)
    assert both.rows(
        "select condition_set, left_reason from condition_set_memberships where member_until is not null order by 1"
    ) == [("made", "gone from the registry"), ("rare", "gone from the registry")]


def test_a_set_whose_listing_is_refused_keeps_its_members(both):
    """The other set goes on; the refusal is told, and the next night asks again."""
    before = both.rows(MEMBERS)
    both.serve(*make_studies(trial_5=None, trial_6=None), make_study(7, conditions=["Made disease"]))
    summary = both.sync(condition_sets=both.sets)
    assert summary["outcome"] == "published"
    assert summary["condition_sets"][0] == {"name": "made", "listed": 5, "refused": None}
    assert "2 of the 3 trials in the set are missing" in summary["condition_sets"][1]["refused"]
    assert "the set rare was not listed and keeps its trials (2 of the 3 trials" in summary["message"]
    assert both.rows(MEMBERS) == sorted([*before, ("made", make_nct_id(7))])
    (_, rare) = read_status(Paths.of(both.path), 36)["condition_sets"]
    assert (rare["name"], rare["trials"]) == ("rare", 3)
    assert "not listed since" in "\n".join(format_status(read_status(Paths.of(both.path), 36)))
    # The data is the same, but the refused listing may be right by now.
    both.server.requests.clear()
    both.sync(condition_sets=both.sets)
    assert len(both.server.requests) > 1


def test_a_run_fails_where_no_set_can_be_listed(both):
    """With every listing refused there is nothing to go on with, and the first refusal is the failure."""
    both.serve(make_study(9, conditions=["Made disease", "Rare disease"]))
    with pytest.raises(ListingRefused, match="4 of the 4 trials"):
        both.sync(condition_sets=both.sets)


def test_a_set_that_is_left_out_is_refused(both):
    """A forgotten flag must not stop the care of a set."""
    with pytest.raises(OtherConditionSet, match=r"follows the condition sets made \(.*\) and rare \(.*\), and the run"):
        both.sync()
    with pytest.raises(OtherConditionSet):
        pipeline.dry_run(both.job("sync"))


def test_a_set_that_is_no_longer_named_is_not_followed(both):
    """Its trials have not left: what is known of them stays, and nothing more is fetched. It can be followed again."""
    before = both.rows(MEMBERS)
    both.serve(*make_studies(trial_5=["Another illness"]))
    summary = both.sync(replace_set=True)
    assert (summary["outcome"], summary["left"]) == ("published", 0)
    assert both.rows(MEMBERS) == before
    assert both.rows("select name, is_followed from condition_sets order by 1") == [("made", True), ("rare", False)]
    assert both.rows(f"select condition_sets from trials where nct_id in ('{make_nct_id(4)}', '{make_nct_id(5)}')") == [
        (["made"],),
        ([],),
    ]
    assert both.rows("select view_name from duckdb_views() where schema_name = 'sets'") == [("made",)]
    assert both.rows("select count(*) from membership_changes where run_id = 2") == [(0,)]

    both.serve(*make_studies(trial_5=["Another illness"]))
    summary = both.sync(condition_sets=both.sets, accept_shrink=True)
    assert summary["left"] == 1
    assert both.rows(f"select condition_sets from trials where nct_id = '{make_nct_id(6)}'") == [(["rare"],)]


def test_the_order_of_the_sets_is_published(both):
    """The sets of a trial stand in the order of the newest command."""
    both.sync(condition_sets=both.sets[::-1])
    assert both.rows(f"select condition_sets from trials where nct_id = '{make_nct_id(4)}'") == [(["rare", "made"],)]


def test_a_backfill_leaves_the_memberships_alone(both):
    """It may name one set or another; what a member is matched by comes from the sets that the warehouse follows."""
    before = both.rows("from condition_set_memberships order by all")
    both.serve(*make_studies(trial_4=["Rare disease", "Made disease"]))
    assert both.backfill(make_nct_id(4))["updated"] == 1
    assert both.rows("from condition_set_memberships order by all") == before
    assert both.rows(f"select condition_sets from trials where nct_id = '{make_nct_id(4)}'") == [(["made", "rare"],)]


def test_a_rebuild_gives_the_same_tables(both):
    """The sets and their views come from the archive."""
    before = both.tables()
    pipeline.rebuild(both.job("rebuild"))
    assert both.tables() == before
    assert both.rows("select count(*) from sets.rare") == [(3,)]


def test_two_sets_of_one_name_are_refused(both):
    """A view has one name, in upper and in lower case."""
    (both.folder / "twin.toml").write_text(CONDITION_SET.replace('"made"', '"MADE"', 1))
    with pytest.raises(BadConditionSet, match="two condition sets have the name"):
        both.job("sync", condition_sets=[*both.sets, str(both.folder / "twin.toml")])
    with pytest.raises(BadConditionSet, match="no condition set"):
        both.job("sync", condition_sets=[])
