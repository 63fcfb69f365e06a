"""A database takes what is larger than any record so far: a text of a megabyte, and five thousand sites."""

from __future__ import annotations

from tests.support.warehouses import make_five_members, make_member_study, with_value

SUMMARY = "protocolSection.descriptionModule.briefSummary"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
LONG_TEXT = 'A "quoted" line, \\ and €\n' * 40_000
SITES = [{"facility": f"Hospital {number}", "city": "Seaport"} for number in range(5_000)]


def test_large_values_are_whole(team_database, warehouse):
    """Each is in its own column and in the record's document, and both are those of the file."""
    large = with_value(with_value(make_member_study(7), SUMMARY, LONG_TEXT), LOCATIONS, SITES)
    warehouse.serve(*make_five_members(large))
    warehouse.sync()
    team_database.publish(warehouse)
    kept = "select max(length(brief_summary)), max(site_count) from main.trials"
    assert team_database.fetch(kept) == warehouse.rows(kept)
    assert team_database.fetch(kept)[0][0] > 900_000
    assert team_database.fetch("select count(*) from ctgov.facilities") == [(len(SITES),)]
    assert team_database.differs_from(warehouse) == {}
