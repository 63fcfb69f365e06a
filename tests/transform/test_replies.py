"""A reply's records are the same whether it is read study by study or as a whole, and no key is lost either way."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import example, given

from extract.client.reply import parse_strictly
from tests.support.edited_replies import edited_replies, make_reply
from tests.support.made_studies import make_study
from transform.catalog.files import load_record_shape
from transform.replies import count_quotes, read_records, read_split_records

SEVEN, EIGHT = "NCT00000007", "NCT00000008"
STUDIES = [orjson.dumps(make_study(number)) for number in (7, 8)]
TITLE = b'"briefTitle":"A trial"'


def read_split(body):
    """Return the records of a reply that is read study by study."""
    return read_split_records(body, [SEVEN, EIGHT], load_record_shape())


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(make_study(7)),
        b'{"studies":[]}',
        b'{"count":2,"studies":[%b]}' % STUDIES[0],
        b'{"studies":[%b%b]}' % tuple(STUDIES),
        b'{"studies":[%b,,%b]}' % tuple(STUDIES),
        b'{"studies":[%b,\x0b%b]}' % tuple(STUDIES),
        b'{"studies":[%b,{"hasResults":true},%b]}' % tuple(STUDIES),
        b'{"studies":[%b,%b}' % tuple(STUDIES),
        b'{"studies":[%b,%b]' % tuple(STUDIES),
        b'{"studies":[%b],"studies":[]}' % STUDIES[0],
        b'{"studies":[%b],"a":1,"a":1}' % STUDIES[0],
        b'{"studies":[%b],"a":["]"]}' % STUDIES[0],
        b'{"studies":[%b]}' % STUDIES[0].replace(TITLE, TITLE + b"," + TITLE),
        b'{"studies":[%b]}' % STUDIES[0].replace(TITLE, TITLE + b',"new":[%b,%b]' % tuple(STUDIES)),
        b'{"studies":[%b]}' % STUDIES[0].replace(b"A trial", b"\\ud800"),
        b'{"studies":[%b]}' % STUDIES[0].replace(b"A trial", b"\xff"),
    ],
)
def test_odd_reply_is_read_as_a_whole(body):
    """A reply of another form, one that is not JSON, and one with a key twice are not read study by study."""
    with pytest.raises(ValueError, match=r"."):
        read_split(body)


@given(body=edited_replies(STUDIES, [TITLE]))
@example(body=make_reply([STUDIES[0], b'{"protocolSection":1}', STUDIES[1]]))
def test_study_by_study_gives_the_records_of_the_whole(body):
    """A reply that is read study by study is JSON without a repeated key, and has the same records as a whole."""
    try:
        records = read_split(body)
    except ValueError:
        return
    whole = parse_strictly(body)
    assert (records, count_quotes(body)) == read_records(whole, [SEVEN, EIGHT], load_record_shape())
