"""A reply that is not JSON is asked for again where that can help, and told in a line where it cannot."""

from __future__ import annotations

import orjson
import pytest

from extract.client.reply import cut_excerpt, parse_json, parse_strictly
from extract.errors import RegistryUnreachable, ReplyUnreadable
from tests.support import faults
from tests.support.clients import STUDIES, fetched


def with_text(text):
    """Puts raw JSON text where the first study's title is."""
    return faults.edited(lambda body: body.replace(b'"A trial"', text))


@pytest.mark.fault(13, 57)
@pytest.mark.parametrize("text", [b"NaN", b'"\xff"', b"[" * 200_000 + b"]" * 200_000], ids=["NaN", "no UTF-8", "deep"])
def test_what_is_never_json_is_told_with_its_reply(text):
    """A whole reply that is no JSON each time is given up as that, and the reply is kept for a person to see."""
    with pytest.raises(ReplyUnreadable, match=r"6 attempts .* the reply is whole, and no JSON: ") as caught:
        fetched(*[with_text(text)] * 6)
    assert text in caught.value.reply


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "ends", [b"{", b'{"studies": [{"a": {"b": 1}', b'{"studies": [{}]', b"[1, 2]}", b"\xef\xbb\xbf{}"]
)
def test_what_is_cut_is_no_record_of_anybody(ends):
    """A reply that is cut, even behind a bracket, or begins as no answer of the registry's does, is a broken one."""
    with pytest.raises(RegistryUnreachable, match="the reply is not whole JSON: it begins with"):
        fetched(*[faults.edited(lambda _: ends)] * 6)


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
def test_what_is_not_json_is_asked_for_again(text):
    """NaN, bad bytes, endless brackets and junk are faults on the way; they are retried."""
    body, server = fetched(with_text(text))
    assert orjson.loads(body)["studies"] == STUDIES
    assert len(server.requests) == 2


@pytest.mark.fault(57)
def test_a_byte_order_mark_is_not_json():
    """The registry sends none, so a mark is a sign of something in between."""
    _, server = fetched(faults.edited(lambda body: b"\xef\xbb\xbf" + body))
    assert len(server.requests) == 2


@pytest.mark.fault(11)
def test_a_maintenance_page_is_quoted_in_the_end():
    """HTML with status 200 is tried again, and the message quotes how it begins."""
    page = f"<html>\n<body>\x1b[31mDown for maintenance{'.' * 200}</body></html>"
    with pytest.raises(RegistryUnreachable, match=r"<html> <body>�.31mDown for maintenance") as caught:
        fetched(*[faults.html(body=page)] * 6)
    assert "." * 81 not in str(caught.value)


@pytest.mark.fault(11)
def test_html_is_html_whatever_it_holds():
    """JSON in a reply that calls itself HTML is not the registry's."""
    _, server = fetched(faults.html(body='{"studies": []}'))
    assert len(server.requests) == 2


@pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', '{"a": 1}}', "\ufeff{}", "[" * 100_000, '["\\ud800", 1e999]'])
def test_parsing_refuses_what_is_not_json(text):
    """Whatever is wrong with a text, it is a ValueError and nothing worse."""
    for parse in (parse_json, parse_strictly):
        with pytest.raises(ValueError, match=r".*"):
            parse(text.encode())


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, 2**64 + 1, -(2**63), -(2**63) - 1, 10**30, -0.0, 1.5e300])
def test_both_readings_read_numbers_alike(number):
    """The second reading has integers of 64 bits and floats, as the first has."""
    text = f'{{"a": [{number}, "x"]}}'.encode()
    first, second = parse_json(text), parse_strictly(text)
    assert (first, str(first)) == (second, str(second))


def test_an_excerpt_is_one_printable_line():
    """Bytes of any kind are shown as text that a terminal can print."""
    assert cut_excerpt(b"a\n\tb\x07\xff " + b"c" * 50, 8) == "a b�� cc"
