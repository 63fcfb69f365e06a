"""A listing that lacks too many known trials is not believed."""

from __future__ import annotations

import pytest

from extract.condition_set import ConditionSet
from extract.doubtful_listings import is_broken_update_listing, refuse_shrunken_listing
from extract.errors import ListingRefused
from extract.nct import NctId
from tests.support.listings import SET, A, B, C, list_updates, make_ids, make_known, make_listing


@pytest.mark.parametrize(("listed", "is_broken"), [([A, B], False), ([A], True), ([], True)])
def test_a_listing_of_updates_must_have_the_known_ones(listed, is_broken):
    """Trials whose known update is as new as what was asked for are listed, or the filter does not work."""
    held = [make_known(A, date="2024-02-01"), make_known(B, date="2024-02-01"), make_known(C)]
    assert is_broken_update_listing(list_updates(*listed), held, SET) is is_broken


@pytest.mark.fault(20)
@pytest.mark.parametrize(("missing", "is_refused"), [(0, False), (15, False), (16, True), (99, True)])
def test_a_listing_may_lack_fifteen_in_a_hundred(missing, is_refused):
    """Up to 15 % may be missing; a listing that lacks more is refused."""
    listed, held = make_listing(*make_ids(100)[missing:]), [make_known(nct_id) for nct_id in make_ids(100)]
    if not is_refused:
        refuse_shrunken_listing(listed, held, SET)
        return
    with pytest.raises(ListingRefused, match=f"{missing} of the 100 trials .* more than 15%"):
        refuse_shrunken_listing(listed, held, SET)


@pytest.mark.fault(20)
@pytest.mark.parametrize(("missing", "is_refused"), [(1000, False), (1001, True)])
def test_a_listing_may_lack_a_thousand_trials(missing, is_refused):
    """However large the set is, no more than 1,000 may be missing, because each costs a request of its own."""
    ids = make_ids(20_000)
    listed, held = make_listing(*ids[missing:]), [make_known(nct_id) for nct_id in ids]
    if not is_refused:
        refuse_shrunken_listing(listed, held, SET)
        return
    with pytest.raises(ListingRefused, match=r"1001 of the 20000 trials .* more than 1000: .* --accept-shrink"):
        refuse_shrunken_listing(listed, held, SET)
    refuse_shrunken_listing(listed, held, SET, accept=True)


@pytest.mark.fault(20)
@pytest.mark.parametrize(("missing", "and_more"), [(20, ""), (21, " and 1 more"), (25, " and 5 more")])
def test_a_refusal_names_the_missing_trials_and_the_flag(missing, and_more):
    """The message has the first twenty numbers, how many more there are, and the flag that accepts them."""
    with pytest.raises(ListingRefused, match="--accept-shrink") as caught:
        refuse_shrunken_listing(
            make_listing(*make_ids(100)[missing:]), [make_known(nct_id) for nct_id in make_ids(100)], SET
        )
    message = str(caught.value)
    assert message.count("NCT") == 20
    assert "NCT00000001, NCT00000002" in message
    assert f"NCT00000020{and_more};" in message


@pytest.mark.fault(20)
def test_new_trials_do_not_make_up_for_missing_ones():
    """A long listing of other trials is refused, because the known trials are missing from it."""
    with pytest.raises(ListingRefused):
        refuse_shrunken_listing(
            make_listing(*make_ids(200)[50:]), [make_known(nct_id) for nct_id in make_ids(100)], SET
        )


@pytest.mark.fault(20)
def test_a_person_may_accept_a_shrunken_set():
    """With the flag, a smaller set is accepted."""
    refuse_shrunken_listing(make_listing(A), [make_known(nct_id) for nct_id in make_ids(100)], SET, accept=True)


def test_included_and_excluded_trials_do_not_count_as_missing():
    """Trials that the file includes or excludes, and trials that left before, do not count as missing."""
    held = [make_known(A), make_known(B), make_known(C), make_known(NctId("NCT00000004"), member=False)]
    by_hand = ConditionSet("test", "Test", search="ACLF", include=(B,), exclude=(C,))
    refuse_shrunken_listing(make_listing(A), held, by_hand)


@pytest.mark.parametrize("accept", [False, True])
def test_the_minimum_of_the_file_is_final(accept):
    """Fewer trials than `minimum_trials` are never believed, with the flag or without it."""
    thirty = ConditionSet("test", "Test", search="ACLF", minimum_trials=30)
    refuse_shrunken_listing(make_listing(*make_ids(30)), [], thirty, accept=accept)
    with pytest.raises(ListingRefused, match="fewer than 30"):
        refuse_shrunken_listing(make_listing(*make_ids(29)), [], thirty, accept=accept)
