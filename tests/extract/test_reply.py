"""A reply that is not JSON is requested again, and in the end described in one line."""

from __future__ import annotations

import orjson
import pytest

from extract.client.reply import cut_excerpt, parse_json, parse_strictly
from extract.errors import RegistryUnreachable, ReplyUnreadable
from tests.support import faults
from tests.support.clients import STUDIES, fetch_studies


def replace_title(text):
    """Return a fault that puts raw JSON text in the place of the first study's title."""
    return faults.edited_answer(lambda body: body.replace(b'"A trial"', text))


@pytest.mark.fault(13, 57)
@pytest.mark.parametrize("text", [b"NaN", b'"\xff"', b"[" * 200_000 + b"]" * 200_000], ids=["NaN", "not UTF-8", "deep"])
def test_a_reply_that_is_never_json_is_kept(text):
    """A complete reply that is not JSON in every attempt ends the request, and the error keeps the reply."""
    with pytest.raises(ReplyUnreadable, match=r"6 attempts .* the reply is complete, but not JSON: ") as caught:
        fetch_studies(*[replace_title(text)] * 6)
    assert text in caught.value.reply


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "body", [b"{", b'{"studies": [{"a": {"b": 1}', b'{"studies": [{}]', b"[1, 2]}", b"\xef\xbb\xbf{}"]
)
def test_a_reply_that_is_cut_off_belongs_to_no_record(body):
    """A reply that is cut off, even after a bracket, or begins in another way, is incomplete and not a bad record."""
    with pytest.raises(RegistryUnreachable, match="the reply is not complete JSON: it begins with"):
        fetch_studies(*[faults.edited_answer(lambda _: body)] * 6)


@pytest.mark.fault(13, 57)
@pytest.mark.parametrize(
    "text",
    [
        b"NaN",
        b"-Infinity",
        b'"\xff\xfe"',
        b"[" * 200_000 + b"]" * 200_000,
        b'"' + b"9" * 20 + b'" 1',
        b"1" * 5000 + b"x",
        b"'A'",
    ],
    ids=["NaN", "Infinity", "not UTF-8", "deep", "junk", "huge and junk", "quotes"],
)
def test_a_reply_that_is_not_json_is_requested_again(text):
    """NaN, bytes that are not UTF-8, endless brackets and junk are retried."""
    body, server = fetch_studies(replace_title(text))
    assert orjson.loads(body)["studies"] == STUDIES
    assert len(server.requests) == 2


@pytest.mark.fault(57)
def test_a_byte_order_mark_is_not_json():
    """The registry never sends a mark, so such a reply comes from another server, and is retried."""
    _, server = fetch_studies(faults.edited_answer(lambda body: b"\xef\xbb\xbf" + body))
    assert len(server.requests) == 2


@pytest.mark.fault(11)
def test_a_maintenance_page_is_retried_and_quoted():
    """HTML with status 200 is tried again; in the end the message quotes its beginning."""
    page = f"<html>\n<body>\x1b[31mDown for maintenance{'.' * 200}</body></html>"
    with pytest.raises(RegistryUnreachable, match=r"<html> <body>�.31mDown for maintenance") as caught:
        fetch_studies(*[faults.html(body=page)] * 6)
    assert "." * 81 not in str(caught.value)


@pytest.mark.fault(11)
def test_json_in_an_html_reply_is_not_accepted():
    """A reply with the content type HTML does not come from the registry, even if its text is JSON."""
    _, server = fetch_studies(faults.html(body='{"studies": []}'))
    assert len(server.requests) == 2


@pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', '{"a": 1}}', "\ufeff{}", "[" * 100_000, '["\\ud800", 1e999]'])
def test_both_parsers_refuse_text_that_is_not_json(text):
    """Both parsers answer any text that is not JSON with a ValueError."""
    for parse in (parse_json, parse_strictly):
        with pytest.raises(ValueError, match=r".*"):
            parse(text.encode())


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, 2**64 + 1, -(2**63), -(2**63) - 1, 10**30, -0.0, 1.5e300])
def test_both_parsers_read_numbers_alike(number):
    """The strict parser has integers of 64 bits and floats, as orjson has."""
    text = f'{{"a": [{number}, "x"]}}'.encode()
    first, second = parse_json(text), parse_strictly(text)
    assert (first, str(first)) == (second, str(second))


def test_an_excerpt_is_one_printable_line():
    """Any bytes become text that a terminal can print."""
    assert cut_excerpt(b"a\n\tb\x07\xff " + b"c" * 50, 8) == "a b�� cc"
