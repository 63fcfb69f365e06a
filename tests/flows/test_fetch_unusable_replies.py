"""A reply that is too large, or no JSON, costs the record that makes it so, and nothing beside it."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.client import api
from extract.errors import ReplyTooLarge, ReplyUnreadable
from flows import pipeline
from flows.fetch import MOST_UNUSABLE
from tests.support import faults
from tests.support.made_studies import made_study
from tests.support.warehouses import ill, put
from transform.records import count_quotes

SEVEN = "NCT00000007"
QUARANTINE = "select nct_id, path, reason, decode(raw) from ops.quarantine"
ENROLLMENT = "protocolSection.designModule.enrollmentInfo.count"
ENOUGH = 200
"""More requests than any run of these tests sends."""

NO_JSON = "the reply is whole, and no JSON: "
SPOILT = {
    # what stands in the place of a title, and what is said of it
    "NaN": (b"NaN", NO_JSON + "NaN is not JSON"),
    "Infinity": (b"-Infinity", NO_JSON + "-Infinity is not JSON"),
    "a number without bounds": (b"1e999", NO_JSON + "a number of 5 characters is beyond all bounds"),
    "thousands of digits": (b"1" * 5000, NO_JSON + "a number of 5000 characters is beyond all bounds"),
    "brackets without end": (b"[" * 200_000 + b"]" * 200_000, NO_JSON + "nested beyond reason"),
    "three hundred brackets": (b"[" * 300 + b"]" * 300, "nested too deep to be written"),
    "a key twice": (b'"A", "briefTitle": "B"', "the key 'briefTitle' stands twice"),
    "a key twice, deeper": (b'{"a": [{"\xc3\xa9": 1, "\\u00e9": 2}]}', r"the key '\xe9' stands twice"),
    "a key of quotes twice": (rb'{"\"\\": "\"", "\"\u005c": "\\"}', r"""the key '"\\' stands twice"""),
    "bytes that are no UTF-8": (b'"\xff\xfe"', NO_JSON + "'utf-8' codec can't decode byte 0xff"),
    "junk": (b"1 'A'", NO_JSON + "Expecting ',' delimiter"),
}


def spoilt(text):
    """Every answer of the registry, with this text where a record has the title SPOILT."""
    return [faults.edited(lambda body: body.replace(b'"SPOILT"', text))] * ENOUGH


def synced(warehouse, script):
    """A sync of which every request is met by a fault."""
    warehouse.server.requests.clear()
    try:
        return warehouse.sync(*script)
    finally:
        warehouse.server.faults.clear()
        assert len(warehouse.server.requests) < ENOUGH


@pytest.mark.quick(2)
@pytest.mark.fault(13, 57)
@pytest.mark.parametrize(("text", "reason"), SPOILT.values(), ids=SPOILT.keys())
def test_one_record_that_is_no_json_is_found_and_set_aside(warehouse, clock, text, reason):
    """Of a batch whose reply no parser may believe, only the record that makes it so is set aside; the others load."""
    warehouse.serve(*(ill(number) for number in range(1, 7)), ill(7, title="SPOILT"))
    report = synced(warehouse, spoilt(text))
    counts = {name: report[name] for name in ("fetched", "inserted", "quarantined", "newly_set_aside")}
    assert counts == {"fetched": 7, "inserted": 6, "quarantined": 1, "newly_set_aside": 1}
    ((nct_id, path, told, raw),) = warehouse.rows(QUARANTINE)
    assert (nct_id, path) == (SEVEN, "")
    assert told.startswith(reason)
    assert text.decode(errors="backslashreplace") in raw
    healed = warehouse.sync()
    assert (healed["inserted"], healed["quarantined"]) == (1, 0)
    assert warehouse.rows(QUARANTINE) == []


@pytest.mark.quick(1)
@pytest.mark.fault(13)
@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_a_number_too_large_for_its_column_costs_the_value(warehouse, number):
    """A whole number that no column can hold is NULL there and flagged, and the trial loads."""
    warehouse.serve(put(ill(7, title="SPOILT"), ENROLLMENT, 42))
    report = synced(warehouse, [faults.edited(lambda body: body.replace(b"42", str(number).encode()))])
    assert (report["inserted"], report["problems"], report["quarantined"]) == (1, 1, 0)
    assert warehouse.rows("select enrollment from trials") == [(None,)]
    ((path, raw),) = warehouse.rows("select path, raw_value from ops.problems")
    assert (path, float(raw)) == (ENROLLMENT, float(number))


@pytest.mark.fault(13)
@pytest.mark.parametrize("place", [0, 1], ids=["version", "listing"])
def test_a_key_twice_in_the_version_or_a_listing_ends_the_run(warehouse, place):
    """Which of two values the registry meant nobody knows: no such answer is believed."""
    warehouse.serve(ill(1))
    warehouse.server.faults.extend([*[None] * place, faults.edited(lambda body: body[:-1] + b', "a": 1, "a": 1}')])
    with pytest.raises(ReplyUnreadable, match="the key 'a' stands twice"):
        pipeline.sync(warehouse.job("sync"))
    assert len(warehouse.server.requests) == place + 1


@pytest.mark.quick(1)
@pytest.mark.fault(48)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_a_record_of_enormous_size_is_found_and_set_aside(warehouse, monkeypatch, compress):
    """A record over the limit is set aside under its number with its size, and all others of its batch load."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 20_000)
    warehouse.server.compress = compress
    huge = ill(7, title="A" * 30_000)
    warehouse.serve(*(ill(number) for number in range(1, 7)), huge)
    report = synced(warehouse, [])
    assert (report["fetched"], report["inserted"], report["quarantined"]) == (7, 6, 1)
    ((nct_id, _, reason, raw),) = warehouse.rows(QUARANTINE)
    assert (nct_id, raw) == (SEVEN, "")
    assert reason.startswith("the reply is longer than 20,000 bytes")
    reply = b'{"studies":[\n%s\n]}' % orjson.dumps(huge)
    assert compress or reason.endswith(f" ({len(reply):,} are announced)")


