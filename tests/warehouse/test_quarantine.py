"""A record without the shape of a study goes to `ops.quarantine`, and all other records load."""

from __future__ import annotations

import json
from copy import deepcopy
from hashlib import sha256

import orjson
import pytest

from flows import pipeline
from tests.support import faults
from tests.support.warehouses import (
    answer_with_changed_study,
    counts_add_up,
    make_five_members,
    make_member_study,
    with_value,
)
from transform.catalog.files import load_record_shape
from transform.records import find_trials
from transform.replies import read_records

SEVEN = "NCT00000007"
NUMBER = "protocolSection.identificationModule.nctId"
ALIASES = "protocolSection.identificationModule.nctIdAliases"
STATUS = "protocolSection.statusModule"
CONDITIONS = "protocolSection.conditionsModule.conditions"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
PHASES = "protocolSection.designModule.phases"
QUARANTINE = "select nct_id, path, reason, run_id from ops.quarantine order by all"
MISSHAPEN = [
    # path and value in the record; path and reason in ops.quarantine
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
WITHOUT_NUMBER = [
    with_value(make_member_study(7), "protocolSection", None),
    with_value(make_member_study(7), "protocolSection", [1]),
    with_value(make_member_study(7), "protocolSection", "A trial"),
    with_value(make_member_study(7), "protocolSection.identificationModule", {"briefTitle": "A trial"}),
    with_value(make_member_study(7), NUMBER, 7),
]


def answer_with_replaced_records(records):
    """Return the registry's own answer with its first records replaced by these."""

    def replace(body):
        studies = orjson.loads(body)["studies"]
        return orjson.dumps({"studies": [*records, *studies[len(records) :]]})

    return faults.edited_answer(replace)


def answer_with_all_studies(warehouse):
    """Return an answer with every study of the registry, also those not asked for."""
    contents = warehouse.server.contents
    studies = [orjson.loads(contents.get_study(nct_id)) for nct_id in contents.find_studies("", "")]
    return faults.json({"studies": studies})


@pytest.fixture(scope="module")
def with_misshapen_records(make_warehouse):
    """A warehouse after a sync of all records of `MISSHAPEN`, numbered from 1, and five sound trials."""
    made = make_warehouse()
    made.misshapen_records = [
        with_value(make_member_study(number), path, value) for number, (path, value, *_) in enumerate(MISSHAPEN, 1)
    ]
    made.serve(
        *(make_member_study(number) for number in range(1, len(MISSHAPEN) + 1)),
        *(make_member_study(number) for number in range(31, 36)),
    )
    made.run_summary = made.sync(answer_with_replaced_records(made.misshapen_records))
    return made


@pytest.mark.fault(23)
def test_sound_trials_of_the_reply_load(with_misshapen_records):
    """If records of a reply are quarantined, the others load, and every received record is counted."""
    summary = with_misshapen_records.run_summary
    assert (summary["inserted"], summary["quarantined"], summary["newly_set_aside"]) == (
        5,
        len(MISSHAPEN),
        len(MISSHAPEN),
    )
    assert summary["message"] == "5 new; set aside: 9 records."
    assert counts_add_up(summary)
    for table in ("main.trials", "raw.studies", "ctgov.studies", "main.condition_set_members"):
        assert with_misshapen_records.rows(f"select count(*), min(nct_id) from {table}") == [(5, "NCT00000031")]


@pytest.mark.fault(23)
@pytest.mark.parametrize(
    ("number", "misshapen"), list(enumerate(MISSHAPEN, 1)), ids=[f"{m[0]}={m[1]}" for m in MISSHAPEN]
)
def test_misshapen_record_is_quarantined_with_its_path(with_misshapen_records, number, misshapen):
    """A record of the wrong shape is kept with the path and the reason, its bytes and its hash."""
    *_, error_path, reason = misshapen
    query = "select path, reason, run_id, raw, content_hash from ops.quarantine where nct_id = $1"
    ((*row, raw, content_hash),) = with_misshapen_records.rows(query, f"NCT{number:08}")
    record = with_misshapen_records.misshapen_records[number - 1]
    assert row == [error_path, reason, 1]
    assert orjson.loads(raw) == record
    assert content_hash == hash_record(record)


def hash_record(study):
    """Return the SHA-256 of a record with sorted keys and without its `versionHolder`, as the table's comment says."""
    content = deepcopy(study)
    del content["derivedSection"]["miscInfoModule"]["versionHolder"]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


@pytest.mark.fault(23, 24)
def test_records_without_a_number_are_quarantined_with_their_bytes(warehouse):
    """A record without an NCT number is quarantined without a number, and with its bytes."""
    warehouse.serve(*make_five_members(), *(make_member_study(number) for number in range(6, 11)))
    summary = warehouse.sync(answer_with_replaced_records(WITHOUT_NUMBER))
    assert (summary["quarantined"], counts_add_up(summary)) == (5, True)
    assert warehouse.rows(QUARANTINE) == [(None, NUMBER, "the record has no NCT number", 1)] * 5
    kept = [orjson.loads(raw) for (raw,) in warehouse.rows("select raw from ops.quarantine")]
    assert sorted(map(str, kept)) == sorted(map(str, WITHOUT_NUMBER))
    assert warehouse.rows("select count(*) from trials") == [(10,)]


def test_trial_missing_from_a_reply_is_asked_for_alone(warehouse):
    """A trial that a batch leaves out is then found alone, and loaded as a member of the set."""
    warehouse.serve(*make_five_members(make_member_study(7)))
    warehouse.sync(answer_with_changed_study(SEVEN, lambda study: with_value(study, NUMBER, None)))
    assert warehouse.rows("select in_condition_set from trials where nct_id = $1", SEVEN) == [(True,)]


@pytest.mark.fault(24)
def test_record_that_never_has_a_number_does_not_stop_the_run(warehouse):
    """A record without its number, in a batch and alone, is quarantined, and the other trials are published."""
    broken = answer_with_changed_study(SEVEN, lambda study: with_value(study, NUMBER, None))
    warehouse.serve(*make_five_members(make_member_study(7)))
    assert warehouse.sync(broken, broken)["inserted"] == 5


@pytest.mark.fault(24)
def test_record_not_asked_for_is_quarantined(warehouse):
    """A study that the run did not ask for is quarantined, and no other table has a row of it."""
    unrequested = make_member_study(99)

    def with_one_more(body):
        reply = orjson.loads(body)
        return orjson.dumps({**reply, "studies": [unrequested, *reply["studies"]]})

    warehouse.serve(*make_five_members())
    summary = warehouse.sync(faults.edited_answer(with_one_more))
    assert counts_add_up(summary)
    reason = "the record is not one that was asked for"
    assert warehouse.rows(QUARANTINE) == [("NCT00000099", NUMBER, reason, 1)]
    for table in ("main.trials", "ctgov.studies", "ctgov.conditions", "raw.studies", "main.condition_set_members"):
        assert warehouse.rows(f"select count(distinct nct_id) from {table}") == [(5,)]


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    "other", [make_member_study(3), make_member_study(99)], ids=["one of the batch", "one of nowhere"]
)
def test_record_of_another_trial_is_quarantined(warehouse, other):
    """If a trial's own address gives another trial's record, only that record is quarantined."""
    warehouse.serve(*make_five_members(make_member_study(7)))
    summary = warehouse.sync(
        answer_with_changed_study(SEVEN, lambda study: with_value(study, NUMBER, None)), faults.json(other)
    )
    assert (summary["inserted"], counts_add_up(summary)) == (5, True)
    number = other["protocolSection"]["identificationModule"]["nctId"]
    reason = "the record is not one that was asked for"
    assert (number, NUMBER, reason, 1) in warehouse.rows(QUARANTINE)
    assert warehouse.rows("select count(*), count(distinct nct_id), count(brief_title) from trials") == [(5, 5, 5)]


