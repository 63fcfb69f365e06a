"""A record that is not the shape of a study goes to `ops.quarantine`, and nothing else suffers for it."""

from __future__ import annotations

import json
from copy import deepcopy
from hashlib import sha256

import orjson
import pytest

from flows import pipeline
from tests.support import faults
from tests.support.warehouses import adds_up, altered, five, ill, put
from transform.catalog.model import load_record_shape
from transform.records import read_reply

SEVEN = "NCT00000007"
NUMBER = "protocolSection.identificationModule.nctId"
ALIASES = "protocolSection.identificationModule.nctIdAliases"
STATUS = "protocolSection.statusModule"
CONDITIONS = "protocolSection.conditionsModule.conditions"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
PHASES = "protocolSection.designModule.phases"
QUARANTINE = "select nct_id, path, reason, run_id from ops.quarantine order by all"
MISFITS = [
    # what stands where, the path and the reason that are noted
    (LOCATIONS, {"facility": "A"}, f"{LOCATIONS}[]", "a list belongs there, and the record has an object"),
    (LOCATIONS, ["A"], f"{LOCATIONS}[]", "an object belongs there, and the record has a text"),
    (LOCATIONS, [{"geoPoint": [1]}], f"{LOCATIONS}[].geoPoint", "an object belongs there, and the record has a list"),
    (CONDITIONS, "ACLF", f"{CONDITIONS}[]", "a list belongs there, and the record has a text"),
    (ALIASES, 5, f"{ALIASES}[]", "a list belongs there, and the record has a number"),
    (ALIASES, {"a": 1}, f"{ALIASES}[]", "a list belongs there, and the record has an object"),
    (PHASES, 2, f"{PHASES}[]", "a list belongs there, and the record has a number"),
    (STATUS, [], STATUS, "an object belongs there, and the record has a list"),
    (STATUS, True, STATUS, "an object belongs there, and the record has true or false"),
]
NUMBERLESS = [
    put(ill(7), "protocolSection", None),
    put(ill(7), "protocolSection", [1]),
    put(ill(7), "protocolSection", "A trial"),
    put(ill(7), "protocolSection.identificationModule", {"briefTitle": "A trial"}),
    put(ill(7), NUMBER, 7),
]


def replaced(records):
    """The registry's own answer with these records at the beginning of its list, in place of as many others."""

    def replace(body):
        studies = orjson.loads(body)["studies"]
        return orjson.dumps({"studies": [*records, *studies[len(records) :]]})

    return faults.edited(replace)


def replaced_by_all(warehouse):
    """An answer with every study of the registry, whatever was asked for."""
    contents = warehouse.server.contents
    studies = [orjson.loads(contents.study(nct_id)) for nct_id in contents.matching("", "")]
    return faults.json({"studies": studies})


@pytest.fixture(scope="module")
def with_misfits(new_warehouse):
    """A warehouse that was given each of `MISFITS`, numbered from 1, and five sound trials."""
    made = new_warehouse()
    made.misfits = [put(ill(number), path, value) for number, (path, value, *_) in enumerate(MISFITS, 1)]
    made.serve(*(ill(number) for number in range(1, len(MISFITS) + 1)), *(ill(number) for number in range(31, 36)))
    made.report = made.sync(replaced(made.misfits))
    return made


@pytest.mark.fault(23)
def test_the_sound_trials_of_the_reply_load(with_misfits):
    """However many records of a reply are set aside, the others load, and each one received is accounted for."""
    report = with_misfits.report
    assert (report["inserted"], report["quarantined"], report["newly_set_aside"]) == (5, len(MISFITS), len(MISFITS))
    assert report["message"] == "5 new; set aside: 9 records."
    assert adds_up(report)
    for table in ("main.trials", "raw.studies", "ctgov.studies", "main.condition_set_members"):
        assert with_misfits.rows(f"select count(*), min(nct_id) from {table}") == [(5, "NCT00000031")]


