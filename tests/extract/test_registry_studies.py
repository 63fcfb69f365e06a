"""Full records are given back as raw bytes only once they are seen to be a whole reply of the right shape."""

from __future__ import annotations

import orjson
import pytest
import responses

from extract.client.registry import MAX_IDS_PER_REQUEST, Registry
from extract.client.reply import parse_json
from extract.condition_set import ConditionSet
from extract.errors import RegistryChangedShape, RegistryForbidden, RegistryRefused
from extract.nct import NctId
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.clients import IDS, STUDIES, fetched
from tests.support.made_studies import NIGHT, made_contents


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


@pytest.mark.parametrize("document", [{}, [], {"apiVersion": 2, "dataTimestamp": NIGHT}, {"apiVersion": "2.0.5"}])
def test_a_version_of_another_shape_is_refused(document):
    """Without its two texts the version says nothing about the data, and nothing is made up for it."""
    with (
        RegistryServer(made_contents(*STUDIES), faults=[faults.json(document)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape),
    ):
        registry.version()


HALF = b'"\\ud800"'


def test_half_a_character_is_no_version():
    """A time that no text can hold is refused: it would name a folder and stand in `ops.runs` (fault 57)."""
    half = faults.edited(lambda body: body.replace(f'"{NIGHT}"'.encode(), HALF))
    with (
        RegistryServer(made_contents(*STUDIES), faults=[half]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape, match="not both texts of ASCII"),
    ):
        registry.version()


def test_half_a_character_is_no_page_token():
    """A token that no URL can hold is refused, and not sent (fault 57)."""
    page = b'{"totalCount": 2, "studies": [], "nextPageToken": ' + HALF + b"}"
    with (
        RegistryServer(made_contents(*STUDIES), faults=[faults.edited(lambda _: page)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape, match="nextPageToken"),
    ):
        registry.listing(ConditionSet("test", "Test", search="x"))
    assert len(server.requests) == 1
