"""Full records come as raw bytes, and only if the reply is complete and has the right shape."""

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
from tests.support.clients import IDS, STUDIES, fetch_studies
from tests.support.made_studies import NIGHT, make_contents


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_records_come_as_the_registry_wrote_them(compress):
    """The bytes are the server's: emoji, right-to-left text, NUL and HTML are untouched (fault 58)."""
    body, server = fetch_studies(compress=compress)
    assert orjson.loads(body)["studies"] == STUDIES
    for made in STUDIES:
        assert orjson.dumps(made) in body
    assert server.requests[0].query == {"filter.ids": "NCT00000001,NCT00000002", "pageSize": "1000"}


def test_the_longest_list_of_ids_fits_a_url():
    """Two hundred ids fit into a URL of less than 3 kB, because their commas are not encoded."""
    ids = [NctId(f"NCT{number:08}") for number in range(1, MAX_IDS_PER_REQUEST + 1)]
    with responses.RequestsMock() as server:
        server.get("https://registry.example/api/v2/studies", json={"studies": []})
        with Registry("https://registry.example/api/v2", requests_per_second=None, patience=20) as registry:
            registry.fetch_studies(ids)
        url = server.calls[0].request.url
    assert f"filter.ids={','.join(ids)}&" in url
    assert len(url) < 3000


@pytest.mark.parametrize("count", [0, MAX_IDS_PER_REQUEST + 1])
def test_too_few_or_too_many_ids_are_refused(count):
    """No ids would ask for the whole registry; too many ids would make a URL that the registry refuses."""
    with pytest.raises(ValueError, match=f"{count} ids"):
        fetch_studies(ids=[NctId(f"NCT{number:08}") for number in range(1, count + 1)])


def test_an_unknown_id_has_no_study_in_the_reply():
    """A reply without a study for an unknown id is a valid reply."""
    body, _ = fetch_studies(ids=[*IDS, NctId("NCT99999999")])
    assert len(orjson.loads(body)["studies"]) == 2


@pytest.mark.fault(12)
@pytest.mark.parametrize("document", [{}, [], None, {"studies": None}, {"studies": {}}, {"totalCount": 0}])
def test_another_shape_is_refused_at_once(document):
    """Valid JSON of another shape is not a fault of the transport, so it is not requested again."""
    with pytest.raises(RegistryChangedShape) as caught:
        fetch_studies(faults.json(document))
    assert caught.value.reply == orjson.dumps(document)


def test_studies_on_a_second_page_are_noticed():
    """A short reply with a page token holds back studies, so it is refused: they are not absent."""
    with pytest.raises(RegistryChangedShape, match="1 of 2 studies"):
        fetch_studies(faults.json({"studies": STUDIES[:1], "nextPageToken": "a"}))


def replace_title(text):
    """Return a fault that puts raw JSON text in the place of the first study's title."""
    return faults.edited_answer(lambda body: body.replace(b'"A trial"', text))


@pytest.mark.fault(57)
def test_a_lone_surrogate_stays_in_the_body():
    """A lone surrogate is a flaw of one record: the reply is accepted, and its body is unchanged."""
    body, server = fetch_studies(replace_title(rb'"\ud800 and \u0000"'))
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
def test_a_lone_surrogate_is_replaced(text, read):
    """A lone surrogate is read as U+FFFD; complete pairs and escaped backslashes are read as they are."""
    assert parse_json(text) == read


@pytest.mark.fault(31)
def test_a_refusal_quotes_the_registry():
    """The body of an error is plain text: the message quotes at most 200 characters of it, on one line."""
    words = "Item 1 in parameter `filter.ids`\r\nhas incorrect format " + "x" * 500
    with pytest.raises(RegistryRefused, match=r"Item 1 in parameter `filter\.ids` has incorrect format x") as caught:
        fetch_studies(faults.status(400, words))
    assert caught.value.status == 400
    assert caught.value.happened.isprintable()
    assert "x" * 200 not in caught.value.happened


def test_a_403_is_explained():
    """A 403 turns the client away: the message names proxies and the User-Agent."""
    with pytest.raises(RegistryForbidden, match=r"HTTP 403; .*proxy.*User-Agent"):
        fetch_studies(faults.status(403))


@pytest.mark.parametrize("document", [{}, [], {"apiVersion": 2, "dataTimestamp": NIGHT}, {"apiVersion": "2.0.5"}])
def test_a_version_of_another_shape_is_refused(document):
    """A version without its two texts says nothing about the data, so it is refused."""
    with (
        RegistryServer(make_contents(*STUDIES), faults=[faults.json(document)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape),
    ):
        registry.fetch_version()


SURROGATE = b'"\\ud800"'


def test_a_version_with_a_lone_surrogate_is_refused():
    """UTF-8 cannot hold such a time, which names a folder and is a value of `ops.runs` (fault 57)."""
    changed = faults.edited_answer(lambda body: body.replace(f'"{NIGHT}"'.encode(), SURROGATE))
    with (
        RegistryServer(make_contents(*STUDIES), faults=[changed]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape, match="not both texts of ASCII"),
    ):
        registry.fetch_version()


def test_a_page_token_with_a_lone_surrogate_is_refused():
    """A URL cannot hold such a token, so the client does not send it (fault 57)."""
    page = b'{"totalCount": 2, "studies": [], "nextPageToken": ' + SURROGATE + b"}"
    with (
        RegistryServer(make_contents(*STUDIES), faults=[faults.edited_answer(lambda _: page)]) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
        pytest.raises(RegistryChangedShape, match="nextPageToken"),
    ):
        registry.fetch_listing(ConditionSet("test", "Test", search="x"))
    assert len(server.requests) == 1