@pytest.mark.fault(24)
def test_record_in_two_batches_loads_once(warehouse, monkeypatch):
    """A record that one batch has without a request, and the next as requested, becomes one trial."""
    monkeypatch.setattr(pipeline, "MAX_IDS_PER_REQUEST", 3)
    warehouse.serve(*make_five_members(make_member_study(7)))
    first = answer_with_all_studies(warehouse)
    summary = warehouse.sync(first)
    assert (summary["inserted"], counts_add_up(summary)) == (6, True)
    assert warehouse.rows("select count(*), count(distinct nct_id), count(brief_title) from trials") == [(6, 6, 6)]


def test_reply_without_any_study(warehouse):
    """If no record of a reply is a study, all are quarantined, and the run continues."""
    warehouse.serve(make_member_study(7))
    summary = warehouse.sync(answer_with_changed_study(SEVEN, lambda study: with_value(study, LOCATIONS, {})))
    assert (summary["outcome"], summary["inserted"], summary["quarantined"]) == ("published", 0, 1)


def test_quarantined_trial_is_tried_again_until_it_is_sound(warehouse):
    """The next sync fetches a quarantined trial again, until the record is sound. Its first sighting is kept."""
    misfit = with_value(make_member_study(7), LOCATIONS, {})
    warehouse.serve(*make_five_members(misfit))
    warehouse.sync()
    warehouse.serve(*make_five_members(misfit))
    again = warehouse.sync()
    assert (again["planned"], again["quarantined"], again["newly_set_aside"]) == (1, 1, 0)
    assert [row[3] for row in warehouse.stored(QUARANTINE)] == [1]
    warehouse.serve(*make_five_members(make_member_study(7)))
    healed = warehouse.sync()
    assert (healed["inserted"], healed["quarantined"], healed["newly_set_aside"]) == (1, 0, 0)
    assert warehouse.rows(QUARANTINE) == []
    assert warehouse.rows("select in_condition_set from trials where nct_id = $1", SEVEN) == [(True,)]


