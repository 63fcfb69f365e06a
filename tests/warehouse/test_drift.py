"""Keys and codes that the catalog does not know are found in every record, counted, named, and kept."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.wording import list_facts
from tests.support.warehouses import make_member_study, with_value
from transform.shape import find_shape_error, find_unknown_keys, has_shape, make_shape

NEW = "protocolSection.designModule.newModule"
SITES = "protocolSection.contactsLocationsModule.locations"
MASKING = "protocolSection.designModule.designInfo.maskingInfo.masking"
WHO = "protocolSection.designModule.designInfo.maskingInfo.whoMasked"
SPONSOR = "protocolSection.sponsorCollaboratorsModule.leadSponsor.class"
SHAPE = make_shape(["a.b", "l[].x", "l[].deep[].w", "o[].at.lat", "both[].at.lat", "both[].t[]", "t[]"])
DRIFT = "select kind, path, value, occurrences, example_nct_id from ops.drift order by all"


@pytest.fixture(scope="module")
def drifted(make_warehouse):
    """A warehouse with unknown keys and codes in trials 1 and 2, and none in trial 3."""
    made = make_warehouse()
    first = with_value(make_member_study(1), NEW, {"inner": [1, 2]})
    first = with_value(
        first, SITES, [{"facility": "A", "floor": 3}, {"facility": "B", "floor": None}, {"facility": "C"}]
    )
    second = with_value(
        with_value(make_member_study(2), MASKING, "BLINDFOLD"), WHO, ["PARTICIPANT", "RELATIVES", "RELATIVES"]
    )
    made.serve(first, with_value(with_value(second, SPONSOR, "CLUB"), NEW, {}), make_member_study(3))
    made.run_summary = made.sync()
    return made


def test_unknown_keys_and_codes_are_counted_by_path(drifted):
    """A key counts once for each occurrence, without the keys inside it. A code counts by the path of its field."""
    assert drifted.rows(DRIFT) == [
        ("code", f"{MASKING}", "BLINDFOLD", 1, "NCT00000002"),
        ("code", f"{WHO}[]", "RELATIVES", 2, "NCT00000002"),
        ("code", SPONSOR, "CLUB", 1, "NCT00000002"),
        ("key", f"{SITES}[].floor", None, 2, "NCT00000001"),
        ("key", NEW, None, 2, "NCT00000001"),
    ]


def test_drift_is_reported_and_is_not_a_failure(drifted):
    """The run publishes, counts the drift, names some of it, and sets nothing aside because of it."""
    summary = drifted.run_summary
    assert (summary["outcome"], summary["inserted"], summary["drift"]) == ("published", 3, 5)
    assert (summary["quarantined"], summary["problems"], summary["newly_set_aside"]) == (0, 0, 0)
    assert f"not known to this version (see ops.drift): {SITES}[].floor, {NEW}, " in summary["message"]
    assert summary["message"].endswith(" and 2 more.")
    assert list_facts(summary)["unknown (drift)"] == "5"


def test_record_keeps_unknown_keys_and_codes(drifted):
    """`raw.studies` has the unknown keys, and an unknown code is in its column."""
    query = "select document from raw.studies where nct_id = 'NCT00000001'"
    ((document,),) = drifted.rows(query)
    assert orjson.loads(document)["protocolSection"]["designModule"]["newModule"] == {"inner": [1, 2]}
    assert drifted.rows("select masking, who_masked from ctgov.designs where nct_id = 'NCT00000002'") == [
        ("BLINDFOLD", ["PARTICIPANT", "RELATIVES", "RELATIVES"])
    ]


def test_drift_has_a_first_and_a_last_sighting(warehouse):
    """A later record with the same key moves the last sighting. A key that is gone keeps its row and its sightings."""
    seen = "select first_seen_at, last_seen_at, occurrences, example_nct_id from ops.drift"
    started = "select started_at from ops.runs order by run_id"
    warehouse.serve(with_value(make_member_study(2), NEW, {}))
    warehouse.sync()
    warehouse.serve(with_value(make_member_study(1), NEW, {}), with_value(make_member_study(2), NEW, {}))
    assert warehouse.sync()["drift"] == 1
    (first,), (second,) = warehouse.rows(started)
    assert warehouse.rows(seen) == [(first, second, 2, "NCT00000001")]
    warehouse.serve(make_member_study(1), make_member_study(2))
    assert warehouse.sync(full=True)["drift"] == 0
    assert warehouse.rows(seen) == [(first, second, 2, "NCT00000001")]


def test_unchanged_record_reports_no_drift(warehouse):
    """If a record with drift comes again unchanged, the run reports no drift."""
    warehouse.serve(with_value(make_member_study(1), NEW, {}))
    warehouse.sync()
    summary = warehouse.sync(full=True)
    assert (summary["unchanged"], summary["drift"]) == (1, 0)


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
    """Each occurrence of an unknown key is found, in objects, in lists and in what these contain."""
    assert list(find_unknown_keys(record, SHAPE)) == unknown


LEAVES = st.sampled_from([None, 1, "1"])


def make_objects(**members):
    """Return a strategy for objects with some of these members and unknown ones, or values that are not objects."""
    return st.fixed_dictionaries({}, optional={**members, "new": LEAVES}) | LEAVES


def make_lists(elements):
    """Return a strategy for lists of such elements, or a value that is not a list."""
    return st.lists(elements, max_size=2) | LEAVES


@given(
    make_objects(
        a=make_objects(b=LEAVES),
        l=make_lists(make_objects(x=LEAVES, deep=make_lists(make_objects(w=LEAVES)))),
        o=make_lists(make_objects(at=make_objects(lat=LEAVES))),
        both=make_lists(make_objects(at=make_objects(lat=LEAVES), t=make_lists(LEAVES))),
        t=make_lists(LEAVES),
    )
)
def test_quick_look_agrees_with_the_close_look(record):
    """A record passes the quick look if, and only if, a close look finds no shape error and no unknown key."""
    is_sound = find_shape_error(record, SHAPE) is None and not list(find_unknown_keys(record, SHAPE))
    assert has_shape(record, SHAPE) == is_sound
