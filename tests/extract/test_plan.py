"""A plan fetches what is new, changed, stale or forced, asks after what vanished, and leaves the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.client.listing import ListedStudy, Listing
from extract.condition_set import ConditionSet
from extract.errors import ListingRefused
from extract.nct import NctId
from extract.plan import KnownTrial, make_plan, refuse_shrunken

NOW = datetime(2026, 9, 11, 14, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
A, B, C = (NctId(f"NCT0000000{number}") for number in (1, 2, 3))
SET = ConditionSet("test", "Test", search="ACLF")


def ids(count: int) -> list[NctId]:
    return [NctId(f"NCT{number:08}") for number in range(1, count + 1)]


def listing(*nct_ids, date="2024-01-31", status="RECRUITING"):
    return Listing(len(nct_ids), {nct_id: ListedStudy(date, status) for nct_id in nct_ids})


def known(nct_id, *, date="2024-01-31", status="RECRUITING", checked=YESTERDAY, member=True):
    return KnownTrial(nct_id, date, status, checked, member)


def plan(listed, held, condition_set=SET, **options):
    return make_plan(listed, held, condition_set, now=NOW, **options)


def test_what_is_not_held_is_new():
    """A listed trial that the warehouse does not hold is fetched."""
    made = plan(listing(B, A), [known(A)])
    assert made.new == made.to_fetch == (B,)
    assert made.unchanged == 1


@pytest.mark.parametrize(
    "held",
    [
        known(A, date="2024-01-30"),
        known(A, date="2024-02-01"),
        known(A, date=None),
        known(A, date="2024-1-31"),
        known(A, status="UNKNOWN"),
        known(A, status=None),
    ],
    ids=["older", "newer", "no date", "date in another form", "other status", "no status"],
)
def test_another_date_or_status_is_a_change(held):
    """Any difference counts, a date set back too; a status turns to UNKNOWN without a new date."""
    assert plan(listing(A), [held]).changed == (A,)


def test_what_came_back_is_a_change():
    """A trial that had left the set and is listed again is fetched, whatever its date (fault 34)."""
    assert plan(listing(A), [known(A, member=False)]).changed == (A,)


@pytest.mark.parametrize(("days", "is_stale"), [(6.99, False), (7, True), (400, True)])
def test_a_week_without_a_look_is_stale(days, is_stale):
    """Some records change without a new date, so each is looked at every seven days."""
    made = plan(listing(A), [known(A, checked=NOW - timedelta(days=days))])
    assert made.stale == ((A,) if is_stale else ())
    assert made.unchanged == (0 if is_stale else 1)


def test_everything_is_fetched_by_force():
    """A full sync fetches what is unchanged too, and still says why each of the others is fetched."""
    old = known(B, checked=NOW - timedelta(days=8))
    made = plan(listing(A, B, C), [known(A), old], full=True)
    assert (made.new, made.stale, made.forced, made.unchanged) == ((C,), (B,), (A,), 0)


def test_what_is_not_listed_is_asked_after():
    """A member that the listing lacks has vanished; it is neither fetched nor dropped (fault 32)."""
    made = plan(listing(A), [known(A), known(B), known(C, member=False)])
    assert made.vanished == (B,)
    assert made.to_fetch == ()


def test_an_included_trial_belongs_though_it_is_not_listed():
    """A trial in the set by hand is fetched each time, for no date tells whether it changed."""
    by_hand = ConditionSet("test", "Test", search="ACLF", include=(B, C))
    made = plan(listing(A), [known(A), known(B)], by_hand)
    assert made.new == (C,)
    assert made.stale == (B,)
    assert made.vanished == ()
    assert made.members == {A, B, C}


def test_an_included_trial_that_is_listed_is_like_any_other():
    """A trial that the search finds is judged by its date, included or not."""
    by_hand = ConditionSet("test", "Test", search="ACLF", include=(A,))
    assert plan(listing(A), [known(A)], by_hand).unchanged == 1


def test_an_excluded_trial_is_never_fetched():
    """An excluded trial is not fetched, listed or not, by force or not; if it belonged, its end is told."""
    without = ConditionSet("test", "Test", search="ACLF", exclude=(B, C))
    made = plan(listing(A, B), [known(A), known(B)], without, full=True)
    assert made.excluded == (B,)
    assert made.to_fetch == (A,)
    assert made.vanished == ()
    assert made.members == {A}
    assert plan(listing(A, B), [known(A), known(B, member=False)], without).excluded == ()


def test_a_plan_can_be_printed():
    """The summary counts each list by its name."""
    made = plan(listing(A, B), [known(A), known(C)])
    assert made.summary() == {
        "new": 1,
        "changed": 0,
        "stale": 0,
        "forced": 0,
        "vanished": 1,
        "excluded": 0,
        "members": 2,
        "unchanged": 1,
    }


NCT_IDS = st.sampled_from(ids(12))
LISTINGS = st.sets(NCT_IDS, min_size=1).map(lambda found: listing(*found))
HELD = st.builds(
    KnownTrial,
    NCT_IDS,
    st.sampled_from(["2024-01-31", "2024-02-01", None]),
    st.sampled_from(["RECRUITING", "UNKNOWN"]),
    st.sampled_from([YESTERDAY, NOW - timedelta(days=30)]),
    st.booleans(),
)
KNOWN = st.lists(HELD, unique_by=lambda trial: trial.nct_id)


@given(LISTINGS, KNOWN, st.sets(NCT_IDS), st.sets(NCT_IDS), st.booleans(), st.integers(1, 5))
def test_every_trial_has_one_place(listed, held, include, exclude, full, size):
    """Members are fetched or unchanged, others vanished or excluded; each once, sorted, in batches."""
    condition_set = ConditionSet("test", "Test", "ACLF", include=tuple(include - exclude), exclude=tuple(exclude))
    made = plan(listed, held, condition_set, full=full)
    lists = (made.new, made.changed, made.stale, made.forced)
    assert all(list(each) == sorted(each) for each in (*lists, made.vanished, made.excluded))
    assert sum(map(len, lists)) == len(set(made.to_fetch)) == len(made.members) - made.unchanged
    assert set(made.to_fetch) <= made.members
    assert made.members == (listed.studies.keys() | include) - exclude
    were_members = {trial.nct_id for trial in held if trial.in_condition_set}
    assert {*made.vanished, *made.excluded} == were_members - made.members
    assert not (full and made.unchanged)
    batches = list(made.batches(size))
    assert tuple(nct_id for batch in batches for nct_id in batch) == made.to_fetch
    assert all(1 <= len(batch) <= size for batch in batches)


@pytest.mark.fault(20)
@pytest.mark.parametrize(("missing", "is_refused"), [(0, False), (15, False), (16, True), (99, True)])
def test_a_listing_may_lack_fifteen_in_a_hundred(missing, is_refused):
    """Up to 15 % may be missing; beyond that nothing is acted on."""
    listed, held = listing(*ids(100)[missing:]), [known(nct_id) for nct_id in ids(100)]
    if not is_refused:
        refuse_shrunken(listed, held, SET)
        return
    with pytest.raises(ListingRefused, match=f"{missing} of the 100 trials .* more than 15%"):
        refuse_shrunken(listed, held, SET)


@pytest.mark.fault(20)
@pytest.mark.parametrize(("missing", "and_more"), [(20, ""), (21, " and 1 more"), (25, " and 5 more")])
def test_a_refusal_names_what_is_missing_and_the_way_out(missing, and_more):
    """The message holds the first twenty numbers, how many more there are, and the flag."""
    with pytest.raises(ListingRefused, match="--accept-shrink") as caught:
        refuse_shrunken(listing(*ids(100)[missing:]), [known(nct_id) for nct_id in ids(100)], SET)
    message = str(caught.value)
    assert message.count("NCT") == 20
    assert "NCT00000001, NCT00000002" in message
    assert f"NCT00000020{and_more};" in message


@pytest.mark.fault(20)
def test_new_trials_do_not_make_up_for_missing_ones():
    """A listing of other trials is not the set we know, however long it is."""
    with pytest.raises(ListingRefused):
        refuse_shrunken(listing(*ids(200)[50:]), [known(nct_id) for nct_id in ids(100)], SET)


@pytest.mark.fault(20)
def test_a_person_may_accept_a_shrunken_set():
    """With the flag a smaller set is taken as it is."""
    refuse_shrunken(listing(A), [known(nct_id) for nct_id in ids(100)], SET, accept=True)


def test_what_is_in_or_out_by_hand_is_not_missed():
    """Trials that the file includes or excludes, and those that had left before, are no shrinkage."""
    held = [known(A), known(B), known(C), known(NctId("NCT00000004"), member=False)]
    by_hand = ConditionSet("test", "Test", search="ACLF", include=(B,), exclude=(C,))
    refuse_shrunken(listing(A), held, by_hand)


@pytest.mark.parametrize("accept", [False, True])
def test_the_files_minimum_is_final(accept):
    """Fewer trials than `minimum_trials` are never believed, flag or not, the first time or later."""
    thirty = ConditionSet("test", "Test", search="ACLF", minimum_trials=30)
    refuse_shrunken(listing(*ids(30)), [], thirty, accept=accept)
    with pytest.raises(ListingRefused, match="fewer than 30"):
        refuse_shrunken(listing(*ids(29)), [], thirty, accept=accept)
