"""Full records are given back as raw bytes only once they are seen to be a whole reply of the right shape."""

from __future__ import annotations

import orjson
import pytest
import responses

from extract import api
from extract.condition_set import ConditionSet
from extract.errors import (
    RegistryChangedShape,
    RegistryForbidden,
    RegistryRefused,
    RegistryUnreachable,
    ReplyTooLarge,
)
from extract.nct import NctId
from extract.registry import MAX_IDS_PER_REQUEST, Registry
from extract.reply import excerpt, parse_json
from extract.sample.server import RegistryServer
from tests import faults
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


@pytest.mark.parametrize("document", [{}, [], None, {"studies": None}, {"studies": {}}, {"totalCount": 0}])
def test_another_shape_is_refused_at_once(document):
    """A sound document of another shape is no transport fault: it is not asked for again (fault 12)."""
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
    """NaN, bad bytes, endless brackets and junk are faults on the way; they are retried (faults 13, 57)."""
    body, server = fetched(with_text(text))
    assert orjson.loads(body)["studies"] == STUDIES
    assert len(server.requests) == 2


def test_a_byte_order_mark_is_not_json():
    """The registry sends none, so a mark is a sign of something in between (fault 57)."""
    _, server = fetched(faults.edited(lambda body: b"\xef\xbb\xbf" + body))
    assert len(server.requests) == 2


def test_half_a_surrogate_pair_is_kept_as_it_came():
    """A lone surrogate is one record's flaw: the reply is whole, and left to those who read it (fault 57)."""
    body, server = fetched(with_text(rb'"\ud800 and \u0000"'))
    assert rb"\ud800" in body
    assert len(server.requests) == 1


def test_a_maintenance_page_is_quoted_in_the_end():
    """HTML with status 200 is tried again, and the message quotes how it begins (fault 11)."""
    page = f"<html>\n<body>\x1b[31mDown for maintenance{'.' * 200}</body></html>"
    with pytest.raises(RegistryUnreachable, match=r"<html> <body>�.31mDown for maintenance") as caught:
        fetched(*[faults.html(body=page)] * 6)
    assert "." * 81 not in str(caught.value)


def test_html_is_html_whatever_it_holds():
    """JSON in a reply that calls itself HTML is not the registry's (fault 11)."""
    _, server = fetched(faults.html(body='{"studies": []}'))
    assert len(server.requests) == 2


def test_a_refusal_is_shown_in_the_registrys_words():
    """Error bodies are plain text: shown on one line, at most 200 characters, and not parsed (fault 31)."""
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


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_a_reply_without_end_is_not_read_to_its_end(monkeypatch, compress):
    """Over the cap, counted after unpacking, reading stops and the size is told (fault 48)."""
    monkeypatch.setattr(api, "MAX_REPLY_BYTES", 1000)
    huge = made_contents(made_study(1, title="x" * 10_000_000))
    with pytest.raises(ReplyTooLarge, match="longer than 1,000 bytes"):
        fetched(contents=huge, compress=compress)


@pytest.mark.parametrize("document", [{}, [], {"apiVersion": 2, "dataTimestamp": NIGHT}, {"apiVersion": "2.0.5"}])
def test_a_version_of_another_shape_is_refused(document):
    """Without its two texts the version says nothing about the data, and nothing is made up for it."""
    with (
        RegistryServer(CONTENTS, faults=[faults.json(document)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape),
    ):
        registry.version()


@pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', '{"a": 1}}', "\ufeff{}", "[" * 100_000])
def test_parsing_refuses_what_is_not_json(text):
    """Whatever is wrong with a text, it is a ValueError and nothing worse."""
    with pytest.raises(ValueError, match=r".*"):
        parse_json(text.encode())


def test_an_excerpt_is_one_printable_line():
    """Bytes of any kind are shown as text that a terminal can print."""
    assert excerpt(b"a\n\tb\x07\xff " + b"c" * 50, 8) == "a b�� cc"


HALF = b'"\\ud800"'


def test_half_a_character_is_no_version():
    """A time that no text can hold is refused: it would name a folder and stand in `ops.runs` (fault 57)."""
    half = faults.edited(lambda body: body.replace(f'"{NIGHT}"'.encode(), HALF))
    with (
        RegistryServer(CONTENTS, faults=[half]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape, match="not both texts of ASCII"),
    ):
        registry.version()


def test_half_a_character_is_no_page_token():
    """A token that no URL can hold is refused, and not sent (fault 57)."""
    page = b'{"totalCount": 2, "studies": [], "nextPageToken": ' + HALF + b"}"
    with (
        RegistryServer(CONTENTS, faults=[faults.edited(lambda _: page)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape, match="nextPageToken"),
    ):
        registry.listing(ConditionSet("test", "Test", search="x"))
    assert len(server.requests) == 1
