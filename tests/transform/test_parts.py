"""A part has the rows of every usable record of its replies, each other record with its reason, and nothing else."""

from __future__ import annotations

import re

import orjson
import pytest

from extract.landing import LandedReply
from tests.support.made_studies import make_study
from tests.support.warehouses import with_value
from transform.parts import RECORDS, make_part
from transform.shredding.shred import DRIFT, PROBLEMS

SEVEN, EIGHT, NINE = "NCT00000007", "NCT00000008", "NCT00000009"
IDENTIFICATION = "protocolSection.identificationModule"
STATUS = "protocolSection.statusModule.overallStatus"
TITLE = f"{IDENTIFICATION}.briefTitle"
HOLDER = "derivedSection.miscInfoModule.versionHolder"


@pytest.fixture
def land(tmp_path):
    """Return a function that puts a reply on disk: its studies, or its bytes, and the numbers that were asked for."""

    def land(content, *asked, problem=None):
        body = content if isinstance(content, bytes) else orjson.dumps({"studies": content})
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file.write_bytes(body)
        return LandedReply(file, asked, problem)

    return land


def list_records(part, *columns):
    """Return some columns of a part's records."""
    return [tuple(row[column] for column in columns) for row in part.tables["records"].to_pylist()]


def list_rows(part, table):
    """Return the rows of a part's table; none if the part does not have it."""
    return [tuple(row.values()) for row in part.tables[table].to_pylist()] if table in part.tables else []


def list_trials(part):
    """Return the trials that have a row in any table of the catalog."""
    tables = (table for name, table in part.tables.items() if "." in name)
    return {nct_id for table in tables for nct_id in table["nct_id"].to_pylist()}


def test_usable_record_has_its_document_and_rows(land):
    """A record that was asked for and has the right shape has its JSON, its hash and its rows."""
    study = make_study(7, title="Made")
    part = make_part([land([study], SEVEN, EIGHT)])
    ((nct_id, reason, path, raw, document, content_hash),) = list_records(
        part, "nct_id", "reason", "path", "raw", "document", "content_hash"
    )
    assert (nct_id, reason, path, raw) == (SEVEN, None, None, None)
    assert orjson.loads(document) == study
    assert re.fullmatch(r"[0-9a-f]{64}", content_hash)
    assert part.tables["main.trials"]["brief_title"].to_pylist() == ["Made"]
    assert part.unusable == ()


def test_reply_may_be_one_study(land):
    """The reply of a trial's own address is the study itself."""
    assert list_trials(make_part([land(orjson.dumps(make_study(7)), SEVEN)])) == {SEVEN}


@pytest.mark.parametrize(
    ("path", "value", "nct_id", "cause"),
    [
        ("protocolSection.designModule.phases", {}, SEVEN, "protocolSection.designModule.phases[]"),
        (IDENTIFICATION, [], None, f"{IDENTIFICATION}.nctId"),
        (f"{IDENTIFICATION}.nctId", None, None, f"{IDENTIFICATION}.nctId"),
        (f"{IDENTIFICATION}.nctId", NINE, NINE, f"{IDENTIFICATION}.nctId"),
        ("protocolSection", "text", None, f"{IDENTIFICATION}.nctId"),
        ("resultsSection", True, SEVEN, "resultsSection"),
    ],
)  # fmt: skip
def test_odd_record_is_quarantined_alone(land, path, value, nct_id, cause):
    """A record of another shape, of a trial that was not asked for, or without a number has a reason and no rows."""
    odd = with_value(make_study(7), path, value)
    part = make_part([land([make_study(8), odd], SEVEN, EIGHT)])
    (whole, quarantined) = list_records(part, "nct_id", "path", "document", "raw")
    assert (whole[0], quarantined[:3]) == (EIGHT, (nct_id, cause, None))
    assert orjson.loads(quarantined[3]) == odd
    assert list_records(part, "reason")[1][0]
    assert list_trials(part) == {EIGHT}


