"""A reply's studies are taken one after the other, with the same findings as from the whole."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import example, given

from extract.client.reply import parse_json
from extract.client.studies import parse_outline, split_studies
from tests.support.edited_replies import edited_replies, make_reply
from tests.support.made_studies import make_study
from tests.support.warehouses import with_value
from transform.records import find_trials

SEVEN, EIGHT = "NCT00000007", "NCT00000008"
STUDIES = [orjson.dumps(make_study(number)) for number in (7, 8)]
MERGED = with_value(make_study(8), "protocolSection.identificationModule.nctIdAliases", [SEVEN])
WITHHELD = with_value(MERGED, "protocolSection.statusModule.overallStatus", "WITHHELD")


@pytest.mark.parametrize("beginning", [b'{"studies":[\n', b'{"totalCount":2,"studies":['])
@pytest.mark.parametrize(
    ("between", "end"),
    [(b",", b"]}"), (b",\n", b'\n],"nextPageToken":"a"}'), (b" \r\n\t, ", b' ] , "note" : 1 }')],
    ids=["compact", "as the registry", "spaced"],
)
def test_studies_of_a_reply_are_cut_apart(beginning, between, end):
    """Each text is one study, with any whitespace between them and with members before and after the list."""
    texts, envelope = split_studies(beginning + between.join(STUDIES) + end)
    assert [orjson.loads(text) for text in texts] == [make_study(7), make_study(8)]
    assert orjson.loads(envelope) == orjson.loads(beginning + end)


def test_outline_has_the_numbers_the_status_and_the_dates_only():
    """Of each study the outline has what the client asks of a batch and of a page; the rest of the reply is whole."""
    bare = {"protocolSection": {"identificationModule": {"nctId": SEVEN}}}
    body = orjson.dumps({"studies": [WITHHELD, bare], "nextPageToken": "a"})
    withheld = {
        "protocolSection": {
            "identificationModule": {"nctId": EIGHT, "nctIdAliases": [SEVEN]},
            "statusModule": {"overallStatus": "WITHHELD", "lastUpdatePostDateStruct": {"date": "2024-01-31"}},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-10"}},
    }
    nothing_else = {
        "protocolSection": {
            "identificationModule": {"nctId": SEVEN, "nctIdAliases": None},
            "statusModule": {"overallStatus": None, "lastUpdatePostDateStruct": {"date": None}},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": None}},
    }
    assert parse_outline(body) == {"studies": [withheld, nothing_else], "nextPageToken": "a"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"studies":[]}',
        b'{"studies":[1,null]}',
        b'{"studies":[%b,{"protocolSection":{"statusModule":{}}}]}' % STUDIES[0],
        b'{"totalCount":1,"totalCount":1,"studies":[%b]}' % STUDIES[0],
        b'{"note":{"studies":[%b]}}' % STUDIES[0],
        b"[]",
        b'{"studies":[%b],"studies":[]}' % STUDIES[0],
        b'{"studies":[%b]}' % STUDIES[0].replace(b"A trial", b"\\ud800"),
        orjson.dumps(WITHHELD),
    ],
)
def test_outline_of_another_reply_is_the_whole(body):
    """A reply that is not written as the registry writes it is parsed as a whole."""
    assert parse_outline(body) == parse_json(body)


ALL = [*STUDIES, orjson.dumps(WITHHELD)]


@given(body=edited_replies(ALL, [orjson.dumps(MERGED), b',"nctId":"NCT00000009"']))
@example(body=make_reply(ALL))
@example(body=make_reply([b'{"protocolSection":1}', *ALL]))
def test_outline_tells_the_trials_of_the_whole(body):
    """The outline of a reply is refused where the reply is not JSON, and else finds the trials that the whole finds."""
    try:
        whole = parse_json(body)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            parse_outline(body)
        return
    outline = parse_outline(body)
    if outline == whole:
        return
    assert outline.keys() == whole.keys()
    assert len(outline["studies"]) == len(whole["studies"])
    assert find_trials(outline, [SEVEN, EIGHT]) == find_trials(whole, [SEVEN, EIGHT])
