"""Keys and codes that the catalog does not know are found in every record, counted, named, and never lost."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.wording import list_facts
from tests.support.warehouses import ill, put
from transform.shape import find_shape_error, find_unknown_keys, is_of_shape, make_shape

NEW = "protocolSection.designModule.newModule"
SITES = "protocolSection.contactsLocationsModule.locations"
MASKING = "protocolSection.designModule.designInfo.maskingInfo.masking"
WHO = "protocolSection.designModule.designInfo.maskingInfo.whoMasked"
SPONSOR = "protocolSection.sponsorCollaboratorsModule.leadSponsor.class"
SHAPE = make_shape(["a.b", "l[].x", "l[].deep[].w", "o[].at.lat", "both[].at.lat", "both[].t[]", "t[]"])
DRIFT = "select kind, path, value, occurrences, example_nct_id from ops.drift order by all"


@pytest.fixture(scope="module")
def drifted(new_warehouse):
    """A warehouse with unknown keys and codes in trials 1 and 2, and none in trial 3."""
    made = new_warehouse()
    first = put(ill(1), NEW, {"inner": [1, 2]})
    first = put(first, SITES, [{"facility": "A", "floor": 3}, {"facility": "B", "floor": None}, {"facility": "C"}])
    second = put(put(ill(2), MASKING, "BLINDFOLD"), WHO, ["PARTICIPANT", "RELATIVES", "RELATIVES"])
    made.serve(first, put(put(second, SPONSOR, "CLUB"), NEW, {}), ill(3))
    made.report = made.sync()
    return made


def test_unknown_keys_and_codes_are_counted_by_path(drifted):
    """A key counts as often as it stands, what lies beneath it counts no further, and a code counts by its field."""
    assert drifted.rows(DRIFT) == [
        ("code", f"{MASKING}", "BLINDFOLD", 1, "NCT00000002"),
        ("code", f"{WHO}[]", "RELATIVES", 2, "NCT00000002"),
        ("code", SPONSOR, "CLUB", 1, "NCT00000002"),
        ("key", f"{SITES}[].floor", None, 2, "NCT00000001"),
        ("key", NEW, None, 2, "NCT00000001"),
    ]


def test_drift_is_told_and_is_no_failure(drifted):
    """The run publishes, counts what it saw, names some of it, and sets nothing aside for it."""
    report = drifted.report
    assert (report["outcome"], report["inserted"], report["drift"]) == ("published", 3, 5)
    assert (report["quarantined"], report["problems"], report["newly_set_aside"]) == (0, 0, 0)
    assert f"not known to this version (see ops.drift): {SITES}[].floor, {NEW}, " in report["message"]
    assert report["message"].endswith(" and 2 more.")
    assert list_facts(report)["unknown (drift)"] == "5"


def test_the_record_keeps_what_is_unknown(drifted):
    """`raw.studies` has the unknown keys, and a code that is unknown stands in its column."""
    query = "select document from raw.studies where nct_id = 'NCT00000001'"
    ((document,),) = drifted.rows(query)
    assert orjson.loads(document)["protocolSection"]["designModule"]["newModule"] == {"inner": [1, 2]}
    assert drifted.rows("select masking, who_masked from ctgov.designs where nct_id = 'NCT00000002'") == [
        ("BLINDFOLD", ["PARTICIPANT", "RELATIVES", "RELATIVES"])
    ]


def test_drift_has_a_first_and_a_last_sighting(warehouse):
    """A later record with the same key moves the last sighting; what is gone stays, with its sightings."""
    seen = "select first_seen_at, last_seen_at, occurrences, example_nct_id from ops.drift"
    started = "select started_at from ops.runs order by run_id"
    warehouse.serve(put(ill(2), NEW, {}))
    warehouse.sync()
    warehouse.serve(put(ill(1), NEW, {}), put(ill(2), NEW, {}))
    assert warehouse.sync()["drift"] == 1
    (first,), (second,) = warehouse.rows(started)
    assert warehouse.rows(seen) == [(first, second, 2, "NCT00000001")]
    warehouse.serve(ill(1), ill(2))
    assert warehouse.sync(full=True)["drift"] == 0
    assert warehouse.rows(seen) == [(first, second, 2, "NCT00000001")]


def test_an_unchanged_record_is_no_news(warehouse):
    """A record with drift that comes again as it was is unchanged, and the run tells of no drift."""
    warehouse.serve(put(ill(1), NEW, {}))
    warehouse.sync()
    report = warehouse.sync(full=True)
    assert (report["unchanged"], report["drift"]) == (1, 0)


@pytest.mark.parametrize(
    ("record", "unknown"),
    [
        ({}, []),
        ({"a": {"b": 1}, "l": [{"x": 1}, None], "t": ["1"]}, []),
        ({"a": None, "l": None, "t": None}, []),
        ({"a": {"c": 1}}, ["a.c"]),
        ({"l": [{"x": 1, "y": 2}, {"y": 3}]}, ["l[].y", "l[].y"]),
        ({"l": [None, {"deep": [{"z": 1}]}]}, ["l[].deep[].z"]),
        ({"l": [{"deep": [{"z": 1}]}]}, ["l[].deep[].z"]),
        ({"o": [{"at": {"z": 1}}]}, ["o[].at.z"]),
        ({"new": {"deeper": 1}}, ["new"]),
    ],
)
def test_unknown_keys_are_found_at_any_depth(record, unknown):
    """An unknown key is found as often as it stands, in objects, in lists and in what they hold."""
    assert list(find_unknown_keys(record, SHAPE)) == unknown


LEAVES = st.sampled_from([None, 1, "1"])


def objects(**members):
    """Objects with some of these members, now and then an unknown one, or something that is no object."""
    return st.fixed_dictionaries({}, optional={**members, "new": LEAVES}) | LEAVES


def lists(elements):
    """Lists of such elements, or something that is no list."""
    return st.lists(elements, max_size=2) | LEAVES


@given(
    objects(
        a=objects(b=LEAVES),
        l=lists(objects(x=LEAVES, deep=lists(objects(w=LEAVES)))),
        o=lists(objects(at=objects(lat=LEAVES))),
        both=lists(objects(at=objects(lat=LEAVES), t=lists(LEAVES))),
        t=lists(LEAVES),
    )
)
def test_the_quick_look_sees_what_the_close_one_finds(record):
    """A record passes quickly if, and only if, a close look finds everything in its place and no unknown key."""
    is_sound = find_shape_error(record, SHAPE) is None and not list(find_unknown_keys(record, SHAPE))
    assert is_of_shape(record, SHAPE) == is_sound
