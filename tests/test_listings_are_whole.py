"""A listing is all of the set, or it is refused: nothing is acted on that was cut, mixed up or half-way."""

from __future__ import annotations

import itertools

import pytest

from extract import api
from extract.condition_set import ConditionSet
from extract.errors import ListingRefused, RegistryChangedShape, RegistryRefused
from extract.listing import Listed
from extract.registry import Registry
from extract.sample.server import RegistryServer
from tests.faults import script as faults
from tests.made_studies import made_contents, made_study, nct_id
from tests.warehouses import put

SET = ConditionSet("test", "Test", search="ACLF")
NARROWED = ConditionSet(
    "test", "Test", search="ACLF OR cirrhosis", advanced="AREA[LastUpdatePostDate]RANGE[2024-01-01,MAX]"
)


NUMBER = "protocolSection.identificationModule.nctId"
NAMELESS = {"protocolSection": {"identificationModule": {}}}


def study(number, **parts):
    return made_study(number, conditions=["ACLF"], **parts)


def night(number, version):
    made = study(number)
    made["derivedSection"]["miscInfoModule"]["versionHolder"] = version
    return made


def five():
    return made_contents(*map(study, range(1, 6)))


def listed(contents, *script, condition_set=SET):
    """The listing that a client gets of a server that follows a script, and the server."""
    with (
        RegistryServer(contents, faults=script) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        try:
            return registry.listing(condition_set), server
        finally:
            assert registry.requests_sent == len(server.requests)


def page(*studies, total=None, token=None):
    """A page as a fault, so that a test can write what no sound registry would."""
    document = {api.STUDIES: list(studies)}
    if total is not None:
        document[api.TOTAL_COUNT] = total
    if token is not None:
        document[api.NEXT_PAGE_TOKEN] = token
    return faults.json(document)


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


def test_a_study_is_listed_with_its_date_and_status():
    """The listing holds both as they are written, and None where a record has none."""
    bare = {"protocolSection": {"identificationModule": {"nctId": nct_id(2)}}}
    listing, _ = listed(made_contents(study(1)), page(study(1, updated="2024-05-06"), bare, total=2))
    assert listing.studies == {
        nct_id(1): Listed("2024-05-06", "RECRUITING"),
        nct_id(2): Listed(None, None),
    }


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
def test_tokens_without_end_are_refused():
    """New tokens for ever are noticed soon after the pages that the total allows."""
    endless = (page(token=f"token {number}") for number in itertools.count())
    script = [page(study(1), total=1, token="first"), *itertools.islice(endless, 100)]
    with pytest.raises(ListingRefused, match="does not end: after 12 pages"):
        listed(five(), *script)


@pytest.mark.fault(15)
def test_an_empty_page_with_a_token_is_followed():
    """A token means more to come, even on an empty page."""
    listing, _ = listed(five(), page(study(1), total=2, token="a"), page(token="b"), page(study(2)))
    assert len(listing.studies) == 2


@pytest.mark.fault(16)
def test_the_same_study_on_two_pages_is_one():
    """A study that slid to the next page while we read counts once and in silence."""
    listing, _ = listed(five(), page(study(1), study(2), total=3, token="a"), page(study(2), study(3)))
    assert len(listing.studies) == 3
    assert listing.listed_twice == 0


@pytest.mark.fault(23, 24)
@pytest.mark.parametrize(
    "odd",
    [
        {**study(1), "derivedSection": []},
        {**study(1), "derivedSection": {"miscInfoModule": {"versionHolder": 7}}},
        put(study(1), "protocolSection.statusModule", None),
        put(study(1), "protocolSection.statusModule.overallStatus", ["RECRUITING"]),
        put(study(1), "protocolSection.statusModule.lastUpdatePostDateStruct", "2024-01-31"),
    ],
)
def test_an_odd_entry_stops_no_listing(odd):
    """What is not as it should be in one entry counts as absent, so that the record is fetched and judged by itself."""
    listing, _ = listed(five(), page(odd, study(2), total=2))
    assert set(listing.studies) == {nct_id(1), nct_id(2)}
    assert listing.studies[nct_id(2)] == Listed("2024-01-31", "RECRUITING")
    assert listing.remarks == []


@pytest.mark.fault(24)
@pytest.mark.parametrize("entry", [NAMELESS, None, [], put(study(1), NUMBER, 1), put(study(1), NUMBER, "NCT1")])
def test_an_entry_without_a_number_stops_no_listing(entry):
    """An entry that names no study is kept as it came, and counted; the others are listed."""
    listing, server = listed(five(), page(entry, study(2), total=2))
    assert (set(listing.studies), listing.nameless) == ({nct_id(2)}, (entry,))
    assert listing.remarks == ["1 listed without an NCT number"]
    assert len(server.requests) == 1


@pytest.mark.fault(16)
@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_forms_of_a_study_the_newer_is_kept(newest_first):
    """Of two different entries the one with the newer date stays, and it is counted."""
    old, new = study(1, updated="2024-01-01"), study(1, updated="2024-02-01")
    first, second = (new, old) if newest_first else (old, new)
    listing, _ = listed(five(), page(first, total=1, token="a"), page(second))
    assert listing.studies[nct_id(1)].last_update_post_date == "2024-02-01"
    assert listing.listed_twice == 1
    assert listing.remarks == ["1 listed twice and differently"]


@pytest.mark.fault(16)
@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_forms_of_one_date_that_of_the_newer_night_is_kept(newest_first):
    """Where the dates are the same, the entry of the newer data release stays: a status changes without a new date."""
    old = put(night(1, "2026-09-10"), "protocolSection.statusModule.overallStatus", "RECRUITING")
    new = put(night(1, "2026-09-11"), "protocolSection.statusModule.overallStatus", "UNKNOWN")
    first, second = (new, old) if newest_first else (old, new)
    script = [page(first, total=1, token="a"), page(second)] * 2
    listing, _ = listed(five(), *script)
    assert listing.studies[nct_id(1)].overall_status == "UNKNOWN"
    assert listing.remarks == ["1 listed twice and differently", "listed while the registry reloaded its data"]


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
    mixed = [page(night(1, "2026-09-10"), total=2, token="a"), page(night(2, "2026-09-11"))]
    listing, server = listed(made_contents(study(1), study(2)), *mixed)
    assert not listing.mixed_source_version
    assert len(server.requests) == 3


@pytest.mark.fault(17)
def test_a_second_reload_is_accepted_and_told():
    """A listing that mixes nights twice is whole all the same, and says what it is."""
    mixed = [page(night(1, "2026-09-10"), total=2, token="a"), page(night(2, "2026-09-11"))]
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