@pytest.mark.fault(48)
def test_a_batch_of_enormous_size_loads_in_parts(warehouse, monkeypatch):
    """Records that are too much only together are asked for in smaller batches, and none is set aside."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 20_000)
    warehouse.serve(*(ill(number, title="A" * 6000) for number in range(1, 12)))
    report = synced(warehouse, [])
    assert (report["inserted"], report["quarantined"]) == (11, 0)


@pytest.mark.fault(48)
def test_a_listing_of_enormous_size_ends_the_run(warehouse, monkeypatch):
    """A page of a listing has no halves: the run ends."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 1000)
    warehouse.serve(*(ill(number) for number in range(1, 12)))
    with pytest.raises(ReplyTooLarge, match="longer than 1,000 bytes"):
        synced(warehouse, [])


@pytest.mark.fault(13, 48)
def test_when_nearly_every_record_is_unusable_the_run_ends(warehouse):
    """Beyond some single records it is the registry's own fault: nothing is published."""
    warehouse.serve(*(ill(number, title="SPOILT") for number in range(1, MOST_UNUSABLE + 3)))
    with pytest.raises(ReplyUnreadable, match=r"answer for NCT000000\d\d cannot be read .the key 'a' stands twice"):
        synced(warehouse, spoilt(b'{"a": 1, "a": 2}'))
    assert not warehouse.path.exists()
    assert warehouse.sync()["inserted"] == MOST_UNUSABLE + 2


@pytest.mark.fault(13, 57)
def test_an_unusable_reply_proves_no_leave(warehouse, clock):
    """A trial that is missing from the listing, and whose own reply cannot be read, stays in the set."""
    others = [ill(number) for number in range(11, 19)]
    warehouse.serve(*others, ill(7))
    warehouse.sync()
    warehouse.serve(*others, made_study(7, title="SPOILT", conditions=["Another illness"]))
    report = synced(warehouse, spoilt(b"NaN"))
    assert (report["left"], report["quarantined"]) == (0, 1)
    assert warehouse.rows("select in_condition_set, brief_title from trials where nct_id = $1", SEVEN) == [
        (True, "A trial")
    ]


@pytest.mark.fault(13, 57)
@pytest.mark.parametrize("text", [b"NaN", b'"A", "briefTitle": "B"', b'"\xff"'], ids=["NaN", "a key twice", "no UTF-8"])
def test_a_backfill_of_an_unusable_record_ends(warehouse, clock, text):
    """Who asks for a trial is told that its record cannot be read."""
    warehouse.serve(ill(7, title="SPOILT"))
    warehouse.server.faults.extend(spoilt(text))
    with pytest.raises(ReplyUnreadable, match=SEVEN):
        warehouse.backfill(SEVEN)
    assert not warehouse.path.exists()


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.text(alphabet='"\\u{}[]:, a')
DOCUMENTS = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63) | st.booleans() | st.none(),
    lambda part: st.lists(part) | st.dictionaries(TEXTS, part),
)


@pytest.mark.fault(13)
@given(first=DOCUMENTS, second=DOCUMENTS, key=TEXTS, plain=st.booleans(), indent=st.sampled_from([None, 0, 2]))
def test_no_key_is_lost_unnoticed(first, second, key, plain, indent):
    """A text has as many quotes as when it is written anew, and more where a key of it stood twice."""
    first, second, key = (json.dumps(part, ensure_ascii=plain, indent=indent) for part in (first, second, key))
    for text, is_lost in ((f'[{{{key} : {first}}}, "{{"]', False), (f"[{{{key} : {first}, {key}: {second}}}]", True)):
        body = text.encode()
        assert (count_quotes(body) > count_quotes(orjson.dumps(orjson.loads(body)))) is is_lost


def spelt(document, chance):
    """A document as JSON, each character of its texts as it is or, now and then, by its number."""
    if isinstance(document, dict):
        return f"{{{', '.join(f'{spelt(key, chance)}: {spelt(value, chance)}' for key, value in document.items())}}}"
    if isinstance(document, list):
        return f"[{', '.join(spelt(element, chance) for element in document)}]"
    if isinstance(document, str):
        letters = (
            f"\\u{ord(letter):04x}"
            if letter < "\U00010000" and chance.random() < 0.3
            else json.dumps(letter, ensure_ascii=False)[1:-1]
            for letter in document
        )
        return f'"{"".join(letters)}"'
    return json.dumps(document)


@pytest.mark.fault(13)
@given(first=DOCUMENTS, second=DOCUMENTS, key=TEXTS, chance=st.randoms())
def test_no_spelling_hides_a_lost_key(first, second, key, chance):
    """However its quotes are spelt, a text has at least those that it has written anew, and more for a lost key."""
    first, second, key, again = (spelt(part, chance) for part in (first, second, key, key))
    whole, lost = f"[{{{key}: {first}}}]".encode(), f"[{{{key}: {first}, {again}: {second}}}]".encode()
    assert count_quotes(whole) >= count_quotes(orjson.dumps(orjson.loads(whole)))
    assert count_quotes(lost) > count_quotes(orjson.dumps(orjson.loads(lost)))
