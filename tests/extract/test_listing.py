"""A listing is complete, or it is refused: no run acts on a listing that was cut off or mixed up."""

from __future__ import annotations

import pytest

from extract.client import api
from extract.client.pages import ListedStudy
from extract.condition_set import ConditionSet
from extract.errors import ListingRefused, RegistryChangedShape
from tests.support import faults
from tests.support.clients import fetch_listing, listing_page, make_aclf_study, make_five_contents, make_study_of_night
from tests.support.made_studies import make_contents, make_nct_id

WITHOUT_NUMBER = {"protocolSection": {"identificationModule": {}}}


def test_a_study_is_listed_with_its_date_and_status():
    """The listing holds both values as written, and None where a record lacks them."""
    bare = {"protocolSection": {"identificationModule": {"nctId": make_nct_id(2)}}}
    listing, _ = fetch_listing(
        make_contents(make_aclf_study(1)), listing_page(make_aclf_study(1, updated="2024-05-06"), bare, total=2)
    )
    assert listing.studies == {
        make_nct_id(1): ListedStudy("2024-05-06", "RECRUITING"),
        make_nct_id(2): ListedStudy(None, None),
    }


@pytest.mark.fault(18)
def test_a_listing_below_its_total_is_repeated():
    """If one study is missing, the client reads every page once more."""
    listing, server = fetch_listing(make_five_contents(), listing_page(make_aclf_study(1), total=5))
    assert listing.total == len(listing.studies) == 5
    assert len(server.requests) == 2


@pytest.mark.fault(18)
@pytest.mark.parametrize("total", [4, 6])
def test_a_listing_that_twice_differs_from_its_total_is_refused(total):
    """Too few or too many studies in both attempts are refused; the message has both numbers."""
    wrong = listing_page(*map(make_aclf_study, range(1, 6)), total=total)
    with pytest.raises(ListingRefused, match=f"counts {total} studies but listed 5, in two attempts"):
        fetch_listing(make_five_contents(), wrong, wrong)


@pytest.mark.fault(14)
def test_a_repeated_listing_keeps_nothing_of_the_first_attempt():
    """A study that only the first attempt listed is not in the result."""
    listing, _ = fetch_listing(make_five_contents(), listing_page(make_aclf_study(77), total=5))
    assert make_nct_id(77) not in listing.studies


@pytest.mark.fault(19)
@pytest.mark.parametrize("script", [[], [listing_page(total=0)]], ids=["nothing is found", "an empty page"])
def test_an_empty_listing_is_refused_at_once(script):
    """A known set cannot vanish overnight, even if the total says so."""
    elsewhere = ConditionSet("test", "Test", search="gout")
    with pytest.raises(ListingRefused, match="no study at all"):
        fetch_listing(make_five_contents(), *script, condition_set=elsewhere)


@pytest.mark.fault(17)
def test_a_reload_between_two_pages_repeats_the_listing():
    """Version holders of two nights in one listing make the client read it again."""
    mixed = [
        listing_page(make_study_of_night(1, "2026-09-10"), total=2, token="a"),
        listing_page(make_study_of_night(2, "2026-09-11")),
    ]
    listing, server = fetch_listing(make_contents(make_aclf_study(1), make_aclf_study(2)), *mixed)
    assert not listing.mixed_source_version
    assert len(server.requests) == 3


@pytest.mark.fault(17)
def test_a_second_reload_is_accepted_and_noted():
    """A listing that mixes two nights in both attempts is accepted, and says that it is mixed."""
    mixed = [
        listing_page(make_study_of_night(1, "2026-09-10"), total=2, token="a"),
        listing_page(make_study_of_night(2, "2026-09-11")),
    ]
    listing, _ = fetch_listing(make_five_contents(), *mixed, *mixed)
    assert listing.mixed_source_version
    assert len(listing.studies) == 2