def test_quarantined_trial_is_tried_again_the_same_night(warehouse):
    """The next sync fetches a quarantined trial again, even if the registry still serves the same data."""
    warehouse.serve(*make_five_members(make_member_study(7)))
    assert (
        warehouse.sync(answer_with_changed_study(SEVEN, lambda study: with_value(study, LOCATIONS, {})))["quarantined"]
        == 1
    )
    summary = warehouse.sync()
    assert (summary["outcome"], summary["inserted"], summary["quarantined"]) == ("published", 1, 0)
    assert warehouse.sync()["requests"] == 1


def test_newer_misshapen_record_replaces_the_first(warehouse):
    """Only the newest record of a trial is in quarantine, and it counts as newly set aside."""
    warehouse.serve(*make_five_members(with_value(make_member_study(7), LOCATIONS, {})))
    warehouse.sync()
    warehouse.serve(*make_five_members(with_value(make_member_study(7), PHASES, 1)))
    assert warehouse.sync()["newly_set_aside"] == 1
    assert [(row[1], row[3]) for row in warehouse.rows(QUARANTINE)] == [(f"{PHASES}[]", 2)]


def test_older_good_version_stays(warehouse):
    """A trial keeps its rows while the registry's new record of it is not a study."""
    warehouse.serve(*make_five_members(make_member_study(7, title="Good")))
    warehouse.sync()
    warehouse.serve(
        *make_five_members(with_value(make_member_study(7, title="Bad", updated="2024-02-01"), LOCATIONS, {}))
    )
    summary = warehouse.sync()
    assert (summary["updated"], summary["quarantined"]) == (0, 1)
    assert warehouse.rows("select brief_title, version, in_condition_set from trials where nct_id = $1", SEVEN) == [
        ("Good", 1, True)
    ]
    assert len(warehouse.rows("from ops.quarantine")) == 1
    warehouse.serve(*make_five_members(make_member_study(7, title="Better", updated="2024-02-01")))
    assert warehouse.sync()["updated"] == 1
    assert warehouse.rows("select brief_title, version from trials where nct_id = $1", SEVEN) == [("Better", 2)]
    assert warehouse.rows("from ops.quarantine") == []


@pytest.mark.parametrize("number", ["../../x", "NCT7", "", "NCT00000000", "'; drop table trials", "\ufffd"])
def test_obsolete_number_lets_no_other_text_in(number):
    """A record with an invalid own number is not accepted by its obsolete number: it would stop later syncs."""
    study = with_value(with_value(make_member_study(7), ALIASES, [SEVEN]), NUMBER, number)
    reply = {"studies": [study]}
    ((record,), _) = read_records(reply, [SEVEN], load_record_shape())
    assert (record.nct_id, record.path) == (None, NUMBER)
    trials = find_trials(reply, [SEVEN])
    assert (dict(trials.merged), trials.found) == ({}, frozenset())
