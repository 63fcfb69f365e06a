"""A reply's records are told apart by their own numbers, and a merged trial by the record that names it."""

from __future__ import annotations

import orjson
import pytest

from tests.support.made_studies import make_study
from tests.support.warehouses import with_value
from transform.catalog.files import load_record_shape
from transform.records import find_trials, make_unreadable_record
from transform.replies import count_quotes, read_records

SEVEN, EIGHT = "NCT00000007", "NCT00000008"
NUMBER = "protocolSection.identificationModule.nctId"
ALIASES = "protocolSection.identificationModule.nctIdAliases"
STATUS = "protocolSection.statusModule.overallStatus"


def read(studies, *accepted):
    """Return the records of a reply with these studies."""
    records, _ = read_records({"studies": studies}, accepted, load_record_shape())
    return records


def test_trials_of_a_reply_are_found_by_their_numbers():
    """A requested trial is found if the reply has its record; another trial's record finds nothing."""
    trials = find_trials({"studies": [make_study(7), make_study(9)]}, [SEVEN, EIGHT])
    assert (trials.found, dict(trials.merged), trials.withheld) == ({SEVEN}, {}, frozenset())


def test_merged_trial_is_found_in_the_record_that_names_it():
    """A requested number that another record lists as obsolete was merged into it, and that record is found."""
    trials = find_trials({"studies": [with_value(make_study(8), ALIASES, [SEVEN, "NCT00000001"])]}, [SEVEN])
    assert (trials.found, dict(trials.merged)) == ({EIGHT}, {SEVEN: EIGHT})


def test_number_with_a_record_of_its_own_is_not_merged():
    """A number that the reply has a record of is not merged, even if another record lists it."""
    studies = [with_value(make_study(8), ALIASES, [SEVEN]), make_study(7)]
    trials = find_trials({"studies": studies}, [SEVEN, EIGHT])
    assert (trials.found, dict(trials.merged)) == ({SEVEN, EIGHT}, {})


@pytest.mark.parametrize("aliases", ["NCT00000007", {"a": 1}, 5, None, [None, 5, {}]])
def test_odd_list_of_obsolete_numbers_merges_nothing(aliases):
    """What is not a list of texts names no obsolete number."""
    trials = find_trials({"studies": [with_value(make_study(8), ALIASES, aliases)]}, {SEVEN})
    assert (trials.found, dict(trials.merged)) == (frozenset(), {})


def test_withheld_trials_are_named():
    """A record whose status is WITHHELD is of a withheld trial."""
    trials = find_trials({"studies": [with_value(make_study(7), STATUS, "WITHHELD"), make_study(8)]}, [SEVEN, EIGHT])
    assert trials.withheld == {SEVEN}


@pytest.mark.parametrize("number", ["../../x", "NCT7", "", "NCT00000000", "'; drop table trials", "\ufffd"])
def test_obsolete_number_lets_no_other_text_in(number):
    """A record with an invalid own number is not accepted by its obsolete number: it would stop later syncs."""
    study = with_value(with_value(make_study(7), ALIASES, [SEVEN]), NUMBER, number)
    trials = find_trials({"studies": [study]}, [SEVEN])
    assert (dict(trials.merged), trials.found) == ({}, frozenset())
    (record,) = read([study], SEVEN)
    assert (record.nct_id, record.document) == (None, None)
    assert record.path == NUMBER


def test_records_without_a_number_do_not_replace_each_other():
    """Two records without a number are two quarantined records."""
    assert [record.raw for record in read([{}, {"hasResults": True}, {}])] == ["{}", '{"hasResults":true}', "{}"]


def test_quotes_differ_exactly_where_a_key_was_dropped():
    """The reply has more quotes than its records written again only if the parser dropped a key."""
    study = with_value(make_study(7, title='a "quoted" \\ back\\\\slash\\'), "protocolSection.x", {"\\": '"'})
    body = orjson.dumps({"studies": [study], "note": "\\"})
    _, quote_count = read_records(orjson.loads(body), [SEVEN], load_record_shape())
    assert count_quotes(body) == quote_count
    twice = body.replace(b'"note":', b'"note":"","note":')
    assert count_quotes(twice) > read_records(orjson.loads(twice), [SEVEN], load_record_shape())[1]


def test_unreadable_record_keeps_its_bytes_as_text():
    """The bytes of an unreadable reply are its text, and its hash is of them; of no bytes, it is of the reason."""
    record = make_unreadable_record(SEVEN, "cut off", b"a\xff")
    assert (record.nct_id, record.reason, record.path, record.raw) == (SEVEN, "cut off", "", "a\\xff")
    assert record.document is None
    empty = [make_unreadable_record(SEVEN, reason, b"").content_hash for reason in ("one", "other")]
    assert len({record.content_hash, *empty}) == 3