@pytest.mark.fault(23)
@pytest.mark.parametrize(("number", "misfit"), list(enumerate(MISFITS, 1)), ids=[f"{m[0]}={m[1]}" for m in MISFITS])
def test_a_misfit_is_set_aside_with_its_place(with_misfits, number, misfit):
    """What has the wrong shape is kept with the path and the reason, its bytes and their hash."""
    *_, stands_at, reason = misfit
    query = "select path, reason, run_id, raw, content_hash from ops.quarantine where nct_id = $1"
    ((*told, raw, content_hash),) = with_misfits.rows(query, f"NCT{number:08}")
    record = with_misfits.misfits[number - 1]
    assert told == [stands_at, reason, 1]
    assert orjson.loads(raw) == record
    assert content_hash == hashed(record)


def hashed(study):
    """SHA-256 of a record with sorted keys and without its `versionHolder`, as the table's comment tells."""
    content = deepcopy(study)
    del content["derivedSection"]["miscInfoModule"]["versionHolder"]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


@pytest.mark.fault(23, 24)
def test_records_without_a_number_are_set_aside_with_their_bytes(warehouse):
    """A record that does not say which trial it is has no number in quarantine either, and its bytes to look into."""
    warehouse.serve(*five(), *(ill(number) for number in range(6, 11)))
    report = warehouse.sync(replaced(NUMBERLESS))
    assert (report["quarantined"], adds_up(report)) == (5, True)
    assert warehouse.rows(QUARANTINE) == [(None, NUMBER, "the record has no NCT number", 1)] * 5
    kept = [orjson.loads(raw) for (raw,) in warehouse.rows("select raw from ops.quarantine")]
    assert sorted(map(str, kept)) == sorted(map(str, NUMBERLESS))
    assert warehouse.rows("select count(*) from trials") == [(10,)]


def test_a_trial_that_one_reply_lacks_is_asked_for_alone(warehouse):
    """Left out of a batch and then found, a trial is loaded as the member of the set that it is."""
    warehouse.serve(*five(ill(7)))
    warehouse.sync(altered(SEVEN, lambda study: put(study, NUMBER, None)))
    assert warehouse.rows("select in_condition_set from trials where nct_id = $1", SEVEN) == [(True,)]


@pytest.mark.fault(24)
def test_a_record_that_never_has_a_number_does_not_stop_the_run(warehouse):
    """A record without its number in a batch and alone is set aside, and the other trials are published."""
    broken = altered(SEVEN, lambda study: put(study, NUMBER, None))
    warehouse.serve(*five(ill(7)))
    assert warehouse.sync(broken, broken)["inserted"] == 5


@pytest.mark.fault(24)
def test_a_record_that_nobody_asked_for_is_set_aside(warehouse):
    """A study beside those asked for is kept in quarantine and gets no row in any other table."""
    uncalled = ill(99)

    def with_one_more(body):
        reply = orjson.loads(body)
        return orjson.dumps({**reply, "studies": [uncalled, *reply["studies"]]})

    warehouse.serve(*five())
    report = warehouse.sync(faults.edited(with_one_more))
    assert adds_up(report)
    reason = "the record is not one that was asked for"
    assert warehouse.rows(QUARANTINE) == [("NCT00000099", NUMBER, reason, 1)]
    for table in ("main.trials", "ctgov.studies", "ctgov.conditions", "raw.studies", "main.condition_set_members"):
        assert warehouse.rows(f"select count(distinct nct_id) from {table}") == [(5,)]


@pytest.mark.fault(24)
@pytest.mark.parametrize("other", [ill(3), ill(99)], ids=["one of the batch", "one of nowhere"])
def test_another_record_than_the_one_asked_for_is_set_aside(warehouse, other):
    """A trial that a batch left out, and whose own address gives another's record, costs that record alone."""
    warehouse.serve(*five(ill(7)))
    report = warehouse.sync(altered(SEVEN, lambda study: put(study, NUMBER, None)), faults.json(other))
    assert (report["inserted"], adds_up(report)) == (5, True)
    number = other["protocolSection"]["identificationModule"]["nctId"]
    reason = "the record is not one that was asked for"
    assert (number, NUMBER, reason, 1) in warehouse.rows(QUARANTINE)
    assert warehouse.rows("select count(*), count(distinct nct_id), count(brief_title) from trials") == [(5, 5, 5)]


@pytest.mark.fault(24)
def test_a_record_that_comes_with_another_batch_too_loads_once(warehouse, monkeypatch):
    """A record that one batch has uncalled for, and the next as it was asked for, is one trial."""
    monkeypatch.setattr(pipeline, "MAX_IDS_PER_REQUEST", 3)
    warehouse.serve(*five(ill(7)))
    first = replaced_by_all(warehouse)
    report = warehouse.sync(first)
    assert (report["inserted"], adds_up(report)) == (6, True)
    assert warehouse.rows("select count(*), count(distinct nct_id), count(brief_title) from trials") == [(6, 6, 6)]