def test_studies_of_a_reply_may_be_anything(land):
    """What is not an object among the studies is quarantined, and the studies beside it are loaded."""
    part = make_part([land([None, 5, "x", [make_study(9)], make_study(7)], SEVEN)])
    assert list_trials(part) == {SEVEN}
    assert [raw[:9] for _, raw in list_records(part, "reason", "raw")[1:]] == ["null", "5", '"x"', '[{"protoc']


def test_part_of_quarantined_records_alone_has_no_rows(land):
    """A reply without a usable record makes a part without rows, whose tables have their columns."""
    for part in (make_part([land([{}])]), make_part([land([])]), make_part([])):
        assert list_trials(part) == set()
        assert part.tables["records"].schema == RECORDS
        assert part.tables["problems"].schema == PROBLEMS
        assert part.tables["drift"].schema == DRIFT


def test_unreadable_reply_of_one_trial_is_its_quarantined_record(land):
    """A reply that is known to be unreadable becomes a record with the reason and its bytes as text."""
    part = make_part([land(b'{"a":\xff', SEVEN, problem="cut off"), land([make_study(8)], EIGHT)])
    quarantined = list_records(part, "nct_id", "reason", "path", "raw", "document")[1]
    assert quarantined == (SEVEN, "cut off", "", '{"a":\\xff', None)
    assert list_trials(part) == {EIGHT}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"studies":[%s],"studies":[]}', "the key 'studies' is repeated"),
        (b'{"studies":[{"protocolSection":{},"protocolSection":{}},%s]}', "the key 'protocolSection' is repeated"),
        (b'{"studies":[%s', ""),
        (b'{"studies":[%s],"x":NaN}', "NaN is not JSON"),
        (b'{"studies":[%s],"x":' + b"[" * 300 + b"]" * 300 + b"}", "nested too deep to be written"),
        (b"\xff%s", ""),
    ],
)  # fmt: skip
def test_reply_that_cannot_be_read_is_left_out_whole(land, body, reason):
    """A reply with a key twice, or that is not JSON, is named with the reason; the other replies are whole."""
    spoiled = land(body.replace(b"%s", orjson.dumps(make_study(7))), SEVEN)
    part = make_part([land([make_study(8)], EIGHT), spoiled, land([make_study(9)], NINE)])
    ((name, told),) = part.unusable
    assert name == spoiled.file.name
    assert reason in told
    assert list_trials(part) == {EIGHT, NINE}
    assert [nct_id for (nct_id,) in list_records(part, "nct_id")] == [EIGHT, NINE]


def test_missing_file_is_an_error(land):
    """A reply that is no longer on disk is not taken for an empty one."""
    reply = land([], SEVEN)
    reply.file.unlink()
    with pytest.raises(FileNotFoundError):
        make_part([reply])


def test_half_a_surrogate_is_a_lost_character(land):
    """Half of a surrogate pair becomes U+FFFD, in this record alone, and is reported with its path and text."""
    body = orjson.dumps({"studies": [make_study(7, title="half!"), make_study(8)]})
    part = make_part([land(body.replace(b"half!", rb"half \ud83d!"), SEVEN, EIGHT)])
    ((nct_id, table, column, path, text, reason),) = list_rows(part, "problems")
    assert (nct_id, table, column, path, text) == (SEVEN, "raw.studies", "document", TITLE, "half \ufffd!")
    assert "U+FFFD" in reason
    assert max(part.tables["main.trials"]["brief_title"].to_pylist()) == "half \ufffd!"
    assert list_trials(part) == {SEVEN, EIGHT}


