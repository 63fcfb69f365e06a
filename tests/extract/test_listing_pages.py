"""The client follows pages by their tokens, with the same query, and never in a circle."""

from __future__ import annotations

import itertools

import pytest

from extract.client import api
from extract.condition_set import ConditionSet
from extract.errors import ListingRefused, RegistryRefused
from tests.support import faults
from tests.support.clients import fetch_listing, listing_page, make_aclf_study, make_five_contents
from tests.support.made_studies import make_contents, make_nct_id

NARROWED = ConditionSet(
    "test", "Test", search="ACLF OR cirrhosis", advanced="AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]"
)


@pytest.fixture
def two_a_page(monkeypatch):
    """Set the page size to two studies."""
    monkeypatch.setattr(api, "MAX_PAGE_SIZE", 2)


@pytest.mark.fault(15)
def test_an_empty_page_after_full_pages_is_normal():
    """Two thousand studies are two full pages and then an empty one."""
    listing, server = fetch_listing(make_contents(*map(make_aclf_study, range(1, 2001))))
    assert listing.total == len(listing.studies) == 2000
    assert set(listing.studies) == {make_nct_id(number) for number in range(1, 2001)}
    assert len(server.requests) == 3
    assert not listing.mixed_source_version


def test_every_page_repeats_the_query(two_a_page):
    """Every page repeats the parameters of the first one, and each token is used once."""
    _, server = fetch_listing(make_five_contents(), condition_set=NARROWED)
    queries = [dict(request.query) for request in server.requests]
    tokens = [query.pop(api.PAGE_TOKEN, None) for query in queries]
    assert tokens[0] is None
    assert len(set(tokens)) == len(tokens) == 3
    assert all(query == queries[0] for query in queries)
    assert queries[0] == {
        "query.cond": "ACLF OR cirrhosis",
        "filter.advanced": "AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]",
        "fields": "NCTId|LastUpdatePostDate|OverallStatus|VersionHolder",
        "sort": "LastUpdatePostDate:asc|EnrollmentCount:asc",
        "countTotal": "true",
        "pageSize": "2",
    }


@pytest.mark.fault(14)
def test_a_rejected_token_repeats_the_listing(two_a_page):
    """A token that has expired costs the pages read so far; the listing is complete in the end."""
    expired = faults.status(400, "Parameter `pageToken` has incorrect format")
    listing, server = fetch_listing(make_five_contents(), None, expired)
    assert len(listing.studies) == 5
    assert [request.query.get(api.PAGE_TOKEN) is None for request in server.requests] == [
        *(True, False),
        *(True, False, False),
    ]


@pytest.mark.fault(14)
def test_a_token_rejected_twice_is_refused(two_a_page):
    """The listing is repeated once, not without end."""
    expired = faults.status(400, "Parameter `pageToken` has incorrect format")
    with pytest.raises(ListingRefused, match="rejected its own page token twice"):
        fetch_listing(make_five_contents(), None, expired, None, expired)


@pytest.mark.fault(31)
def test_a_refused_first_page_is_not_tried_again():
    """A 400 on the first page comes from the query and not from a token: the client shows it at once."""
    refusal = "Error parsing query in advanced filter: Unknown area name: `X`"
    with pytest.raises(RegistryRefused, match="Unknown area name: `X`"):
        fetch_listing(make_five_contents(), faults.status(400, refusal))


@pytest.mark.fault(14)
def test_another_refusal_of_a_later_page_is_final(two_a_page):
    """Only a 400 rejects a token; a 414, for a URL that is too long, is final."""
    with pytest.raises(RegistryRefused, match="HTTP 414"):
        fetch_listing(make_five_contents(), None, faults.html(414))


def test_an_empty_token_ends_the_listing():
    """The client does not ask for a page with an empty token."""
    listing, server = fetch_listing(make_five_contents(), listing_page(make_aclf_study(1), total=1, token=""))
    assert listing.total == len(server.requests) == 1


@pytest.mark.fault(15)
@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]], ids=["itself", "a circle"])
def test_a_token_that_comes_again_is_refused(tokens):
    """A registry that sends the client in a circle is found when a token comes for the second time."""
    script = [listing_page(make_aclf_study(1), total=9, token=tokens[0])] + [
        listing_page(make_aclf_study(2), token=token) for token in tokens[1:]
    ]
    with pytest.raises(ListingRefused, match="does not end"):
        fetch_listing(make_five_contents(), *script)


@pytest.mark.fault(15)
@pytest.mark.parametrize(
    ("first", "total"),
    [([make_aclf_study(1)], 1), ([make_aclf_study(1), make_aclf_study(2), {}], 10), ([], 5), ([], 5_000_000)],
    ids=["one study", "two and one without a number", "an empty page", "a large total"],
)
def test_tokens_without_end_are_refused(first, total):
    """New tokens without end are refused after ten pages that bring nothing new, whatever the total is."""
    endless = (listing_page(make_aclf_study(1), token=f"token {number}") for number in itertools.count())
    script = [listing_page(*first, total=total, token="first"), *itertools.islice(endless, 100)]
    with pytest.raises(ListingRefused, match=r"does not end: after 1[12] pages"):
        fetch_listing(make_five_contents(), *script)


@pytest.mark.fault(15)
def test_pages_beyond_the_total_are_refused():
    """Pages that bring new studies without end are refused ten pages after the last page that the total needs."""
    endless = (listing_page(make_aclf_study(number), token=f"token {number}") for number in itertools.count(2))
    script = [listing_page(make_aclf_study(1), total=2, token="first"), *itertools.islice(endless, 100)]
    with pytest.raises(ListingRefused, match="does not end: after 13 pages"):
        fetch_listing(make_five_contents(), *script)


def test_a_refused_order_is_left_out_of_every_page(two_a_page):
    """A registry that does not take the order is listed without it."""
    refusal = faults.status(400, "Invalid field name in parameter `sort`: `EnrollmentCount`")
    listing, server = fetch_listing(make_five_contents(), refusal)
    assert len(listing.studies) == 5
    assert ["sort" in request.query for request in server.requests] == [True, False, False, False]


@pytest.mark.fault(15)
def test_an_empty_page_with_a_token_is_followed():
    """A token means that more pages follow, even on an empty page."""
    listing, _ = fetch_listing(
        make_five_contents(),
        listing_page(make_aclf_study(1), total=2, token="a"),
        listing_page(token="b"),
        listing_page(make_aclf_study(2)),
    )
    assert len(listing.studies) == 2
