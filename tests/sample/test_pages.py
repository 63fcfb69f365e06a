"""The pages of the sample registry hold every study once, with any page size."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extract.sample.answers import answer_request
from extract.sample.contents import Contents
from extract.sample.parameters import make_page_token
from tests.support.made_studies import NIGHT, make_contents, make_nct_id, make_study

MANY = Contents({make_nct_id(number): b'{"number":%d}' % number for number in range(1, 2502)}, data_timestamp=NIGHT)


def read_page(contents: Contents, query: str) -> dict[str, Any]:
    answer = answer_request(contents, f"/api/v2/studies?{query}")
    assert answer.status == 200
    return orjson.loads(answer.body)


def read_all_pages(contents: Contents, query: str) -> list[dict[str, Any]]:
    pages = [read_page(contents, query)]
    while token := pages[-1].get("nextPageToken"):
        pages.append(read_page(contents, f"{query}&pageToken={token}"))
    return pages


@given(studies=st.integers(0, 60), size=st.integers(1, 70))
def test_every_page_size_gives_every_study_once_and_in_order(studies: int, size: int) -> None:
    """All pages except the last are full, and together they hold every study once, in the same order."""
    contents = make_contents(*(make_study(number) for number in range(1, studies + 1)))
    pages = read_all_pages(contents, f"pageSize={size}&fields=NCTId")
    ids = [study["protocolSection"]["identificationModule"]["nctId"] for part in pages for study in part["studies"]]
    assert ids == [make_nct_id(number) for number in range(1, studies + 1)]
    assert all(len(part["studies"]) == size for part in pages[:-1])


@given(pages=st.integers(0, 5), size=st.integers(1, 20))
def test_a_full_last_page_is_followed_by_an_empty_one(pages: int, size: int) -> None:
    """A full page always has a token, so an empty page without a token follows a full last page."""
    contents = make_contents(*(make_study(number) for number in range(1, pages * size + 1)))
    last = read_all_pages(contents, f"pageSize={size}")[-1]
    assert last == {"studies": []}


@pytest.mark.parametrize(("page_size", "study_count"), [("0", 10), ("7", 7), ("1000", 1000), ("1001", 1000)])
def test_a_page_is_cut_to_a_thousand_studies(page_size: str, study_count: int) -> None:
    """Page size 0 means the default of 10; a size above 1,000 is reduced to 1,000."""
    assert len(read_page(MANY, f"pageSize={page_size}")["studies"]) == study_count


def test_a_page_holds_ten_studies_by_default() -> None:
    """Without a page size a page holds ten studies."""
    assert len(read_page(MANY, "")["studies"]) == 10


def test_only_the_first_page_has_the_total() -> None:
    """`totalCount` is exact; it comes with `countTotal=true`, and never after the first page."""
    first, second, third = read_all_pages(MANY, "pageSize=1000&countTotal=true")
    assert first["totalCount"] == 2501
    assert "totalCount" not in second | third
    assert "totalCount" not in read_page(MANY, "countTotal=false")


def test_a_token_of_another_query_is_only_a_position() -> None:
    """A token used with another query is not refused: it leads to the studies at that position of the other listing."""
    contents = make_contents(*(make_study(number, conditions=["ACLF"] * (number > 2)) for number in range(1, 6)))
    token = read_page(contents, "pageSize=2")["nextPageToken"]
    other_page = read_page(contents, f"query.cond=ACLF&fields=NCTId&pageToken={token}")
    assert [study["protocolSection"]["identificationModule"]["nctId"] for study in other_page["studies"]] == [
        make_nct_id(5)
    ]


def test_all_tokens_of_a_listing_differ() -> None:
    """No token comes twice in a listing, and none shows its position."""
    tokens = [part["nextPageToken"] for part in read_all_pages(MANY, "pageSize=100")[:-1]]
    assert len(set(tokens)) == len(tokens)
    assert not any(token.isdigit() for token in tokens)


@given(token=st.text() | st.binary().map(bytes.hex))
@example(token="0")
@example(token=b"position -1".hex())
@example(token=b"position 01".hex())
@example(token=make_page_token(1).upper())
def test_an_invented_token_is_refused(token: str) -> None:
    """Any text that is not a token of the registry is answered with 400 and plain text."""
    refused = answer_request(MANY, f"/api/v2/studies?pageToken={quote(token)}")
    assert (refused.status, refused.body) == (400, b"Parameter `pageToken` has incorrect format")


def test_every_study_of_a_page_has_its_own_line() -> None:
    """A page is written as the service writes it: each study on one line, unchanged."""
    body = answer_request(MANY, "/api/v2/studies?pageSize=2").body
    assert body.split(b"\n")[:3] == [b'{"studies":[', b'{"number":1},', b'{"number":2}']


def test_an_empty_listing_is_written_as_the_service_writes_it() -> None:
    """A search without a result is a page with an empty list, and a total of 0 if requested."""
    body = answer_request(make_contents(), "/api/v2/studies?countTotal=true").body
    assert body == b'{"totalCount":0,"studies":[\n\n]}'
