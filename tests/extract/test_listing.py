"""A listing is all of the set, or it is refused: nothing is acted on that was cut, mixed up or half-way."""

from __future__ import annotations

import pytest

from extract.client.listing import ListedStudy
from extract.condition_set import ConditionSet
from extract.errors import ListingRefused, RegistryChangedShape
from tests.support import faults
from tests.support.clients import five, listed, of_night, page, study
from tests.support.made_studies import made_contents, nct_id

NAMELESS = {"protocolSection": {"identificationModule": {}}}


def test_a_study_is_listed_with_its_date_and_status():
    """The listing holds both as they are written, and None where a record has none."""
    bare = {"protocolSection": {"identificationModule": {"nctId": nct_id(2)}}}
    listing, _ = listed(made_contents(study(1)), page(study(1, updated="2024-05-06"), bare, total=2))
    assert listing.studies == {
        nct_id(1): ListedStudy("2024-05-06", "RECRUITING"),
        nct_id(2): ListedStudy(None, None),
    }


@pytest.mark.fault(18)
def test_a_listing_short_of_its_total_is_begun_again():
    """One study too few is reason to read it all once more."""
    listing, server = listed(five(), page(study(1), total=5))
    assert listing.total == len(listing.studies) == 5
    assert len(server.requests) == 2


@pytest.mark.fault(18)
@pytest.mark.parametrize("total", [4, 6])
def test_a_listing_that_stays_at_odds_with_its_total_is_refused(total):
    """Too few or too many, twice over, is refused with both numbers."""
    wrong = page(*map(study, range(1, 6)), total=total)
    with pytest.raises(ListingRefused, match=f"counts {total} studies but listed 5, twice over"):
        listed(five(), wrong, wrong)


@pytest.mark.fault(14)
def test_nothing_of_a_listing_that_was_begun_again_is_kept():
    """What only the broken first reading listed is not in the result."""
    listing, _ = listed(five(), page(study(77), total=5))
    assert nct_id(77) not in listing.studies


@pytest.mark.fault(19)
@pytest.mark.parametrize("script", [[], [page(total=0)]], ids=["nothing is found", "an empty page"])
def test_an_empty_listing_is_refused_at_once(script):
    """A known set cannot vanish overnight, whatever the total says."""
    elsewhere = ConditionSet("test", "Test", search="gout")
    with pytest.raises(ListingRefused, match="no study at all"):
        listed(five(), *script, condition_set=elsewhere)


@pytest.mark.fault(17)
def test_a_reload_between_two_pages_begins_the_listing_again():
    """Two nights in one listing are noticed by their version holder, and it is read again."""
    mixed = [page(of_night(1, "2026-09-10"), total=2, token="a"), page(of_night(2, "2026-09-11"))]
    listing, server = listed(made_contents(study(1), study(2)), *mixed)
    assert not listing.mixed_source_version
    assert len(server.requests) == 3


@pytest.mark.fault(17)
def test_a_second_reload_is_accepted_and_told():
    """A listing that mixes nights twice is whole all the same, and says what it is."""
    mixed = [page(of_night(1, "2026-09-10"), total=2, token="a"), page(of_night(2, "2026-09-11"))]
    listing, _ = listed(five(), *mixed, *mixed)
    assert listing.mixed_source_version
    assert len(listing.studies) == 2


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "`studies` is not a list"),
        ([], "not an object"),
        ("text", "not an object"),
        (None, "not an object"),
        ({"totalCount": 5}, "`studies` is not a list"),
        ({"totalCount": 5, "studies": None}, "`studies` is not a list"),
        ({"totalCount": 5, "studies": {}}, "`studies` is not a list"),
        ({"studies": []}, "`totalCount` is missing"),
        ({"totalCount": "5", "studies": []}, "`totalCount` is not a whole number"),
        ({"totalCount": True, "studies": []}, "`totalCount` is not a whole number"),
        ({"totalCount": 1, "studies": [], "nextPageToken": 7}, "`nextPageToken` is not a text"),
        ({"totalCount": 1, "studies": [], "nextPageToken": "\u00e9"}, "`nextPageToken` is not a text"),
        ({"totalCount": 1, "studies": [None]}, "no study in it has an NCT number"),
        ({"totalCount": 1, "studies": [[]]}, "no study in it has an NCT number"),
        ({"totalCount": 1, "studies": [NAMELESS]}, "no study in it has an NCT number"),
    ],
)
def test_an_answer_of_another_shape_is_not_read_as_no_studies(document, problem):
    """An absent or misshapen key ends the run at once and keeps the reply for a person to see."""
    with pytest.raises(RegistryChangedShape, match=problem) as caught:
        listed(five(), faults.json(document))
    assert caught.value.reply
