"""An entry that comes twice, has no number or has another shape never stops the listing."""

from __future__ import annotations

import pytest

from extract.client.pages import ListedStudy
from tests.support.clients import fetch_listing, listing_page, make_aclf_study, make_five_contents, make_study_of_night
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import with_value

NUMBER = "protocolSection.identificationModule.nctId"
WITHOUT_NUMBER = {"protocolSection": {"identificationModule": {}}}


@pytest.mark.fault(16)
def test_a_study_on_two_pages_counts_once():
    """A study that moved to the next page between two requests counts once, without a note."""
    listing, _ = fetch_listing(
        make_five_contents(),
        listing_page(make_aclf_study(1), make_aclf_study(2), total=3, token="a"),
        listing_page(make_aclf_study(2), make_aclf_study(3)),
    )
    assert len(listing.studies) == 3
    assert listing.listed_twice == 0


@pytest.mark.fault(23, 24)
@pytest.mark.parametrize(
    "odd",
    [
        {**make_aclf_study(1), "derivedSection": []},
        {**make_aclf_study(1), "derivedSection": {"miscInfoModule": {"versionHolder": 7}}},
        with_value(make_aclf_study(1), "protocolSection.statusModule", None),
        with_value(make_aclf_study(1), "protocolSection.statusModule.overallStatus", ["RECRUITING"]),
        with_value(make_aclf_study(1), "protocolSection.statusModule.lastUpdatePostDateStruct", "2024-01-31"),
    ],
)
def test_an_odd_entry_stops_no_listing(odd):
    """A value of another type counts as absent, so that the record is fetched and judged by itself."""
    listing, _ = fetch_listing(make_five_contents(), listing_page(odd, make_aclf_study(2), total=2))
    assert set(listing.studies) == {make_nct_id(1), make_nct_id(2)}
    assert listing.studies[make_nct_id(2)] == ListedStudy("2024-01-31", "RECRUITING")
    assert listing.notes == []


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    "entry",
    [
        WITHOUT_NUMBER,
        None,
        [],
        with_value(make_aclf_study(1), NUMBER, 1),
        with_value(make_aclf_study(1), NUMBER, "NCT1"),
    ],
)
def test_an_entry_without_a_number_stops_no_listing(entry):
    """An entry without a number is kept as it came, and counted; the other studies are listed."""
    listing, server = fetch_listing(make_five_contents(), listing_page(entry, make_aclf_study(2), total=2))
    assert (set(listing.studies), listing.entries_without_id) == ({make_nct_id(2)}, (entry,))
    assert listing.notes == ["1 listed without an NCT number"]
    assert len(server.requests) == 1


@pytest.mark.fault(16)
@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newer_of_two_entries_is_kept(newest_first):
    """Of two different entries of a study, the one with the newer date stays, and the study is counted."""
    old, new = make_aclf_study(1, updated="2024-01-01"), make_aclf_study(1, updated="2024-02-01")
    first, second = (new, old) if newest_first else (old, new)
    listing, _ = fetch_listing(make_five_contents(), listing_page(first, total=1, token="a"), listing_page(second))
    assert listing.studies[make_nct_id(1)].last_update_post_date == "2024-02-01"
    assert listing.listed_twice == 1
    assert listing.notes == ["1 listed twice and differently"]


@pytest.mark.fault(16)
@pytest.mark.parametrize("newest_first", [True, False])
def test_the_entry_of_the_newer_night_is_kept_if_the_dates_are_equal(newest_first):
    """With equal dates, the entry of the newer data release stays: a status can change without a new date."""
    old = with_value(make_study_of_night(1, "2026-09-10"), "protocolSection.statusModule.overallStatus", "RECRUITING")
    new = with_value(make_study_of_night(1, "2026-09-11"), "protocolSection.statusModule.overallStatus", "UNKNOWN")
    first, second = (new, old) if newest_first else (old, new)
    script = [listing_page(first, total=1, token="a"), listing_page(second)] * 2
    listing, _ = fetch_listing(make_five_contents(), *script)
    assert listing.studies[make_nct_id(1)].overall_status == "UNKNOWN"
    assert listing.notes == ["1 listed twice and differently", "listed while the registry reloaded its data"]
