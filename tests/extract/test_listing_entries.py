"""An entry that stands twice, has no number or another shape costs itself at most, never the listing."""

from __future__ import annotations

import pytest

from extract.client.listing import ListedStudy
from tests.support.clients import five, listed, of_night, page, study
from tests.support.made_studies import nct_id
from tests.support.warehouses import put

NUMBER = "protocolSection.identificationModule.nctId"
NAMELESS = {"protocolSection": {"identificationModule": {}}}


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
    assert listing.studies[nct_id(2)] == ListedStudy("2024-01-31", "RECRUITING")
    assert listing.notes == []


@pytest.mark.fault(24)
@pytest.mark.parametrize("entry", [NAMELESS, None, [], put(study(1), NUMBER, 1), put(study(1), NUMBER, "NCT1")])
def test_an_entry_without_a_number_stops_no_listing(entry):
    """An entry that names no study is kept as it came, and counted; the others are listed."""
    listing, server = listed(five(), page(entry, study(2), total=2))
    assert (set(listing.studies), listing.entries_without_id) == ({nct_id(2)}, (entry,))
    assert listing.notes == ["1 listed without an NCT number"]
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
    assert listing.notes == ["1 listed twice and differently"]


@pytest.mark.fault(16)
@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_forms_of_one_date_that_of_the_newer_night_is_kept(newest_first):
    """Where the dates are the same, the entry of the newer data release stays: a status changes without a new date."""
    old = put(of_night(1, "2026-09-10"), "protocolSection.statusModule.overallStatus", "RECRUITING")
    new = put(of_night(1, "2026-09-11"), "protocolSection.statusModule.overallStatus", "UNKNOWN")
    first, second = (new, old) if newest_first else (old, new)
    script = [page(first, total=1, token="a"), page(second)] * 2
    listing, _ = listed(five(), *script)
    assert listing.studies[nct_id(1)].overall_status == "UNKNOWN"
    assert listing.notes == ["1 listed twice and differently", "listed while the registry reloaded its data"]
