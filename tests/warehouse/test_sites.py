"""Sites are found by their distance from a place."""

from __future__ import annotations

import duckdb
import pytest

from tests.support.warehouses import make_member_study, with_value

PLACES = {
    # Latitude and longitude of the towns, and their distance from Vienna (48.2082, 16.3738) by the haversine formula.
    "Vienna": (48.2082, 16.3738),
    "Bratislava": (48.1486, 17.1077),
    "Berlin": (52.52, 13.405),
    "Wellington": (-41.2866, 174.7756),
}


@pytest.fixture
def placed(warehouse):
    """A warehouse of one trial with a site in each place, and one without coordinates."""
    sites = [
        {"facility": name, "status": "RECRUITING", "country": "X", "geoPoint": {"lat": latitude, "lon": longitude}}
        for name, (latitude, longitude) in PLACES.items()
    ]
    path = "protocolSection.contactsLocationsModule.locations"
    warehouse.serve(with_value(make_member_study(1), path, [*sites, {"facility": "Nowhere"}]))
    warehouse.sync()
    return warehouse


def test_near_sites_are_listed_by_distance(placed):
    """Bratislava is 55 km from Vienna and Berlin 524 km; a site without coordinates is nowhere near."""
    near = "select name, round(distance_in_km) from sites_near(48.2082, 16.3738, $1)"
    assert placed.rows(near, 500) == [("Vienna", 0), ("Bratislava", 55)]
    assert placed.rows(near, 600) == [("Vienna", 0), ("Bratislava", 55), ("Berlin", 524)]
    assert len(placed.rows(near, 30_000)) == 4


def test_a_site_has_its_status_and_its_trials(placed):
    """Each site is a row, also without coordinates."""
    rows = placed.rows("select name, status_label, overall_status, latitude from sites order by id")
    assert rows[0] == ("Vienna", "Recruiting", "RECRUITING", 48.2082)
    assert rows[4] == ("Nowhere", None, "RECRUITING", None)


def test_distance_is_that_on_a_sphere(placed):
    """A degree of the equator is 111.195 km, the opposite point is half of the circumference, 20,015.1 km."""
    with duckdb.connect(str(placed.path), read_only=True) as connection:
        (distances,) = connection.execute(
            "select distance_km(0, 0, 0, 1), distance_km(90, 0, -90, 7), distance_km(0, 179.5, 0, -179.5)"
        ).fetchall()
    assert [round(distance, 1) for distance in distances] == [111.2, 20_015.1, 111.2]
