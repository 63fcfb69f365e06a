"""Full records are given back as raw bytes only once they are seen to be a whole reply of the right shape."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import tracemalloc

import orjson
import pytest
import responses

from extract import api
from extract.errors import (
    RegistryChangedShape,
    RegistryForbidden,
    RegistryRefused,
    RegistryUnreachable,
    ReplyTooLarge,
    ReplyUnreadable,
)
from extract.nct import NctId
from extract.registry import MAX_IDS_PER_REQUEST, Registry
from extract.reply import excerpt, parse_json, parse_strictly
from extract.sample.server import RegistryServer
from tests.faults import script as faults
from tests.made_studies import NIGHT, made_contents, made_study

IDS = [NctId("NCT00000001"), NctId("NCT00000002")]
STUDIES = [made_study(1), made_study(2, title="Łódź \u200fעברית\u200e 🙂 e\u0301 <b>bold</b> \x00")]
CONTENTS = made_contents(*STUDIES)


def fetched(*script, ids=IDS, contents=CONTENTS, compress=False):
    """The studies that a client gets of a server that follows a script, and the server."""
    with (
        RegistryServer(contents, faults=script, compress=compress) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        return registry.studies(ids).body, server


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_records_come_as_the_registry_wrote_them(compress):
    """The bytes are the server's: emoji, right-to-left text, NUL and HTML are untouched (fault 58)."""
    body, server = fetched(compress=compress)
    assert orjson.loads(body)["studies"] == STUDIES
    for made in STUDIES:
        assert orjson.dumps(made) in body
    assert server.requests[0].query == {"filter.ids": "NCT00000001,NCT00000002", "pageSize": "1000"}


def test_the_longest_list_of_ids_fits_a_url():
    """Two hundred ids are asked for at once in less than 3 kB, with commas that are not encoded."""
    ids = [NctId(f"NCT{number:08}") for number in range(1, MAX_IDS_PER_REQUEST + 1)]
    with responses.RequestsMock() as server:
        server.get("https://registry.example/api/v2/studies", json={"studies": []})
        with Registry("https://registry.example/api/v2", requests_per_second=None, patience=20) as registry:
            registry.studies(ids)
        url = server.calls[0].request.url
    assert f"filter.ids={','.join(ids)}&" in url
    assert len(url) < 3000


@pytest.mark.parametrize("count", [0, MAX_IDS_PER_REQUEST + 1])
def test_no_request_is_made_for_too_few_or_too_many_ids(count):
    """No ids at all would ask for the whole registry; too many would make a URL that is refused."""
    with pytest.raises(ValueError, match=f"{count} ids"):
        fetched(ids=[NctId(f"NCT{number:08}") for number in range(1, count + 1)])


def test_an_absent_study_is_simply_not_there():
    """An id that the registry does not know has no study in the reply, and that is a sound reply."""
    body, _ = fetched(ids=[*IDS, NctId("NCT99999999")])
    assert len(orjson.loads(body)["studies"]) == 2


@pytest.mark.fault(12)
@pytest.mark.parametrize("document", [{}, [], None, {"studies": None}, {"studies": {}}, {"totalCount": 0}])
def test_another_shape_is_refused_at_once(document):
    """A sound document of another shape is no transport fault: it is not asked for again."""
    with pytest.raises(RegistryChangedShape) as caught:
        fetched(faults.json(document))
    assert caught.value.reply == orjson.dumps(document)


def test_studies_left_for_a_page_of_their_own_are_noticed():
    """A reply that is short and has a token holds back studies; it is refused, not taken for absence."""
    with pytest.raises(RegistryChangedShape, match="1 of 2 studies"):
        fetched(faults.json({"studies": STUDIES[:1], "nextPageToken": "a"}))


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


