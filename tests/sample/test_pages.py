"""A walk through the sample registry's pages meets every study once, whatever the page size."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extract.sample.answers import answer
from extract.sample.contents import Contents
from extract.sample.parameters import page_token
from tests.support.made_studies import NIGHT, made_contents, made_study, nct_id

MANY = Contents({nct_id(number): b'{"number":%d}' % number for number in range(1, 2502)}, data_timestamp=NIGHT)


def page(contents: Contents, query: str) -> dict[str, Any]:
    given_answer = answer(contents, f"/api/v2/studies?{query}")
    assert given_answer.status == 200
    return orjson.loads(given_answer.body)


def walk(contents: Contents, query: str) -> list[dict[str, Any]]:
    pages = [page(contents, query)]
    while token := pages[-1].get("nextPageToken"):
        pages.append(page(contents, f"{query}&pageToken={token}"))
    return pages


@given(studies=st.integers(0, 60), size=st.integers(1, 70))
def test_every_page_size_gives_every_study_once_and_in_order(studies: int, size: int) -> None:
    """All pages but the last are full, and together they hold every study once, in the same order."""
    contents = made_contents(*(made_study(number) for number in range(1, studies + 1)))
    pages = walk(contents, f"pageSize={size}&fields=NCTId")
    ids = [study["protocolSection"]["identificationModule"]["nctId"] for part in pages for study in part["studies"]]
    assert ids == [nct_id(number) for number in range(1, studies + 1)]
    assert all(len(part["studies"]) == size for part in pages[:-1])


@given(pages=st.integers(0, 5), size=st.integers(1, 20))
def test_a_full_last_page_is_followed_by_an_empty_one(pages: int, size: int) -> None:
    """A full page always carries a token, so behind a full last page comes an empty one without a token."""
    contents = made_contents(*(made_study(number) for number in range(1, pages * size + 1)))
    last = walk(contents, f"pageSize={size}")[-1]
    assert last == {"studies": []}


@pytest.mark.parametrize(("asked", "given_studies"), [("0", 10), ("7", 7), ("1000", 1000), ("1001", 1000)])
def test_a_page_is_cut_to_a_thousand_studies(asked: str, given_studies: int) -> None:
    """Page size 0 means the default of 10, and more than 1,000 is silently cut."""
    assert len(page(MANY, f"pageSize={asked}")["studies"]) == given_studies


def test_a_page_holds_ten_studies_unless_told_otherwise() -> None:
    """Without a page size a page holds ten studies."""
    assert len(page(MANY, "")["studies"]) == 10


def test_the_total_is_told_on_the_first_page_and_only_when_asked() -> None:
    """`totalCount` is exact, comes with `countTotal=true`, and never after the first page."""
    first, second, third = walk(MANY, "pageSize=1000&countTotal=true")
    assert first["totalCount"] == 2501
    assert "totalCount" not in second | third
    assert "totalCount" not in page(MANY, "countTotal=false")


def test_a_token_of_another_query_is_only_a_position() -> None:
    """A token used with another query is not refused: it gives the rows that stand at its place there."""
    contents = made_contents(*(made_study(number, conditions=["ACLF"] * (number > 2)) for number in range(1, 6)))
    token = page(contents, "pageSize=2")["nextPageToken"]
    strange = page(contents, f"query.cond=ACLF&fields=NCTId&pageToken={token}")
    assert [study["protocolSection"]["identificationModule"]["nctId"] for study in strange["studies"]] == [nct_id(5)]


def test_tokens_of_one_walk_differ() -> None:
    """No token comes twice in a walk, and none shows the position it stands for."""
    tokens = [part["nextPageToken"] for part in walk(MANY, "pageSize=100")[:-1]]
    assert len(set(tokens)) == len(tokens)
    assert not any(token.isdigit() for token in tokens)


@given(token=st.text() | st.binary().map(bytes.hex))
@example(token="0")
@example(token=b"position -1".hex())
@example(token=b"position 01".hex())
@example(token=page_token(1).upper())
def test_a_token_that_nobody_gave_is_refused(token: str) -> None:
    """Any text that is not a token of the registry's own is a 400 in plain text."""
    refused = answer(MANY, f"/api/v2/studies?pageToken={quote(token)}")
    assert (refused.status, refused.body) == (400, b"Parameter `pageToken` has incorrect format")


def test_every_study_of_a_page_stands_on_a_line_of_its_own() -> None:
    """A page is written as the service writes it: each study on one line, unchanged."""
    body = answer(MANY, "/api/v2/studies?pageSize=2").body
    assert body.split(b"\n")[:3] == [b'{"studies":[', b'{"number":1},', b'{"number":2}']


def test_an_empty_listing_is_written_as_the_service_writes_it() -> None:
    """Nothing found is a page with an empty list, and a total of 0 when asked."""
    body = answer(made_contents(), "/api/v2/studies?countTotal=true").body
    assert body == b'{"totalCount":0,"studies":[\n\n]}'
