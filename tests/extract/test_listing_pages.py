"""Pages are followed by their tokens, which belong to their query, and never in circles."""

from __future__ import annotations

import itertools

import pytest

from extract.client import api
from extract.condition_set import ConditionSet
from extract.errors import ListingRefused, RegistryRefused
from tests.support import faults
from tests.support.clients import five, listed, page, study
from tests.support.made_studies import made_contents, nct_id

NARROWED = ConditionSet(
    "test", "Test", search="ACLF OR cirrhosis", advanced="AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]"
)


@pytest.fixture
def two_a_page(monkeypatch):
    """Pages of two studies."""
    monkeypatch.setattr(api, "MAX_PAGE_SIZE", 2)


@pytest.mark.fault(15)
def test_two_full_pages_are_followed_by_an_empty_one():
    """Two thousand studies are two full pages and then an empty one, which is normal."""
    listing, server = listed(made_contents(*map(study, range(1, 2001))))
    assert listing.total == len(listing.studies) == 2000
    assert set(listing.studies) == {nct_id(number) for number in range(1, 2001)}
    assert len(server.requests) == 3
    assert not listing.mixed_source_version


def test_every_page_repeats_the_query(two_a_page):
    """A token goes only with the parameters it was given for, and each token is used once."""
    _, server = listed(five(), condition_set=NARROWED)
    queries = [dict(request.query) for request in server.requests]
    tokens = [query.pop(api.PAGE_TOKEN, None) for query in queries]
    assert tokens[0] is None
    assert len(set(tokens)) == len(tokens) == 3
    assert all(query == queries[0] for query in queries)
    assert queries[0] == {
        "query.cond": "ACLF OR cirrhosis",
        "filter.advanced": "AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]",
        "fields": "NCTId|LastUpdatePostDate|OverallStatus|VersionHolder",
        "countTotal": "true",
        "pageSize": "2",
    }


@pytest.mark.fault(14)
def test_a_rejected_token_begins_the_listing_again(two_a_page):
    """A token that has expired costs the pages read so far; the listing is whole in the end."""
    expired = faults.status(400, "Parameter `pageToken` has incorrect format")
    listing, server = listed(five(), None, expired)
    assert len(listing.studies) == 5
    assert [request.query.get(api.PAGE_TOKEN) is None for request in server.requests] == [
        *(True, False),
        *(True, False, False),
    ]


@pytest.mark.fault(14)
def test_a_token_rejected_twice_is_refused(two_a_page):
    """The listing is begun again once, not for ever."""
    expired = faults.status(400, "Parameter `pageToken` has incorrect format")
    with pytest.raises(ListingRefused, match="twice rejected the page token"):
        listed(five(), None, expired, None, expired)


@pytest.mark.fault(31)
def test_a_refused_first_page_is_the_querys_fault():
    """A 400 on the first page is no token's fault: it is shown and not tried again."""
    refusal = "Error parsing query in advanced filter: Unknown area name: `X`"
    with pytest.raises(RegistryRefused, match="Unknown area name: `X`"):
        listed(five(), faults.status(400, refusal))


@pytest.mark.fault(14)
def test_only_a_refusal_of_the_token_begins_the_listing_again(two_a_page):
    """Another refusal of a later page, such as of too long a URL, is final."""
    with pytest.raises(RegistryRefused, match="HTTP 414"):
        listed(five(), None, faults.html(414))


def test_an_empty_token_is_none():
    """A token without a character leads nowhere and is not asked for."""
    listing, server = listed(five(), page(study(1), total=1, token=""))
    assert listing.total == len(server.requests) == 1


@pytest.mark.fault(15)
@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]], ids=["itself", "a circle"])
def test_a_token_that_returns_is_refused(tokens):
    """A registry that sends the client in a circle is noticed at the second sight of a token."""
    script = [page(study(1), total=9, token=tokens[0])] + [page(study(2), token=token) for token in tokens[1:]]
    with pytest.raises(ListingRefused, match="does not end"):
        listed(five(), *script)


@pytest.mark.fault(15)
@pytest.mark.parametrize(
    ("first", "total", "pages"),
    [([study(1)], 1, 12), ([study(1), study(2), {}], 10, 14), ([], 5, 16)],
    ids=["one study", "two and a entries_without_id one", "an empty page"],
)
def test_tokens_without_end_are_refused(first, total, pages):
    """New tokens for ever are noticed ten pages after those that the total allows, at the first one's length."""
    endless = (page(token=f"token {number}") for number in itertools.count())
    script = [page(*first, total=total, token="first"), *itertools.islice(endless, 100)]
    with pytest.raises(ListingRefused, match=f"does not end: after {pages} pages"):
        listed(five(), *script)


@pytest.mark.fault(15)
def test_an_empty_page_with_a_token_is_followed():
    """A token means more to come, even on an empty page."""
    listing, _ = listed(five(), page(study(1), total=2, token="a"), page(token="b"), page(study(2)))
    assert len(listing.studies) == 2