@pytest.mark.fault(57)
def test_half_a_surrogate_pair_is_kept_as_it_came():
    """A lone surrogate is one record's flaw: the reply is whole, and left to those who read it."""
    body, server = fetched(with_text(rb'"\ud800 and \u0000"'))
    assert rb"\ud800" in body
    assert len(server.requests) == 1


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("text", "read"),
    [
        (rb'["\ud800"]', ["\ufffd"]),
        (rb'["\udc00\ud800x"]', ["\ufffd\ufffdx"]),
        (rb'{"\udbff": ["b\uD83D\uDE42", "\ud83d \ude42"]}', {"\ufffd": ["b\U0001f642", "\ufffd \ufffd"]}),
        (rb'["\u0000", "\\ud800", 1, null, true]', ["\x00", "\\ud800", 1, None, True]),
        (rb'["\ud800", "\\ud800", 1.5, null, true]', ["\ufffd", "\\ud800", 1.5, None, True]),
    ],
)
def test_half_a_character_is_replaced(text, read):
    """Half a surrogate pair is read as U+FFFD, whole pairs and spelt-out escapes as what they are."""
    assert parse_json(text) == read


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


@pytest.mark.fault(31)
def test_a_refusal_is_shown_in_the_registrys_words():
    """Error bodies are plain text: shown on one line, at most 200 characters, and not parsed."""
    words = "Item 1 in parameter `filter.ids`\r\nhas incorrect format " + "x" * 500
    with pytest.raises(RegistryRefused, match=r"Item 1 in parameter `filter\.ids` has incorrect format x") as caught:
        fetched(faults.status(400, words))
    assert caught.value.status == 400
    assert caught.value.happened.isprintable()
    assert "x" * 200 not in caught.value.happened


def test_a_closed_door_is_explained():
    """A 403 is about the client: the message speaks of proxies and the User-Agent."""
    with pytest.raises(RegistryForbidden, match=r"HTTP 403; .*proxy.*User-Agent"):
        fetched(faults.status(403))


@pytest.mark.fault(48)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_a_reply_without_end_is_not_read_to_its_end(monkeypatch, compress):
    """Over the cap, counted after unpacking, reading stops and the size is told."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 1000)
    huge = made_contents(made_study(1, title="x" * 10_000_000))
    with pytest.raises(ReplyTooLarge, match="longer than 1,000 bytes"):
        fetched(contents=huge, compress=compress)


@pytest.mark.fault(48)
def test_memory_is_bounded_by_the_limit_of_a_reply(monkeypatch):
    """Of a body that never ends and tells no length, little more than the limit is ever held or even sent."""
    limit, block = 1_000_000, b" " * 100_000
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", limit)
    left = threading.Event()
    sent = itertools.count()

    def endless(handler):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(block))
        handler.connection.sendall(handler.head(200, {"Content-Type": "application/json"}))
        try:
            while not handler.server.closing.is_set():
                handler.connection.sendall(block)
                next(sent)
        except OSError:
            left.set()

    assert peak_of_a_reply_too_large(endless) < 3 * limit
    assert left.wait(10)
    assert next(sent) * len(block) < 20 * limit


@pytest.mark.fault(48)
def test_memory_is_bounded_for_what_is_packed_small(monkeypatch):
    """Three hundred megabytes that are packed into three hundred kilobytes are not unpacked before they are counted."""
    limit, packed = 1_000_000, gzip.compress(b" " * 300_000_000)
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", limit)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": str(len(packed))}

    def bomb(handler):
        handler.connection.sendall(handler.head(200, headers) + packed)

    assert peak_of_a_reply_too_large(bomb) < 3 * limit


def peak_of_a_reply_too_large(fault):
    """The most memory in bytes that is held while a reply is refused for its size."""
    tracemalloc.start()
    with pytest.raises(ReplyTooLarge, match="longer than 1,000,000 bytes"):
        fetched(fault)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("document", [{}, [], {"apiVersion": 2, "dataTimestamp": NIGHT}, {"apiVersion": "2.0.5"}])
def test_a_version_of_another_shape_is_refused(document):
    """Without its two texts the version says nothing about the data, and nothing is made up for it."""
    with (
        RegistryServer(CONTENTS, faults=[faults.json(document)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape),
    ):
        registry.version()


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
    assert excerpt(b"a\n\tb\x07\xff " + b"c" * 50, 8) == "a b�� cc"