def test_lost_characters_in_lists_are_found_where_they_are(land):
    """A replacement character of the registry's own is a problem under the path of its text, once per text."""
    keywords = "protocolSection.conditionsModule.keywords"
    part = make_part([land([with_value(make_study(7), keywords, ["a\ufffd", "b", "\ufffd"])], SEVEN)])
    assert [(row[3], row[4]) for row in list_rows(part, "problems")] == [
        (f"{keywords}[]", "a\ufffd"), (f"{keywords}[]", "\ufffd"),
    ]  # fmt: skip


def test_unknown_keys_and_codes_are_drift(land):
    """A key that the catalog does not know is counted, and a code that no list has is counted with its text."""
    study = with_value(with_value(make_study(7), f"{IDENTIFICATION}.newKey", 1), STATUS, "PAUSED")
    sites = [{"newKey": 1, "facility": "A"}, {"newKey": None}]
    study = with_value(study, "protocolSection.contactsLocationsModule.locations", sites)
    part = make_part([land([study, make_study(8)], SEVEN, EIGHT)])
    assert sorted(list_rows(part, "drift"), key=str) == [
        (SEVEN, "code", STATUS, "PAUSED", 1),
        (SEVEN, "key", "protocolSection.contactsLocationsModule.locations[].newKey", None, 2),
        (SEVEN, "key", f"{IDENTIFICATION}.newKey", None, 1),
    ]
    assert list_trials(part) == {SEVEN, EIGHT}


def test_content_hash_ignores_the_version_holder_and_the_order_of_keys(land):
    """Two records have one hash exactly if they differ only in `versionHolder` and in the order of keys."""
    study = with_value(make_study(7), HOLDER, "2026-01-01")
    other_night = with_value(study, HOLDER, "2026-01-02")
    reordered = dict(reversed(other_night.items()))
    without = with_value(study, "derivedSection.miscInfoModule", {})
    changed = with_value(study, TITLE, "Another")
    hashes = [list_records(make_part([land([each], SEVEN)]), "content_hash")[0] for each in
              (study, other_night, reordered, without, changed)]  # fmt: skip
    assert hashes[0] == hashes[1] == hashes[2] == hashes[3] != hashes[4]


def test_document_keeps_its_version_holder(land):
    """The hash leaves `versionHolder` out, and the document does not."""
    part = make_part([land([with_value(make_study(7), HOLDER, "2026-01-01")], SEVEN)])
    ((document,),) = list_records(part, "document")
    assert orjson.loads(document)["derivedSection"]["miscInfoModule"]["versionHolder"] == "2026-01-01"


def test_of_a_trial_twice_in_a_reply_the_last_record_counts(land):
    """A reply with a trial twice makes the rows of the later record."""
    part = make_part([land([make_study(7, title="First"), make_study(8), make_study(7, title="Last")], SEVEN, EIGHT)])
    titles = dict(
        zip(*(part.tables["main.trials"][name].to_pylist() for name in ("nct_id", "brief_title")), strict=True)
    )
    assert titles[SEVEN] == "Last"
    assert len(list_records(part, "nct_id")) == 2


def test_same_replies_make_the_same_part(land):
    """A part depends on its replies alone: made again, it is equal."""
    replies = [land([make_study(7)], SEVEN), land([make_study(8), {}], EIGHT)]
    first, again = make_part(replies), make_part(replies)
    assert first.tables.keys() == again.tables.keys()
    assert all(first.tables[name].equals(again.tables[name]) for name in first.tables)


def test_known_record_has_no_rows(land):
    """A record that the archive has is only named, without its document; the others of its reply have their rows."""
    reply = land([make_study(7), make_study(8)], SEVEN, EIGHT)
    hashes = dict(list_records(make_part([reply]), "nct_id", "content_hash"))
    part = make_part([reply], {hashes[SEVEN]})
    assert dict(list_records(part, "nct_id", "content_hash")) == hashes
    assert [nct_id for nct_id, document in list_records(part, "nct_id", "document") if document is None] == [SEVEN]
    assert list_trials(part) == {EIGHT}
    assert list_trials(make_part([reply], hashes.values())) == set()
