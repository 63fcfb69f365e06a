"""A reply that is too large or not JSON costs only the record that makes it so."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.client import api
from extract.errors import ReplyTooLarge, ReplyUnreadable
from flows import pipeline
from flows.fetching.batches import MOST_UNUSABLE
from tests.support import faults
from tests.support.made_studies import make_study
from tests.support.warehouses import make_member_study, with_value
from transform.replies import count_quotes

SEVEN = "NCT00000007"
QUARANTINE = "select nct_id, path, reason, decode(raw) from ops.quarantine"
ENROLLMENT = "protocolSection.designModule.enrollmentInfo.count"
ENOUGH = 200
"""More requests than any run of these tests sends."""

NO_JSON = "the reply is complete, but not JSON: "
SPOILT = {
    # The text in the place of a title, and the reason that the quarantine gives.
    "NaN": (b"NaN", NO_JSON + "NaN is not JSON"),
    "Infinity": (b"-Infinity", NO_JSON + "-Infinity is not JSON"),
    "a number without bounds": (b"1e999", NO_JSON + "a number of 5 characters is too large"),
    "thousands of digits": (b"1" * 5000, NO_JSON + "a number of 5000 characters is too large"),
    "brackets without end": (b"[" * 200_000 + b"]" * 200_000, NO_JSON + "nested too deep"),
    "three hundred brackets": (b"[" * 300 + b"]" * 300, "nested too deep to be written"),
    "a key twice": (b'"A", "briefTitle": "B"', "the key 'briefTitle' is repeated"),
    "a key twice, deeper": (b'{"a": [{"\xc3\xa9": 1, "\\u00e9": 2}]}', r"the key '\xe9' is repeated"),
    "a key of quotes twice": (rb'{"\"\\": "\"", "\"\u005c": "\\"}', r"""the key '"\\' is repeated"""),
    "bytes that are not UTF-8": (b'"\xff\xfe"', NO_JSON + "'utf-8' codec can't decode byte 0xff"),
    "junk": (b"1 'A'", NO_JSON + "Expecting ',' delimiter"),
}


def put_in_titles(text):
    """Return a fault for every request: the registry's answer with this text in place of the title SPOILT."""
    return [faults.edited_answer(lambda body: body.replace(b'"SPOILT"', text))] * ENOUGH


def sync_with_faults(warehouse, script):
    """Run a sync whose requests meet these faults, and return its summary."""
    warehouse.server.requests.clear()
    try:
        return warehouse.sync(*script)
    finally:
        warehouse.server.faults.clear()
        assert len(warehouse.server.requests) < ENOUGH


@pytest.mark.quick(2)
@pytest.mark.fault(13, 57)
@pytest.mark.parametrize(("text", "reason"), SPOILT.values(), ids=SPOILT.keys())
def test_one_record_that_is_not_json_is_found_and_quarantined(warehouse, clock, text, reason):
    """If the reply of a batch cannot be read, only the record that causes it is quarantined; the others load."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 7)), make_member_study(7, title="SPOILT"))
    summary = sync_with_faults(warehouse, put_in_titles(text))
    counts = {name: summary[name] for name in ("fetched", "inserted", "quarantined", "newly_set_aside")}
    assert counts == {"fetched": 7, "inserted": 6, "quarantined": 1, "newly_set_aside": 1}
    ((nct_id, path, message, raw),) = warehouse.rows(QUARANTINE)
    assert (nct_id, path) == (SEVEN, "")
    assert message.startswith(reason)
    assert text.decode(errors="backslashreplace") in raw
    healed = warehouse.sync()
    assert (healed["inserted"], healed["quarantined"]) == (1, 0)
    assert warehouse.rows(QUARANTINE) == []


@pytest.mark.quick(1)
@pytest.mark.fault(13)
@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_a_number_too_large_for_its_column_costs_the_value(warehouse, number):
    """A whole number that the column cannot hold is NULL and a problem, and the trial loads."""
    warehouse.serve(with_value(make_member_study(7, title="SPOILT"), ENROLLMENT, 42))
    summary = sync_with_faults(
        warehouse, [faults.edited_answer(lambda body: body.replace(b"42", str(number).encode()))]
    )
    assert (summary["inserted"], summary["problems"], summary["quarantined"]) == (1, 1, 0)
    assert warehouse.rows("select enrollment from trials") == [(None,)]
    ((path, raw),) = warehouse.rows("select path, raw_value from ops.problems")
    assert (path, float(raw)) == (ENROLLMENT, float(number))


@pytest.mark.fault(13)
@pytest.mark.parametrize("index", [0, 1], ids=["version", "listing"])
def test_a_key_twice_in_the_version_or_a_listing_ends_the_run(warehouse, index):
    """An answer with a repeated key is not believed, because nobody can know which value was meant."""
    warehouse.serve(make_member_study(1))
    warehouse.server.faults.extend(
        [*[None] * index, faults.edited_answer(lambda body: body[:-1] + b', "a": 1, "a": 1}')]
    )
    with pytest.raises(ReplyUnreadable, match="the key 'a' is repeated"):
        pipeline.sync(warehouse.job("sync"))
    assert len(warehouse.server.requests) == index + 1


@pytest.mark.quick(1)
@pytest.mark.fault(48)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_a_huge_record_is_found_and_quarantined(warehouse, monkeypatch, compress):
    """A record over the limit is quarantined under its number with its size, and the others of its batch load."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 20_000)
    warehouse.server.compress = compress
    huge = make_member_study(7, title="A" * 30_000)
    warehouse.serve(*(make_member_study(number) for number in range(1, 7)), huge)
    summary = sync_with_faults(warehouse, [])
    assert (summary["fetched"], summary["inserted"], summary["quarantined"]) == (7, 6, 1)
    ((nct_id, _, reason, raw),) = warehouse.rows(QUARANTINE)
    assert (nct_id, raw) == (SEVEN, "")
    assert reason.startswith("the reply is longer than 20,000 bytes")
    reply = b'{"studies":[\n%s\n]}' % orjson.dumps(huge)
    assert compress or reason.endswith(f" ({len(reply):,} are announced)")