@pytest.mark.fault(18)
def test_two_listings_whose_order_moves_are_one_whole():
    """Two listings of the same data that together have as many studies as the registry counts are complete."""
    first = [listing_page(*map(make_aclf_study, (1, 2)), total=3, token="a"), listing_page(make_aclf_study(2))]
    second = [listing_page(*map(make_aclf_study, (1, 3)), total=3, token="a"), listing_page(make_aclf_study(3))]
    listing, _ = fetch_listing(make_five_contents(), *first, *second)
    assert sorted(listing.studies) == [make_nct_id(number) for number in (1, 2, 3)]
    assert listing.notes == ["listed twice, because the order moved from page to page"]


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    "second",
    [
        listing_page(make_study_of_night(1, "2026-09-11"), make_study_of_night(3, "2026-09-11"), total=3),
        listing_page(make_aclf_study(1), make_aclf_study(3), total=4),
        listing_page(make_aclf_study(1), make_aclf_study(3), {}, total=4),
    ],
    ids=["another data release", "another total", "an entry without a number"],
)
def test_listings_of_other_data_are_not_put_together(second):
    """Studies of two data releases may make up the number and still miss one, so they are not put together."""
    first = listing_page(*map(make_aclf_study, (1, 2)), total=3)
    with pytest.raises(ListingRefused, match="in two attempts"):
        fetch_listing(make_five_contents(), first, second)


@pytest.mark.fault(14)
def test_listings_of_unknown_data_are_not_put_together():
    """Where no page says which data it comes from, the two listings may be of different data."""
    bare = [make_aclf_study(number) | {"derivedSection": {}} for number in (1, 2, 3)]
    with pytest.raises(ListingRefused, match="in two attempts"):
        fetch_listing(make_five_contents(), listing_page(*bare[:2], total=3), listing_page(bare[0], bare[2], total=3))


@pytest.mark.fault(17)
def test_a_reload_within_a_day_shows_in_the_etag(monkeypatch):
    """Two pages of one day whose ETags are of two releases make the client read the listing again."""
    monkeypatch.setattr(api, "MAX_PAGE_SIZE", 3)
    studies = list(map(make_aclf_study, range(1, 6)))

    def reload(handler):
        handler.server.contents = make_contents(*studies, data_timestamp="2026-09-10T15:00:00")
        handler.reply(handler.make_registry_answer())

    listing, server = fetch_listing(make_contents(*studies), None, reload)
    assert listing.versions == {"2026-09-10", "2026-09-10T15:00:00"}
    assert not listing.mixed_source_version
    assert len(server.requests) == 4


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
        ({"totalCount": 7.5, "studies": []}, "`totalCount` is not a whole number"),
        ({"totalCount": -1, "studies": [], "nextPageToken": "a"}, "`totalCount` is -1, which cannot be"),
        ({"totalCount": 10**12, "studies": [], "nextPageToken": "a"}, "`totalCount` is 1000000000000, which cannot be"),
        ({"totalCount": 1, "studies": [], "nextPageToken": "a" * 5000}, "`nextPageToken` has 5,000 characters"),
        ({"totalCount": 1, "studies": [], "nextPageToken": 7}, "`nextPageToken` is not a text"),
        ({"totalCount": 1, "studies": [], "nextPageToken": "\u00e9"}, "`nextPageToken` is not a text"),
        ({"totalCount": 1, "studies": [None]}, "no study in it has an NCT number"),
        ({"totalCount": 1, "studies": [[]]}, "no study in it has an NCT number"),
        ({"totalCount": 1, "studies": [WITHOUT_NUMBER]}, "no study in it has an NCT number"),
    ],
)
def test_an_answer_of_another_shape_is_not_an_empty_listing(document, problem):
    """A key that is absent or has another type ends the run at once; the error keeps the reply."""
    with pytest.raises(RegistryChangedShape, match=problem) as caught:
        fetch_listing(make_five_contents(), faults.json(document))
    assert caught.value.reply
