"""A plan fetches new, changed, stale and forced trials, asks for vanished ones, and leaves the rest alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.condition_set import ConditionSet
from extract.plan import KnownTrial, is_look_due, make_plan
from tests.support.listings import NOW, SET, YESTERDAY, A, B, C, list_updates, make_ids, make_known, make_listing

OTHER = ConditionSet("other", "Other", search="HRS")


def make_test_plan(listed, held, condition_set=SET, **options):
    return make_plan({condition_set.name: listed}, held, [condition_set], now=NOW, **options)


def test_a_trial_that_is_not_held_is_new():
    """A listed trial that the warehouse does not hold is fetched."""
    result = make_test_plan(make_listing(B, A), [make_known(A)])
    assert result.new == result.to_fetch == (B,)
    assert result.unchanged == 1


@pytest.mark.parametrize(
    "held",
    [
        make_known(A, date="2024-01-30"),
        make_known(A, date="2024-02-01"),
        make_known(A, date=None),
        make_known(A, date="2024-1-31"),
        make_known(A, status="UNKNOWN"),
        make_known(A, status=None),
    ],
    ids=["older", "newer", "no date", "date in another form", "other status", "no status"],
)
def test_another_date_or_status_is_a_change(held):
    """Any difference counts, even an earlier date; a status turns to UNKNOWN without a new date."""
    assert make_test_plan(make_listing(A), [held]).changed == (A,)


def test_a_trial_that_comes_back_is_a_change():
    """A trial that had left the set and is listed again is fetched, even with an old date (fault 34)."""
    assert make_test_plan(make_listing(A), [make_known(A, member=False)]).changed == (A,)


@pytest.mark.parametrize(("days", "is_stale"), [(6.99, False), (7, True), (400, True)])
def test_a_trial_is_stale_after_a_week(days, is_stale):
    """Some records change without a new date, so each is fetched every seven days."""
    result = make_test_plan(make_listing(A), [make_known(A, checked=NOW - timedelta(days=days))])
    assert result.stale == ((A,) if is_stale else ())
    assert result.unchanged == (0 if is_stale else 1)


@pytest.mark.parametrize(("stale", "fetched"), [(200, 200), (1400, 200), (1401, 201), (2100, 300)])
def test_a_night_looks_at_a_seventh_of_a_large_set(stale, fetched):
    """When all trials fall due at once, a night fetches a seventh of them, but never fewer than one request brings."""
    ids = make_ids(stale)
    held = [make_known(nct_id, checked=NOW - timedelta(days=8)) for nct_id in ids]
    result = make_test_plan(make_listing(*ids), held)
    assert len(result.stale) == fetched
    assert result.unchanged == stale - fetched


def test_the_longest_waiting_trials_come_first():
    """The trials whose turn it is are those that were looked at longest ago; after a week of nights all had theirs."""
    ids = make_ids(1400)
    checked = {nct_id: NOW - timedelta(days=8, minutes=position) for position, nct_id in enumerate(ids)}
    for night in range(7):
        held = [make_known(nct_id, checked=time) for nct_id, time in checked.items()]
        result = make_test_plan(make_listing(*ids), held)
        assert result.stale == tuple(sorted(ids)[1400 - 200 * (night + 1) : 1400 - 200 * night])
        checked |= dict.fromkeys(result.stale, NOW)
    assert min(checked.values()) == NOW


def test_an_included_trial_is_fetched_beside_those_whose_turn_it_is():
    """A trial that is included and not listed is fetched each night, however many others wait."""
    *listed, by_hand = make_ids(301)
    held = [make_known(nct_id, checked=NOW - timedelta(days=8)) for nct_id in listed] + [make_known(by_hand)]
    included = ConditionSet("test", "Test", search="ACLF", include=(by_hand,))
    result = make_test_plan(make_listing(*listed), held, included)
    assert by_hand in result.stale
    assert len(result.stale) == 201


def test_a_full_sync_fetches_every_member():
    """A full sync fetches unchanged trials too, and keeps the reason of every other trial."""
    old = make_known(B, checked=NOW - timedelta(days=8))
    result = make_test_plan(make_listing(A, B, C), [make_known(A), old], full=True)
    assert (result.new, result.stale, result.forced, result.unchanged) == ((C,), (B,), (A,), 0)


def test_a_member_that_is_not_listed_has_vanished():
    """A member that the listing lacks is neither fetched in a batch nor removed from the set (fault 32)."""
    result = make_test_plan(make_listing(A), [make_known(A), make_known(B), make_known(C, member=False)])
    assert result.vanished == (B,)
    assert result.to_fetch == ()


def test_an_included_trial_belongs_though_it_is_not_listed():
    """An included trial that is not listed is fetched each time, because no date shows whether it changed."""
    by_hand = ConditionSet("test", "Test", search="ACLF", include=(B, C))
    result = make_test_plan(make_listing(A), [make_known(A), make_known(B)], by_hand)
    assert result.new == (C,)
    assert result.stale == (B,)
    assert result.vanished == ()
    assert result.members == {A, B, C}


def test_an_included_trial_that_is_listed_is_judged_by_its_date():
    """A trial that the search finds is judged by its date, included or not."""
    by_hand = ConditionSet("test", "Test", search="ACLF", include=(A,))
    assert make_test_plan(make_listing(A), [make_known(A)], by_hand).unchanged == 1


def test_an_excluded_trial_is_never_fetched():
    """An excluded trial is not fetched, even if listed or forced; if it was a member, it is in `excluded`."""
    without = ConditionSet("test", "Test", search="ACLF", exclude=(B, C))
    result = make_test_plan(make_listing(A, B), [make_known(A), make_known(B)], without, full=True)
    assert result.excluded == (B,)
    assert result.to_fetch == (A,)
    assert result.vanished == ()
    assert result.members == {A}
    assert make_test_plan(make_listing(A, B), [make_known(A), make_known(B, member=False)], without).excluded == ()


def test_a_plan_counts_its_trials():
    """The counts have the name and the length of every list."""
    result = make_test_plan(make_listing(A, B), [make_known(A), make_known(C)])
    assert result.count_trials() == {
        "new": 1,
        "changed": 0,
        "stale": 0,
        "forced": 0,
        "vanished": 1,
        "excluded": 0,
        "members": 2,
        "unchanged": 1,
    }


WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("checked", "last_look", "is_due"),
    [
        (timedelta(days=6), None, False),
        (WEEK, None, True),
        # The last look was before this trial became stale.
        (timedelta(days=8), timedelta(days=2), True),
        # This trial was stale at the last look already, and was requested then.
        (timedelta(days=10), timedelta(days=2), False),
        (timedelta(days=10), timedelta(days=3), False),
        # The last look itself is a week ago.
        (timedelta(days=30), WEEK, True),
    ],
)
def test_a_stale_trial_is_due_once_a_week(checked, last_look, is_due):
    """A member that was stale at the last look was requested then, so it is not due again for a week."""
    trial = KnownTrial(A, "2024-01-31", "RECRUITING", NOW - checked, ["test", "former"])
    assert is_look_due([trial], last_look and NOW - last_look, ["test"], now=NOW) is is_due
    assert not is_look_due([trial], last_look and NOW - last_look, ["other"], now=NOW)


NCT_IDS = st.sampled_from(make_ids(12))
LISTINGS = st.sets(NCT_IDS, min_size=1).map(lambda found: make_listing(*found))
HELD = st.builds(
    KnownTrial,
    NCT_IDS,
    st.sampled_from(["2024-01-31", "2024-02-01", None]),
    st.sampled_from(["RECRUITING", "UNKNOWN"]),
    st.sampled_from([YESTERDAY, NOW - timedelta(days=30)]),
    st.sets(st.sampled_from(["test", "other", "former"])),
)
KNOWN = st.lists(HELD, unique_by=lambda trial: trial.nct_id)


@given(LISTINGS, KNOWN, st.sets(NCT_IDS), st.sets(NCT_IDS), st.booleans(), st.integers(1, 5))
def test_every_trial_is_in_one_list(listed, synced_aclf, include, exclude, full, size):
    """Members are fetched or unchanged, former members vanished or excluded; each once, sorted, in batches."""
    condition_set = ConditionSet("test", "Test", "ACLF", include=tuple(include - exclude), exclude=tuple(exclude))
    result = make_test_plan(listed, synced_aclf, condition_set, full=full)
    lists = (result.new, result.changed, result.stale, result.forced)
    assert all(list(each) == sorted(each) for each in (*lists, result.vanished, result.excluded))
    assert sum(map(len, lists)) == len(set(result.to_fetch)) == len(result.members) - result.unchanged
    assert set(result.to_fetch) <= result.members
    assert result.members == (listed.studies.keys() | include) - exclude
    were_members = {trial.nct_id for trial in synced_aclf if "test" in trial.condition_sets}
    assert {*result.vanished, *result.excluded} == were_members - result.members
    assert not (full and result.unchanged)
    batches = list(result.split_into_batches(size))
    assert tuple(nct_id for batch in batches for nct_id in batch) == result.to_fetch
    assert all(1 <= len(batch) <= size for batch in batches)


def plan_two(listed, listed_by_other, held, other=OTHER):
    """Plan a sync of two sets; a listing that is None was refused."""
    listings = {"test": listed, "other": listed_by_other}
    given = {name: listing for name, listing in listings.items() if listing}
    return make_plan(given, held, [SET, other], now=NOW)


def make_member(nct_id, *names):
    return KnownTrial(nct_id, "2024-01-31", "RECRUITING", YESTERDAY, names)


def test_a_trial_of_two_sets_is_fetched_once():
    """A trial that both sets list is new once, and belongs to both."""
    result = plan_two(make_listing(A, B), make_listing(B, C), [])
    assert result.new == result.to_fetch == (A, B, C)
    assert {name: planned.members for name, planned in result.sets.items()} == {"test": {A, B}, "other": {B, C}}


def test_a_member_of_one_set_joins_another_without_a_request():
    """The warehouse keeps a member up to date, so another set that lists it needs no request for it."""
    result = plan_two(make_listing(A, B), make_listing(B), [make_member(A, "test"), make_member(B, "test")])
    assert result.to_fetch == ()
    assert result.sets["other"].members == {B}


def test_a_trial_that_another_set_lists_has_left_without_a_request():
    """The other listing shows that the registry has the trial, so it has left the set that lists it no more."""
    result = plan_two(make_listing(B), make_listing(A), [make_member(A, "test", "other"), make_member(B, "test")])
    assert result.sets["test"].moved == (A,)
    assert result.vanished == result.to_fetch == ()


def test_a_set_without_a_listing_keeps_its_members():
    """Nobody leaves a set whose listing was refused; a trial that the other set misses is asked for."""
    held = [make_member(A, "other"), make_member(B, "test", "other"), make_member(C, "test")]
    result = plan_two(make_listing(C), None, held)
    assert result.vanished == result.sets["test"].missing == (B,)
    assert "other" not in result.sets
    assert result.members == {A, B, C}
    assert result.unchanged == 3


def test_a_set_that_is_not_named_does_not_count():
    """A member of a set that is no longer named neither vanishes nor stays; listed again, it is fetched."""
    held = [make_member(A, "former"), make_member(B, "former")]
    result = plan_two(make_listing(A), make_listing(C), held)
    assert (result.changed, result.new, result.vanished) == ((A,), (C,), ())
    assert result.members == {A, C}


def test_a_listing_of_updates_says_nothing_about_the_others():
    """Every member stays, listed or not; an update is fetched, and so is a trial that is new in the set."""
    result = make_test_plan(list_updates(A, C), [make_known(A), make_known(B)])
    assert (result.changed, result.new, result.unchanged, result.vanished) == ((A,), (C,), 1, ())
    assert result.members == {A, B, C}


def test_a_member_by_memory_is_no_proof_for_another_set():
    """A trial that one set misses and the other only remembers is asked for."""
    held = [make_member(A, "test", "other"), make_member(B, "test", "other"), make_member(C, "test", "other")]
    result = plan_two(make_listing(C), list_updates(B), held)
    assert (result.sets["test"].missing, result.sets["test"].moved) == ((A,), (B,))
    assert result.sets["other"].members == {A, B, C}


def test_an_excluded_trial_of_one_set_may_belong_to_another():
    """A set's exclusions are its own."""
    without = ConditionSet("other", "Other", search="HRS", exclude=(A,))
    result = plan_two(make_listing(A), make_listing(A, B), [make_member(A, "test", "other")], without)
    assert (result.excluded, result.unchanged, result.new) == ((A,), 1, (B,))
    assert result.sets["other"].members == {B}


@given(LISTINGS, LISTINGS, KNOWN)
def test_each_set_accounts_for_its_own_members(listed, listed_by_other, held):
    """What was found of a set is that of a plan for the set alone, but for the trials that the other set lists."""
    both = plan_two(listed, listed_by_other, held)
    alone = make_test_plan(listed, held)
    planned = both.sets["test"]
    assert planned.members == alone.sets["test"].members == listed.studies.keys()
    assert {*planned.moved, *planned.missing} == set(alone.vanished)
    assert set(planned.moved) == set(alone.vanished) & listed_by_other.studies.keys()
    assert both.members == listed.studies.keys() | listed_by_other.studies.keys()
    # The order of the sets changes nothing.
    swapped = make_plan({"other": listed_by_other, "test": listed}, held, [OTHER, SET], now=NOW)
    assert swapped == both