@pytest.mark.fault(48)
def test_a_huge_batch_loads_in_parts(warehouse, monkeypatch):
    """Records that are too large only together are requested in smaller batches, and none is quarantined."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 20_000)
    warehouse.serve(*(make_member_study(number, title="A" * 6000) for number in range(1, 12)))
    summary = sync_with_faults(warehouse, [])
    assert (summary["inserted"], summary["quarantined"]) == (11, 0)


@pytest.mark.fault(48)
def test_a_huge_listing_ends_the_run(warehouse, monkeypatch):
    """A page of a listing cannot be halved, so the run ends."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 1000)
    warehouse.serve(*(make_member_study(number) for number in range(1, 12)))
    with pytest.raises(ReplyTooLarge, match="longer than 1,000 bytes"):
        sync_with_faults(warehouse, [])


@pytest.mark.fault(13, 48)
def test_when_nearly_every_record_is_unusable_the_run_ends(warehouse):
    """With more than some single unusable records the registry itself is at fault, and nothing is published."""
    warehouse.serve(*(make_member_study(number, title="SPOILT") for number in range(1, MOST_UNUSABLE + 3)))
    with pytest.raises(ReplyUnreadable, match=r"answer for NCT000000\d\d cannot be read .the key 'a' is repeated"):
        sync_with_faults(warehouse, put_in_titles(b'{"a": 1, "a": 2}'))
    assert not warehouse.path.exists()
    assert warehouse.sync()["inserted"] == MOST_UNUSABLE + 2


@pytest.mark.fault(13, 57)
def test_an_unusable_reply_does_not_prove_a_departure(warehouse, clock):
    """A trial stays in the set if the listing lacks it and its own reply cannot be read."""
    others = [make_member_study(number) for number in range(11, 19)]
    warehouse.serve(*others, make_member_study(7))
    warehouse.sync()
    warehouse.serve(*others, make_study(7, title="SPOILT", conditions=["Another illness"]))
    summary = sync_with_faults(warehouse, put_in_titles(b"NaN"))
    assert (summary["left"], summary["quarantined"]) == (0, 1)
    assert warehouse.rows("select in_condition_set, brief_title from trials where nct_id = $1", SEVEN) == [
        (True, "A trial")
    ]


@pytest.mark.fault(13, 57)
@pytest.mark.parametrize(
    "text", [b"NaN", b'"A", "briefTitle": "B"', b'"\xff"'], ids=["NaN", "a key twice", "not UTF-8"]
)
def test_a_backfill_of_an_unusable_record_fails(warehouse, clock, text):
    """The error says that the record of the requested trial cannot be read."""
    warehouse.serve(make_member_study(7, title="SPOILT"))
    warehouse.server.faults.extend(put_in_titles(text))
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
def test_a_lost_key_shows_in_the_quotes(first, second, key, plain, indent):
    """A text has as many quotes as the same text written again, and more if one of its keys came twice."""
    first, second, key = (json.dumps(part, ensure_ascii=plain, indent=indent) for part in (first, second, key))
    for text, is_lost in ((f'[{{{key} : {first}}}, "{{"]', False), (f"[{{{key} : {first}, {key}: {second}}}]", True)):
        body = text.encode()
        assert (count_quotes(body) > count_quotes(orjson.dumps(orjson.loads(body)))) is is_lost


def write_with_escapes(document, chance):
    """Write a document as JSON, and escape some characters of its texts by their number."""
    if isinstance(document, dict):
        members = [
            f"{write_with_escapes(key, chance)}: {write_with_escapes(value, chance)}" for key, value in document.items()
        ]
        return f"{{{', '.join(members)}}}"
    if isinstance(document, list):
        return f"[{', '.join(write_with_escapes(element, chance) for element in document)}]"
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
def test_no_escape_hides_a_lost_key(first, second, key, chance):
    """With any escapes a text has at least the quotes of the same text written again, and more for a lost key."""
    first, second, key, again = (write_with_escapes(part, chance) for part in (first, second, key, key))
    whole, lost = f"[{{{key}: {first}}}]".encode(), f"[{{{key}: {first}, {again}: {second}}}]".encode()
    assert count_quotes(whole) >= count_quotes(orjson.dumps(orjson.loads(whole)))
    assert count_quotes(lost) > count_quotes(orjson.dumps(orjson.loads(lost)))