def test_a_reply_of_nothing_but_misfits(warehouse):
    """Where no record of a reply is a study, all are set aside, and the run goes on."""
    warehouse.serve(ill(7))
    report = warehouse.sync(altered(SEVEN, lambda study: put(study, LOCATIONS, {})))
    assert (report["outcome"], report["inserted"], report["quarantined"]) == ("published", 0, 1)


def test_a_trial_set_aside_is_tried_again_and_heals(warehouse):
    """A trial in quarantine is fetched at the next sync, keeps its first sighting, and leaves once it is sound."""
    misfit = put(ill(7), LOCATIONS, {})
    warehouse.serve(*five(misfit))
    warehouse.sync()
    warehouse.serve(*five(misfit))
    again = warehouse.sync()
    assert (again["planned"], again["quarantined"], again["newly_set_aside"]) == (1, 1, 0)
    assert [row[3] for row in warehouse.stored(QUARANTINE)] == [1]
    warehouse.serve(*five(ill(7)))
    healed = warehouse.sync()
    assert (healed["inserted"], healed["quarantined"], healed["newly_set_aside"]) == (1, 0, 0)
    assert warehouse.rows(QUARANTINE) == []
    assert warehouse.rows("select in_condition_set from trials where nct_id = $1", SEVEN) == [(True,)]


def test_a_trial_set_aside_is_tried_again_the_same_night(warehouse):
    """A trial in quarantine is fetched at the next sync even where the registry's data are still the same."""
    warehouse.serve(*five(ill(7)))
    assert warehouse.sync(altered(SEVEN, lambda study: put(study, LOCATIONS, {})))["quarantined"] == 1
    report = warehouse.sync()
    assert (report["outcome"], report["inserted"], report["quarantined"]) == ("published", 1, 0)
    assert warehouse.sync()["requests"] == 1


def test_another_misfit_takes_the_place_of_the_first(warehouse):
    """Of one trial only the newest record is in quarantine, and a new one counts as newly set aside."""
    warehouse.serve(*five(put(ill(7), LOCATIONS, {})))
    warehouse.sync()
    warehouse.serve(*five(put(ill(7), PHASES, 1)))
    assert warehouse.sync()["newly_set_aside"] == 1
    assert [(row[1], row[3]) for row in warehouse.rows(QUARANTINE)] == [(f"{PHASES}[]", 2)]


def test_the_older_good_version_stays(warehouse):
    """A trial that we hold keeps its rows while the registry's new record of it is no study."""
    warehouse.serve(*five(ill(7, title="Good")))
    warehouse.sync()
    warehouse.serve(*five(put(ill(7, title="Bad", updated="2024-02-01"), LOCATIONS, {})))
    report = warehouse.sync()
    assert (report["updated"], report["quarantined"]) == (0, 1)
    assert warehouse.rows("select brief_title, version, in_condition_set from trials where nct_id = $1", SEVEN) == [
        ("Good", 1, True)
    ]
    assert len(warehouse.rows("from ops.quarantine")) == 1
    warehouse.serve(*five(ill(7, title="Better", updated="2024-02-01")))
    assert warehouse.sync()["updated"] == 1
    assert warehouse.rows("select brief_title, version from trials where nct_id = $1", SEVEN) == [("Better", 2)]
    assert warehouse.rows("from ops.quarantine") == []


@pytest.mark.parametrize("number", ["../../x", "NCT7", "", "NCT00000000", "'; drop table trials", "\ufffd"])
def test_an_obsolete_number_lets_no_other_text_in(number):
    """A record whose own number is none does not get in by an obsolete one; in a table it would stop later syncs."""
    study = put(put(ill(7), ALIASES, [SEVEN]), NUMBER, number)
    reading = read_reply({"studies": [study]}, [SEVEN], load_record_shape())
    (line,) = map(orjson.loads, reading.lines)
    assert line["nct_id"] is None
    assert line["path"] in {NUMBER, ""}
    assert (dict(reading.merged), reading.found) == ({}, frozenset())
